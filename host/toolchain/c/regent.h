// What a plugin in C has besides the contract: its texts as C strings, and its settings.
//
// Nothing here fails by halves: what cannot be done traps, and a plugin that traps denies.
#ifndef REGENT_H
#define REGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A string of the contract, `{ ptr, len }`, as a C string. A NUL within it traps: a C string would
// end there, and a rule would judge another text than the one it was given.
#define REGENT_STRING(string) regent_string((const uint8_t *)(string).ptr, (string).len)
char *regent_string(const uint8_t *bytes, size_t length);

// A text in quotes as a string of the contract, where such a string is set from the start.
#define REGENT_TEXT(literal) {(uint8_t *)(literal), sizeof(literal) - 1}

// All texts up to NULL, one after the other.
char *regent_concat(const char *first, ...);

// Whether two names are the same, whatever the case of their ASCII letters. NULL is no name.
bool regent_same_name(const char *left, const char *right);

// A place in JSON text (RFC 8259), NULL for nowhere. Each function takes NULL, too.

// The value of an object's member.
const char *regent_json_member(const char *object, const char *name);
// The value at a place in an array, which counts from 0.
const char *regent_json_item(const char *array, size_t index);
// The value after this one in its array. To go through a long array, begin with item 0 and take the
// next: each call of `regent_json_item` reads from the beginning.
const char *regent_json_next(const char *item);
// The text of a string; NULL for anything else.
char *regent_json_text(const char *value);
// The texts of an array's strings, with another between each two; whatever else is in it is left out.
char *regent_json_join(const char *array, const char *between);
// The value of a whole number; false for anything else, and beyond 64 bits.
bool regent_json_integer(const char *value, int64_t *number);
// Whether it is `true`.
bool regent_json_true(const char *value);

#endif

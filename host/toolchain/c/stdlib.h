// The part of the C library that a plugin has: memory that is never given back, since every call
// has an instance of its own.
#ifndef REGENT_STDLIB_H
#define REGENT_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
_Noreturn void abort(void);

#endif

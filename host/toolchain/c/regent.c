// Memory, strings and JSON for plugins in C, which have no other library.

#include "regent.h"

#include <stdarg.h>

// Nesting beyond this is no settings file.
#define MAX_DEPTH 64

#ifdef __wasm__

#define PAGE 65536

extern unsigned char __heap_base;
static size_t heap;

void *malloc(size_t size) {
  if (heap == 0) heap = (size_t)&__heap_base;
  size_t block = (heap + 15) & ~(size_t)15;
  if (size > SIZE_MAX - block) abort();
  size_t end = block + size;
  size_t present = __builtin_wasm_memory_size(0) * PAGE;
  if (end > present) {
    size_t pages = (end - present + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) abort();
  }
  heap = end;
  return (void *)block;
}

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) abort();
  return memset(malloc(count * size), 0, count * size);
}

// How long the old block was is not kept: as many bytes as the new one has are copied, and those
// beyond the old one, which mean nothing, are memory all the same.
void *realloc(void *block, size_t size) {
  unsigned char *grown = malloc(size);
  if (block != NULL) memmove(grown, block, size);
  return grown;
}

void free(void *block) { (void)block; }

_Noreturn void abort(void) { __builtin_trap(); }

// Each of these is one instruction: `-mbulk-memory`.
void *memcpy(void *to, const void *from, size_t count) {
  return __builtin_memcpy(to, from, count);
}

void *memmove(void *to, const void *from, size_t count) {
  return __builtin_memmove(to, from, count);
}

void *memset(void *block, int byte, size_t count) { return __builtin_memset(block, byte, count); }

int memcmp(const void *left, const void *right, size_t count) {
  const unsigned char *a = left, *b = right;
  for (size_t i = 0; i < count; i++) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, SIZE_MAX); }

int strncmp(const char *left, const char *right, size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned char a = (unsigned char)left[i], b = (unsigned char)right[i];
    if (a != b) return a < b ? -1 : 1;
    if (a == '\0') return 0;
  }
  return 0;
}

#endif

char *regent_string(const uint8_t *bytes, size_t length) {
  char *text = malloc(length + 1);
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] == '\0') abort();
    text[i] = (char)bytes[i];
  }
  text[length] = '\0';
  return text;
}

char *regent_concat(const char *first, ...) {
  va_list texts;
  size_t length = 0;
  va_start(texts, first);
  for (const char *text = first; text != NULL; text = va_arg(texts, const char *)) {
    length += strlen(text);
  }
  va_end(texts);
  char *all = malloc(length + 1), *end = all;
  va_start(texts, first);
  for (const char *text = first; text != NULL; text = va_arg(texts, const char *)) {
    size_t count = strlen(text);
    memcpy(end, text, count);
    end += count;
  }
  va_end(texts);
  *end = '\0';
  return all;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

bool regent_same_name(const char *left, const char *right) {
  if (left == NULL || right == NULL) return false;
  while (*left != '\0' && lower(*left) == lower(*right)) left++, right++;
  return lower(*left) == lower(*right);
}

static const char *space(const char *at) {
  while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') at++;
  return at;
}

// Past the string that starts at `at`; NULL where it does not end.
static const char *past_string(const char *at) {
  if (*at != '"') return NULL;
  for (at++; *at != '"'; at++) {
    if (*at == '\\') at++;
    if (*at == '\0') return NULL;
  }
  return at + 1;
}

static const char *past_value(const char *at, int depth);

// Past the object or array that starts at `at`.
static const char *past_group(const char *at, int depth) {
  bool object = *at == '{';
  char close = object ? '}' : ']';
  at = space(at + 1);
  if (*at == close) return at + 1;
  for (;;) {
    if (object) {
      at = past_string(at);
      if (at == NULL) return NULL;
      at = space(at);
      if (*at != ':') return NULL;
      at = space(at + 1);
    }
    at = past_value(at, depth);
    if (at == NULL) return NULL;
    at = space(at);
    if (*at == close) return at + 1;
    if (*at != ',') return NULL;
    at = space(at + 1);
  }
}

// Past the value that starts at `at`; NULL where there is none.
static const char *past_value(const char *at, int depth) {
  if (depth == 0) return NULL;
  if (*at == '"') return past_string(at);
  if (*at == '{' || *at == '[') return past_group(at, depth - 1);
  const char *start = at;
  while ((*at >= '0' && *at <= '9') || (lower(*at) >= 'a' && lower(*at) <= 'z') || *at == '-' ||
         *at == '+' || *at == '.') {
    at++;
  }
  return at == start ? NULL : at;
}

const char *regent_json_member(const char *object, const char *name) {
  if (object == NULL) return NULL;
  object = space(object);
  if (past_value(object, MAX_DEPTH) == NULL || *object != '{') return NULL;
  const char *at = space(object + 1), *found = NULL;
  while (*at == '"') {
    const char *value = space(space(past_string(at)) + 1);
    if (strcmp(regent_json_text(at), name) == 0) found = value;
    at = space(past_value(value, MAX_DEPTH));
    if (*at == ',') at = space(at + 1);
  }
  return found;
}

const char *regent_json_item(const char *array, size_t index) {
  if (array == NULL) return NULL;
  array = space(array);
  if (past_value(array, MAX_DEPTH) == NULL || *array != '[') return NULL;
  const char *at = space(array + 1);
  for (; *at != ']'; index--) {
    if (index == 0) return at;
    at = space(past_value(at, MAX_DEPTH));
    if (*at == ',') at = space(at + 1);
  }
  return NULL;
}

const char *regent_json_next(const char *item) {
  const char *at = item == NULL ? NULL : past_value(space(item), MAX_DEPTH);
  if (at == NULL) return NULL;
  at = space(at);
  return *at == ',' ? space(at + 1) : NULL;
}

// Four hexadecimal digits; −1 for anything else.
static int32_t hex(const char *at) {
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    char c = lower(at[i]);
    int32_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Writes a character as UTF-8 (RFC 3629).
static char *encode(char *end, int32_t c) {
  if (c < 0x80) {
    *end++ = (char)c;
  } else if (c < 0x800) {
    *end++ = (char)(0xc0 | (c >> 6));
    *end++ = (char)(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *end++ = (char)(0xe0 | (c >> 12));
    *end++ = (char)(0x80 | ((c >> 6) & 0x3f));
    *end++ = (char)(0x80 | (c & 0x3f));
  } else {
    *end++ = (char)(0xf0 | (c >> 18));
    *end++ = (char)(0x80 | ((c >> 12) & 0x3f));
    *end++ = (char)(0x80 | ((c >> 6) & 0x3f));
    *end++ = (char)(0x80 | (c & 0x3f));
  }
  return end;
}

char *regent_json_text(const char *value) {
  if (value == NULL) return NULL;
  value = space(value);
  const char *past = past_string(value);
  if (past == NULL) return NULL;
  char *text = malloc((size_t)(past - value)), *end = text;
  for (const char *at = value + 1; at < past - 1; at++) {
    if (*at != '\\') {
      *end++ = *at;
      continue;
    }
    at++;
    switch (*at) {
      case 'b': *end++ = '\b'; break;
      case 'f': *end++ = '\f'; break;
      case 'n': *end++ = '\n'; break;
      case 'r': *end++ = '\r'; break;
      case 't': *end++ = '\t'; break;
      case '"': case '\\': case '/': *end++ = *at; break;
      case 'u': {
        int32_t c = hex(at + 1);
        if (c <= 0) abort();
        at += 4;
        if (c >= 0xd800 && c < 0xe000) {
          int32_t low = at[1] == '\\' && at[2] == 'u' ? hex(at + 3) : -1;
          if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000) abort();
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
        end = encode(end, c);
        break;
      }
      default: abort();
    }
  }
  *end = '\0';
  return text;
}

char *regent_json_join(const char *array, const char *between) {
  const char *first = regent_json_item(array, 0);
  size_t gap = strlen(between), room = 1;
  for (const char *at = first; at != NULL; at = regent_json_next(at)) {
    // A text is shorter than it is written.
    room += gap + (size_t)(past_value(at, MAX_DEPTH) - at);
  }
  char *all = malloc(room), *end = all;
  size_t before = 0;
  for (const char *at = first; at != NULL; at = regent_json_next(at)) {
    const char *text = regent_json_text(at);
    if (text == NULL) continue;
    size_t length = strlen(text);
    memcpy(end, between, before);
    memcpy(end + before, text, length);
    end += before + length;
    before = gap;
  }
  *end = '\0';
  return all;
}

bool regent_json_integer(const char *value, int64_t *number) {
  if (value == NULL) return false;
  value = space(value);
  bool negative = *value == '-';
  const char *at = negative ? value + 1 : value;
  if (*at < '0' || *at > '9') return false;
  int64_t total = 0;
  for (; *at >= '0' && *at <= '9'; at++) {
    if (__builtin_mul_overflow(total, 10, &total) ||
        __builtin_sub_overflow(total, *at - '0', &total)) {
      return false;
    }
  }
  if (at != past_value(value, 1) || (!negative && total == INT64_MIN)) return false;
  *number = negative ? total : -total;
  return true;
}

bool regent_json_true(const char *value) {
  if (value == NULL) return false;
  value = space(value);
  return past_value(value, 1) == value + 4 && strncmp(value, "true", 4) == 0;
}

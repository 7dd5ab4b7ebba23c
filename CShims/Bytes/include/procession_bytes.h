// Where in a text the bytes stand that mean something to a format, 64 bytes at a time.
//
// Swift has no instruction that makes one word of the comparisons of many bytes. What the words mean, Swift says.
#ifndef PROCESSION_BYTES_H
#define PROCESSION_BYTES_H

#include <stdint.h>

// Of 64 bytes of JSON: a word for each kind of byte, whose bit i says whether byte i is of that kind.
struct procession_json_block {
    uint64_t quotes, colons, commas, opening_braces, closing_braces, spaces, newlines;
    uint64_t digits, zeros, minuses, points;
    // Control characters other than newlines, and what is not ASCII.
    uint64_t backslashes, controls, wide;
};

// Instructions to choose from, the widest last: those that every machine of this architecture has, AVX2, AVX-512.
int procession_widest_instructions(void);

// Fills `blocks` from 64 times as many bytes. `instructions` is at most what the function above answers.
void procession_index_json(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks, int instructions);

// Fills `words`, one for each 64 of `count` bytes, the last of which may be fewer: bit i says whether byte i is
// `wanted`.
void procession_find_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted, uint64_t *words, int instructions);

// How many of `count` bytes are `wanted`.
uint64_t procession_count_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted, int instructions);

// Like `procession_find_byte`, for what ends a field: a quotation mark, a line feed, a carriage return or the delimiter.
void procession_find_marks(const uint8_t *bytes, uint64_t count, uint8_t delimiter, uint64_t *words, int instructions);

// Like `procession_find_byte`, for line feeds outside of quotation marks, and returns how many there are. `inside` has
// all bits set where a quotation mark is open, before and behind, else none.
uint64_t procession_find_row_ends(const uint8_t *bytes, uint64_t count, uint64_t *words, uint64_t *inside, int instructions);

// What follows is inline, because most fields are shorter than what a call costs.

typedef uint8_t procession_sixteen __attribute__((vector_size(16)));

// One bit for each byte of a comparison of sixteen bytes, which has all bits set or none.
static inline uint32_t procession_sixteen_bits(procession_sixteen comparison) {
    uint32_t word = 0;
#if defined(__clang__)
    typedef _Bool Bits __attribute__((ext_vector_type(16)));
    Bits bits = __builtin_convertvector(comparison, Bits);
    __builtin_memcpy(&word, &bits, sizeof bits);
#else
    for (int place = 0; place < 16; place++) word |= (uint32_t)(comparison[place] & 1) << place;
#endif
    return word;
}

// Of sixteen bytes, bit i says whether byte i is a quotation mark, a line feed, a carriage return or the delimiter:
// what ends a field.
static inline uint32_t procession_row_marks(const uint8_t *bytes, uint8_t delimiter) {
    procession_sixteen text;
    __builtin_memcpy(&text, bytes, sizeof text);
    __typeof__(text == text) marks = (text == '"') | (text == '\n') | (text == '\r') | (text == delimiter);
    return procession_sixteen_bits((procession_sixteen)marks);
}

// Copies sixteen bytes and puts those that are among the 26 letters from `first` on into the other case. Bit i of the
// answer says whether byte i is not ASCII.
static inline uint32_t procession_copy_in_case(const uint8_t *bytes, uint8_t *target, uint8_t first) {
    procession_sixteen text;
    __builtin_memcpy(&text, bytes, sizeof text);
    procession_sixteen changed = text ^ ((procession_sixteen)(text - first < 26) & 0x20);
    __builtin_memcpy(target, &changed, sizeof changed);
    return procession_sixteen_bits((procession_sixteen)(text >= 0x80));
}

#endif

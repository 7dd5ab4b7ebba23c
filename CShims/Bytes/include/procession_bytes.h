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

// Of sixteen bytes, bit i says whether byte i is a quotation mark, a line feed, a carriage return or the delimiter:
// what ends a field. Inline, because most fields are shorter than what a call costs.
static inline uint32_t procession_row_marks(const uint8_t *bytes, uint8_t delimiter) {
    typedef uint8_t Sixteen __attribute__((vector_size(16)));
    Sixteen text;
    __builtin_memcpy(&text, bytes, sizeof text);
    __typeof__(text == text) marks = (text == '"') | (text == '\n') | (text == '\r') | (text == delimiter);
    uint32_t word = 0;
#if defined(__clang__)
    typedef _Bool Bits __attribute__((ext_vector_type(16)));
    Bits bits = __builtin_convertvector(marks, Bits);
    __builtin_memcpy(&word, &bits, sizeof bits);
#else
    for (int place = 0; place < 16; place++) word |= (uint32_t)(marks[place] & 1) << place;
#endif
    return word;
}

#endif

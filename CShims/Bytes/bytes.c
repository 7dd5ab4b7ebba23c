// Each kind of byte is looked for in all 64 at once. The vectors are the compiler's own, so that one text serves every
// architecture; on x86-64 it is compiled three times, and the widest that the machine has is taken at run time.
#include "procession_bytes.h"

typedef uint8_t Bytes __attribute__((vector_size(64)));
typedef int8_t SignedBytes __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

// One bit for each byte of a comparison, which has all bits set or none.
#if defined(__clang__)
typedef _Bool Bits __attribute__((ext_vector_type(64)));
#define WORD(comparison) ({                                     \
        Bits bits = __builtin_convertvector(comparison, Bits);  \
        uint64_t word;                                          \
        __builtin_memcpy(&word, &bits, sizeof word);            \
        word;                                                   \
    })
#else
#define WORD(comparison) ({                                                                   \
        SignedBytes bytes = (SignedBytes)(comparison);                                        \
        uint64_t word = 0;                                                                    \
        for (int place = 0; place < 64; place++) word |= (uint64_t)(bytes[place] & 1) << place; \
        word;                                                                                 \
    })
#endif

INLINE void index_json(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks) {
    for (uint64_t block = 0; block < count; block++) {
        Bytes text;
        __builtin_memcpy(&text, bytes + 64 * block, sizeof text);
        struct procession_json_block *words = blocks + block;
        words->quotes = WORD(text == '"');
        words->colons = WORD(text == ':');
        words->commas = WORD(text == ',');
        words->opening_braces = WORD(text == '{');
        words->closing_braces = WORD(text == '}');
        words->spaces = WORD(text == ' ');
        words->newlines = WORD(text == '\n');
        words->digits = WORD(text - '0' < 10);
        words->zeros = WORD(text == '0');
        words->minuses = WORD(text == '-');
        words->points = WORD(text == '.');
        words->backslashes = WORD(text == '\\');
        words->controls = WORD((text < ' ') & (text != '\n'));
        words->wide = WORD(text >= 0x80);
    }
}

// Where `wanted` stands in 64 bytes, and in fewer.
INLINE uint64_t places(const uint8_t *bytes, uint8_t wanted) {
    Bytes text;
    __builtin_memcpy(&text, bytes, sizeof text);
    return WORD(text == wanted);
}

INLINE uint64_t places_in_rest(const uint8_t *bytes, uint64_t count, uint8_t wanted) {
    uint8_t text[64] = {0};
    __builtin_memcpy(text, bytes, count);
    return places(text, wanted) & (((uint64_t)1 << count) - 1);
}

// What ends a field of a row, in 64 bytes.
INLINE uint64_t marks(const uint8_t *bytes, uint8_t delimiter) {
    Bytes text;
    __builtin_memcpy(&text, bytes, sizeof text);
    return WORD((text == '"') | (text == '\n') | (text == '\r') | (text == delimiter));
}

INLINE void find_marks(const uint8_t *bytes, uint64_t count, uint8_t delimiter, uint64_t *words) {
    uint64_t whole = count / 64;
    for (uint64_t block = 0; block < whole; block++) words[block] = marks(bytes + 64 * block, delimiter);
    if (count % 64 == 0) return;
    uint8_t text[64] = {0};
    __builtin_memcpy(text, bytes + 64 * whole, count % 64);
    words[whole] = marks(text, delimiter) & (((uint64_t)1 << count % 64) - 1);
}

// Where in 64 bytes lines end outside of quotation marks, of which each opens or closes; `inside` has all bits set
// where one is open, before and behind.
INLINE uint64_t ends_outside(uint64_t ends, uint64_t quotes, uint64_t *inside) {
    uint64_t quoted = quotes;
    for (int step = 1; step < 64; step *= 2) quoted ^= quoted << step;
    quoted ^= *inside;
    *inside = (uint64_t)((int64_t)quoted >> 63);
    return ends & ~quoted;
}

INLINE uint64_t find_row_ends(const uint8_t *bytes, uint64_t count, uint64_t *words, uint64_t *inside) {
    uint64_t whole = count / 64, found = 0;
    for (uint64_t block = 0; block < whole; block++) {
        const uint8_t *text = bytes + 64 * block;
        words[block] = ends_outside(places(text, '\n'), places(text, '"'), inside);
        found += (uint64_t)__builtin_popcountll(words[block]);
    }
    if (count % 64 == 0) return found;
    const uint8_t *rest = bytes + 64 * whole;
    words[whole] = ends_outside(places_in_rest(rest, count % 64, '\n'), places_in_rest(rest, count % 64, '"'), inside);
    return found + (uint64_t)__builtin_popcountll(words[whole]);
}

INLINE void find_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted, uint64_t *words) {
    uint64_t whole = count / 64;
    for (uint64_t block = 0; block < whole; block++) words[block] = places(bytes + 64 * block, wanted);
    if (count % 64) words[whole] = places_in_rest(bytes + 64 * whole, count % 64, wanted);
}

INLINE uint64_t count_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted) {
    uint64_t whole = count / 64, found = 0;
    for (uint64_t block = 0; block < whole; block++) found += (uint64_t)__builtin_popcountll(places(bytes + 64 * block, wanted));
    return found + (uint64_t)__builtin_popcountll(places_in_rest(bytes + 64 * whole, count % 64, wanted));
}

// What is there for one width of vectors.
struct functions {
    void (*index_json)(const uint8_t *, uint64_t, struct procession_json_block *);
    void (*find_byte)(const uint8_t *, uint64_t, uint8_t, uint64_t *);
    uint64_t (*count_byte)(const uint8_t *, uint64_t, uint8_t);
    void (*find_marks)(const uint8_t *, uint64_t, uint8_t, uint64_t *);
    uint64_t (*find_row_ends)(const uint8_t *, uint64_t, uint64_t *, uint64_t *);
};

#define COMPILE(name, ...)                                                                                                      \
    __VA_ARGS__ static void index_json_##name(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks) {     \
        index_json(bytes, count, blocks);                                                                                       \
    }                                                                                                                           \
    __VA_ARGS__ static void find_byte_##name(const uint8_t *bytes, uint64_t count, uint8_t wanted, uint64_t *words) {           \
        find_byte(bytes, count, wanted, words);                                                                                 \
    }                                                                                                                           \
    __VA_ARGS__ static uint64_t count_byte_##name(const uint8_t *bytes, uint64_t count, uint8_t wanted) {                       \
        return count_byte(bytes, count, wanted);                                                                                \
    }                                                                                                                           \
    __VA_ARGS__ static void find_marks_##name(const uint8_t *bytes, uint64_t count, uint8_t delimiter, uint64_t *words) {       \
        find_marks(bytes, count, delimiter, words);                                                                             \
    }                                                                                                                           \
    __VA_ARGS__ static uint64_t find_row_ends_##name(const uint8_t *bytes, uint64_t count, uint64_t *words, uint64_t *inside) { \
        return find_row_ends(bytes, count, words, inside);                                                                      \
    }
#define FUNCTIONS(name) \
    {index_json_##name, find_byte_##name, count_byte_##name, find_marks_##name, find_row_ends_##name}

COMPILE(any)

#if defined(__x86_64__)

COMPILE(avx2, __attribute__((target("avx2,popcnt"))))
COMPILE(avx512, __attribute__((target("avx512bw,popcnt"))))

static const struct functions widths[] = {FUNCTIONS(any), FUNCTIONS(avx2), FUNCTIONS(avx512)};

int procession_widest_instructions(void) {
    return __builtin_cpu_supports("avx512bw") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
}

#else

static const struct functions widths[] = {FUNCTIONS(any)};

int procession_widest_instructions(void) { return 0; }

#endif

void procession_index_json(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks, int instructions) {
    widths[instructions].index_json(bytes, count, blocks);
}

void procession_find_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted, uint64_t *words, int instructions) {
    widths[instructions].find_byte(bytes, count, wanted, words);
}

uint64_t procession_count_byte(const uint8_t *bytes, uint64_t count, uint8_t wanted, int instructions) {
    return widths[instructions].count_byte(bytes, count, wanted);
}

void procession_find_marks(const uint8_t *bytes, uint64_t count, uint8_t delimiter, uint64_t *words, int instructions) {
    widths[instructions].find_marks(bytes, count, delimiter, words);
}

uint64_t procession_find_row_ends(const uint8_t *bytes, uint64_t count, uint64_t *words, uint64_t *inside, int instructions) {
    return widths[instructions].find_row_ends(bytes, count, words, inside);
}

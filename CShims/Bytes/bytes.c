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
        // As signed numbers, bytes that are not ASCII are negative.
        words->special = WORD((((SignedBytes)text < ' ') & (text != '\n')) | (text == '\\'));
    }
}

typedef void Index(const uint8_t *, uint64_t, struct procession_json_block *);

static void index_any(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks) {
    index_json(bytes, count, blocks);
}

#if defined(__x86_64__)

__attribute__((target("avx2")))
static void index_avx2(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks) {
    index_json(bytes, count, blocks);
}

__attribute__((target("avx512bw")))
static void index_avx512(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks) {
    index_json(bytes, count, blocks);
}

static Index *const widths[] = {index_any, index_avx2, index_avx512};

int procession_widest_instructions(void) {
    return __builtin_cpu_supports("avx512bw") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
}

#else

static Index *const widths[] = {index_any};

int procession_widest_instructions(void) { return 0; }

#endif

void procession_index_json(const uint8_t *bytes, uint64_t count, struct procession_json_block *blocks, int instructions) {
    widths[instructions](bytes, count, blocks);
}

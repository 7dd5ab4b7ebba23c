// The same loops in C: serial, and on threads by OpenMP. Usage: loops CASE RECORDS [THREADS]; see resident.h.
// gcc -O3 -fopenmp
#include "resident.h"
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    int64_t doubled;
    struct { uint8_t bytes[24], count; } text;
} Pair;

static inline Pair pair_of(int64_t value) {
    Pair result = {value * 2, {{0}, 0}};
    uint64_t rest = (uint64_t)value;
    int digits = 0;
    do digits++; while (rest /= 10);
    rest = (uint64_t)value;
    for (int position = digits; position-- > 0; rest /= 10) result.text.bytes[position] = (uint8_t)('0' + rest % 10);
    result.text.count = (uint8_t)digits;
    return result;
}

// Work that only takes time: `steps` of a generator. The same as in Spin.swift.
static inline int64_t spin(int64_t steps) {
    uint64_t state = (uint64_t)steps | 1;
    for (int64_t i = 0; i < steps; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return (int64_t)state;
}

static int64_t *input, *numbers;
static Pair *pairs;
static int64_t count;

static int numbers_are(int64_t (*function)(int64_t)) {
    for (int64_t i = 0; i < count; i++) if (numbers[i] != function(input[i])) return 0;
    return 1;
}

static int64_t twice(int64_t value) { return value * 2; }

static int pairs_are_right(void) {
    char text[32];
    for (int64_t i = 0; i < count; i += 997) {
        int digits = snprintf(text, sizeof text, "%lld", (long long)input[i]);
        if (pairs[i].doubled != 2 * input[i] || pairs[i].text.count != digits) return 0;
        if (memcmp(pairs[i].text.bytes, text, (size_t)digits)) return 0;
    }
    return 1;
}

// What spin has to answer is computed once, serially, so that a round's check costs a comparison.
static int64_t *spun;
static int spun_is_right(void) { return memcmp(numbers, spun, sizeof *spun * (size_t)count) == 0; }

static void run_side(const char *side) {
    double start = now();
#define LOOP(SIDE, PRAGMA, BODY, RIGHT)                                                                                \
    if (strcmp(side, SIDE) == 0) {                                                                                     \
        PRAGMA for (int64_t i = 0; i < count; i++) { BODY; }                                                           \
        double time = now() - start;                                                                                   \
        return answer(time, RIGHT);                                                                                    \
    }
    LOOP("C, int", , numbers[i] = input[i] * 2, numbers_are(twice))
    LOOP("OpenMP, int", _Pragma("omp parallel for schedule(dynamic, 4096)"), numbers[i] = input[i] * 2, numbers_are(twice))
    LOOP("C, text", , pairs[i] = pair_of(input[i]), pairs_are_right())
    LOOP("OpenMP, text", _Pragma("omp parallel for schedule(dynamic, 4096)"), pairs[i] = pair_of(input[i]), pairs_are_right())
    LOOP("C, spin", , numbers[i] = spin(input[i]), spun_is_right())
    LOOP("OpenMP, spin", _Pragma("omp parallel for schedule(dynamic, 64)"), numbers[i] = spin(input[i]), spun_is_right())
    LOOP("OpenMP guided, spin", _Pragma("omp parallel for schedule(guided)"), numbers[i] = spin(input[i]), spun_is_right())
    LOOP("OpenMP static, spin", _Pragma("omp parallel for schedule(static)"), numbers[i] = spin(input[i]), spun_is_right())
    printf("N/A no side of this name\n");
    fflush(stdout);
}

// loops RECORDS THREADS            the inputs are 0, 1, 2, …
// loops RECORDS THREADS STEPS      the inputs are STEPS, for spin
// loops RECORDS THREADS FILE       the inputs are the 64-bit numbers in FILE, for spin
int main(int argc, char **argv) {
    count = atoll(argv[1]);
    omp_set_num_threads(atoi(argv[2]));
    input = malloc(sizeof *input * (size_t)count);
    numbers = calloc((size_t)count, sizeof *numbers);
    for (int64_t i = 0; i < count; i++) input[i] = i;
    if (argc > 3) {
        int64_t steps = atoll(argv[3]);
        FILE *file = steps ? NULL : fopen(argv[3], "r");
        if (file && fread(input, sizeof *input, (size_t)count, file) != (size_t)count) return 1;
        if (!file) for (int64_t i = 0; i < count; i++) input[i] = steps;
        spun = malloc(sizeof *spun * (size_t)count);
        for (int64_t i = 0; i < count; i++) spun[i] = spin(input[i]);
    } else {
        pairs = malloc(sizeof *pairs * (size_t)count);
        memset(pairs, 1, sizeof *pairs * (size_t)count);
    }
    say_ready();
    for (char *side; (side = next_side());) run_side(side);
}

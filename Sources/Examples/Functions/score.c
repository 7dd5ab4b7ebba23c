// Two results per record, a number and a text: how many words the value has, and its first letters.
//
//     cc -O2 -shared -fPIC -I CShims/Library/include -o score.so Sources/Examples/Functions/score.c
//     procession map -c words,beginning=./score.so:score:3 docs.txt
#include "procession.h"
#include <stdlib.h>

// The argument: how many letters.
static const char *start(const char *argument, void **state) {
    char *end;
    long letters = strtol(argument, &end, 10);
    if (*end || letters < 1) return "the argument is how many letters it gives, as in score.so:score:3";
    *state = (void *)letters;
    return 0;
}

static int64_t words_in(procession_text text) {
    int64_t words = 0;
    for (int64_t i = 0; i < text.count; i++) {
        if (text.bytes[i] != ' ' && (i == 0 || text.bytes[i - 1] == ' ')) words++;
    }
    return words;
}

static int32_t map(void *state, procession_batch *batch) {
    int64_t letters = (int64_t)(intptr_t)state;
    for (int64_t i = batch->begin; i < batch->end; i++) {
        procession_text text = procession_get_text(batch, 0, i);
        if (text.count == 0) procession_fail(batch, i, "there is no text to score");
        procession_set_int64(batch, 0, i, words_in(text));
        // The bytes of the input, which need no copy.
        procession_set_text(batch, 1, i, text.bytes, text.count < letters ? text.count : letters);
        procession_publish(batch, i + 1);
    }
    return 0;
}

static const procession_input inputs[] = {{0, PROCESSION_VALUE, PROCESSION_TEXT}};
static const uint32_t outputs[] = {PROCESSION_INT64, PROCESSION_TEXT};
static const procession_function function = {
    PROCESSION_ABI_VERSION, sizeof(procession_function), inputs, outputs, 1, 2, start, map, 0};

const procession_function *score(void) { return &function; }

// procession.h: functions in C for the columns of `procession map`. ABI 1.
//
//     procession map -c NAMES=./FILE.so:SYMBOL[:ARGUMENT] FILE
//
// FILE.so is a shared library that needs nothing of ours but this header, at compile time. SYMBOL is a function of it that
// takes nothing and returns a procession_function, which says what the function wants of a record and what it gives. Every
// worker, a process, loads the library, calls `start` once with ARGUMENT, `map` for its records, and `end` when it leaves.
// NAMES are as many as results, separated by commas. To compile: cc -O2 -shared -fPIC -I DIRECTORY -o FILE.so FILE.c
//
//     static int32_t map(void *state, procession_batch *batch) {
//         for (int64_t i = batch->begin; i < batch->end; i++) {
//             procession_set_int64(batch, 0, i, procession_get_text(batch, 0, i).count);
//             procession_publish(batch, i + 1);
//         }
//         return 0;
//     }
//     static const procession_input inputs[] = {{0, PROCESSION_VALUE, PROCESSION_TEXT}};
//     static const uint32_t outputs[] = {PROCESSION_INT64};
//     static const procession_function description = {
//         PROCESSION_ABI_VERSION, sizeof(procession_function), inputs, outputs, 1, 1, 0, map, 0};
//     const procession_function *size(void) { return &description; }
//
// Conventions. A struct that crosses the border says its size and is only ever appended to. Columns are (base, stride):
// never compute a slot's place in any other way. A function that crashes, exits or never returns costs the record it is at.
// It runs on one thread. What it prints to standard output or standard error goes to the command's standard error.
#ifndef PROCESSION_H
#define PROCESSION_H
#include <stdint.h>
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

#define PROCESSION_ABI_VERSION 1

// What lies in a slot of a column.
enum procession_kind {
    PROCESSION_INT64 = 1,   // int64_t; a number with a fraction, or beyond 64 bits, fails its record
    PROCESSION_FLOAT64 = 2, // double; a result that is no finite number fails its record
    PROCESSION_BOOL8 = 3,   // uint8_t, 0 or 1; in text formats `true` and `false`
    PROCESSION_TEXT = 4     // procession_text
};

// Bytes, most often UTF-8, without a zero at their end.
typedef struct {
    const char *bytes;
    int64_t count;
} procession_text;

// Where an input comes from.
enum procession_source {
    PROCESSION_FIELD = 0, // the field `name`
    PROCESSION_VALUE = 1, // the record's value: the field of --value, or the second one
    PROCESSION_KEY = 2,   // the record's key
    PROCESSION_NUMBER = 3 // the record's number, from 1
};

typedef struct {
    const char *name; // ends in a zero; for PROCESSION_FIELD alone
    uint32_t source;  // procession_source
    uint32_t kind;    // procession_kind: the record's text is read as that, or fails its record
} procession_input;

typedef struct {
    uint32_t kind, width;
    char *base;     // of item 0
    int64_t stride; // item i lies at base + i * stride
} procession_column;

// Records to map: items `begin` to `end`, of which item i is record `first` + i, counted from 0. How many there are is the
// command's to choose; inputs, and what `room` has given, are valid until `map` returns.
typedef struct procession_batch {
    uint32_t size, reserved;
    int64_t first, begin, end;
    const procession_column *inputs, *outputs;
    int32_t input_count, output_count;
    int64_t done; // items below are finished: procession_publish
    // Memory for the bytes of a text; 0 where there is none, and the item then fails.
    char *(*room)(struct procession_batch *, int64_t bytes);
    // Item `item` has failed, for people; it is published afterwards like the others.
    void (*fail)(struct procession_batch *, int64_t item, const char *text, int64_t bytes);
    void *host; // not yours
} procession_batch;

typedef struct {
    uint32_t abi, size; // PROCESSION_ABI_VERSION, sizeof(procession_function)
    const procession_input *inputs;
    const uint32_t *outputs; // procession_kind
    int32_t input_count, output_count;
    // Makes the function ready; `argument` is "" where none was given. Returns 0, or a text that says what is wrong, which
    // ends the run. May be 0.
    const char *(*start)(const char *argument, void **state);
    // Maps the items of a batch, in order, and publishes each. Anything but 0 fails those that it has not published.
    int32_t (*map)(void *state, procession_batch *);
    // Takes the state back. Not called in a worker that is killed. May be 0.
    void (*end)(void *state);
} procession_function;

// ---- slots ------------------------------------------------------------------------------------------------------------
static inline char *procession_slot(const procession_column *column, int64_t item) {
    return column->base + item * column->stride;
}

static inline procession_text procession_get_text(const procession_batch *batch, int32_t input, int64_t item) {
    procession_text value;
    memcpy(&value, procession_slot(&batch->inputs[input], item), sizeof value);
    return value;
}

static inline int64_t procession_get_int64(const procession_batch *batch, int32_t input, int64_t item) {
    int64_t value;
    memcpy(&value, procession_slot(&batch->inputs[input], item), sizeof value);
    return value;
}

static inline double procession_get_float64(const procession_batch *batch, int32_t input, int64_t item) {
    double value;
    memcpy(&value, procession_slot(&batch->inputs[input], item), sizeof value);
    return value;
}

static inline int procession_get_bool(const procession_batch *batch, int32_t input, int64_t item) {
    return *procession_slot(&batch->inputs[input], item) != 0;
}

// The bytes may be those of an input, of `room`, or anything that stays until `map` is called again.
static inline void procession_set_text(procession_batch *batch, int32_t output, int64_t item, const char *bytes,
                                       int64_t count) {
    procession_text value;
    value.bytes = bytes;
    value.count = count;
    memcpy(procession_slot(&batch->outputs[output], item), &value, sizeof value);
}

static inline void procession_set_int64(procession_batch *batch, int32_t output, int64_t item, int64_t value) {
    memcpy(procession_slot(&batch->outputs[output], item), &value, sizeof value);
}

static inline void procession_set_float64(procession_batch *batch, int32_t output, int64_t item, double value) {
    memcpy(procession_slot(&batch->outputs[output], item), &value, sizeof value);
}

static inline void procession_set_bool(procession_batch *batch, int32_t output, int64_t item, int value) {
    *procession_slot(&batch->outputs[output], item) = value != 0;
}

// Items below `done` have their results. Once per item, so that a crash costs that item.
static inline void procession_publish(procession_batch *batch, int64_t done) { batch->done = done; }

// An item failed: `text`, which ends in a zero, says why.
static inline void procession_fail(procession_batch *batch, int64_t item, const char *text) {
    batch->fail(batch, item, text, (int64_t)strlen(text));
}

#ifdef __cplusplus
}
#endif
#endif

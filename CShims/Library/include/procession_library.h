// A shared library's function, as the command calls it: loaded, looked at, and called for one record at a time, so that a
// crash costs that record. It is C because the structs of procession.h are made of pointers, each use of which would be
// unsafe in Swift; nothing of them shows here.
#ifndef PROCESSION_LIBRARY_H
#define PROCESSION_LIBRARY_H

#include <stdint.h>

// Whether this program can load libraries, which one that is linked statically cannot.
int procession_can_load(void);

// Loads a library and asks its symbol what the function is. Returns the number by which it is called, for a library is
// loaded for good; -1, and the reason in `said`, which ends in a zero.
int32_t procession_library_open(const char *path, const char *symbol, char *said, int64_t room);
int32_t procession_library_count(int32_t function, int is_output);
uint32_t procession_library_kind(int32_t function, int is_output, int32_t number);
uint32_t procession_library_source(int32_t function, int32_t input);
const char *procession_library_name(int32_t function, int32_t input);

// Makes the function ready. NULL, or what it says is wrong.
const char *procession_library_start(int32_t function, const char *argument);
// Ends the function, if it was started.
void procession_library_end(int32_t function);

// An input or a result: a number's bits, or a text of `count` bytes that begins at `word` of one of two pieces of memory.
typedef struct {
    uint64_t word;
    int64_t count;
    int64_t form; // 0: a number; 1, 2: a text in `first` or `second`
} procession_library_slot;

// Calls the function for one record: inputs lie in `slots`, and results that are numbers are put behind them. 0; or -1 where
// the record has failed.
int procession_library_call(int32_t function, int64_t record, procession_library_slot *slots, const void *first,
                            const void *second);
// Of the last call: why it has failed, and a result that is a text.
const char *procession_library_failure(int32_t function, int64_t *count);
const char *procession_library_text(int32_t function, int32_t output, int64_t *count);

#endif

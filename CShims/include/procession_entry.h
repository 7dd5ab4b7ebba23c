// How a worker comes to run before `main`: see entry.c.
#ifndef PROCESSION_ENTRY_H
#define PROCESSION_ENTRY_H

#include <stdint.h>

// argv[0] of a worker. An argument and not an environment variable, so that a program which the user's function
// starts is not mistaken for a worker.
#define PROCESSION_WORKER_NAME "procession-worker"

// argv[0] of a filter's keeper: argv[1] is its parent's process id, argv[2] the filter's command. Descriptors 3 and 4
// become the filter's standard input and output; 5 and 6 are its parent's ends of the same pipes, which the keeper keeps
// open until the filter has ended. At SIGURG it closes 5: the input is over.
#define PROCESSION_FILTER_NAME "procession-filter"

// Defined in Swift (Sources/Procession/WorkerEntry.swift). Does not return.
void procession_worker_main(int64_t worker, uint64_t nonce);

// Defined in filter.c. Does not return.
void procession_keep_filter(int64_t parent, const char *command) __attribute__((noreturn));

#endif

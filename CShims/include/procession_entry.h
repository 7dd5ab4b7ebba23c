// How a worker comes to run before `main`: see entry.c.
#ifndef PROCESSION_ENTRY_H
#define PROCESSION_ENTRY_H

#include <stddef.h>
#include <stdint.h>

// argv[0] of a worker; argv[1] is its number, argv[2] the nonce, argv[3] the mark of its guard, if it is to have one.
// An argument and not an environment variable, so that a program which the user's function starts is not mistaken for a
// worker.
#define PROCESSION_WORKER_NAME "procession-worker"

// The variable in the environment of a guarded worker, and of all that it starts; argv[3] is "name=value".
#define PROCESSION_MARK_NAME "PROCESSION_WORKER"

// Defined in Swift (Sources/Procession/Worker/WorkerEntry.swift). Does not return.
void procession_worker_main(int64_t worker, uint64_t nonce);

// Defined in Swift (Sources/ProcessionFoundation/ErrorTexts.swift): tells a worker how Foundation words errors.
void procession_meet_foundation(void);

// The kernel names a process after the last part of the path that it was started from, which is /proc/self/exe. This
// gives it the name of the program, as if it had been started by its own path; who is who, the arguments tell.
void procession_take_name(void);

// Whether the program was given rights that who has started it does not have (AT_SECURE).
int procession_is_privileged(void);

// Finds the file that the entry was loaded from, which is the running program unless the library is in a shared object,
// or ld.so was told to run the program. Returns the length of the path, 0 for none, -1 where /proc does not tell.
int procession_find_entry(char *path, size_t capacity);

// Starts the guard of this process: see guard.c.
void procession_start_guard(const char *mark);

#endif

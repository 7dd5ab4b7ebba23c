// It is C because Swift has no code that runs before `main`. A worker is a second copy of the user's executable; were
// `main` to start, it would spawn workers of its own. The weak reference lets programs link that use only the lower
// modules. Numbers are parsed here so that no pointer reaches Swift; bad ones are refused there, by the nonce.
#include "procession_entry.h"
#include <stdlib.h>
#include <string.h>

extern __typeof__(procession_worker_main) procession_worker_main __attribute__((weak));

__attribute__((constructor)) static void procession_enter(int count, char **arguments) {
    if (count < 1 || !arguments[0]) return;
    if (strcmp(arguments[0], PROCESSION_FILTER_NAME) == 0 && count == 3) {
        procession_keep_filter(strtoll(arguments[1], NULL, 10), arguments[2]);
    }
    if (strcmp(arguments[0], PROCESSION_WORKER_NAME) != 0 || !procession_worker_main) return;
    int64_t worker = count > 1 ? strtoll(arguments[1], NULL, 10) : -1;
    uint64_t nonce = count > 2 ? strtoull(arguments[2], NULL, 16) : 0;
    procession_worker_main(worker, nonce);
}

// It is C because Swift has no code that runs before `main`. A worker is a second copy of the user's executable; were
// `main` to start, it would spawn workers of its own. The weak reference lets programs link that use only the lower
// modules. Numbers are parsed here so that no pointer reaches Swift; bad ones are refused there, by the nonce.
#include "procession_entry.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern __typeof__(procession_worker_main) procession_worker_main __attribute__((weak));

// The kernel names a process after the last part of the path that it was started from, which is /proc/self/exe. We take
// the name of the program, as if it had been started by its own path; who is who, the arguments tell.
static void take_name_of_program(void) {
    char path[PATH_MAX + 1];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length <= 0) return;
    path[length] = 0;
    // The kernel's word for a file that is gone.
    char *deleted = strstr(path, " (deleted)");
    if (deleted) *deleted = 0;
    char *slash = strrchr(path, '/');
    if (slash) prctl(PR_SET_NAME, slash + 1);
}

__attribute__((constructor)) static void procession_enter(int count, char **arguments) {
    if (count < 1 || !arguments[0]) return;
    if (strcmp(arguments[0], PROCESSION_FILTER_NAME) == 0 && count == 3) {
        take_name_of_program();
        procession_keep_filter(strtoll(arguments[1], NULL, 10), arguments[2]);
    }
    if (strcmp(arguments[0], PROCESSION_WORKER_NAME) != 0 || !procession_worker_main) return;
    take_name_of_program();
    int64_t worker = count > 1 ? strtoll(arguments[1], NULL, 10) : -1;
    uint64_t nonce = count > 2 ? strtoull(arguments[2], NULL, 16) : 0;
    procession_worker_main(worker, nonce);
}

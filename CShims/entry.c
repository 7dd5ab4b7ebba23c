// It is C because Swift has no code that runs before `main`. A worker is a second copy of the user's executable; were
// `main` to start, it would spawn workers of its own. The weak reference lets programs link that use only the lower
// modules. Numbers are parsed here so that no pointer reaches Swift; bad ones are refused there, by the nonce.
#include "procession_entry.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern __typeof__(procession_worker_main) procession_worker_main __attribute__((weak));

// Becomes the shell that runs a filter. The step in between is needed because only a process itself can ask to die with
// its parent, and `sh` does not. Ctrl-C is the parent's to decide on; a broken pipe is the filter's own.
static void begin_filter(const char *parent, const char *command) {
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != (pid_t)strtoll(parent, NULL, 10)) _exit(1);
    if (dup2(3, 0) < 0 || dup2(4, 1) < 0) _exit(126);
    close(3);
    close(4);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

__attribute__((constructor)) static void procession_enter(int count, char **arguments) {
    if (count < 1 || !arguments[0]) return;
    if (strcmp(arguments[0], PROCESSION_FILTER_NAME) == 0 && count == 3) begin_filter(arguments[1], arguments[2]);
    if (strcmp(arguments[0], PROCESSION_WORKER_NAME) != 0 || !procession_worker_main) return;
    int64_t worker = count > 1 ? strtoll(arguments[1], NULL, 10) : -1;
    uint64_t nonce = count > 2 ? strtoull(arguments[2], NULL, 16) : 0;
    procession_worker_main(worker, nonce);
}

// A worker's guard: a process that waits for the worker's end, however it comes, and then ends what the worker has
// started. Nobody else could: a worker that is killed has no last words, its host has children of its own, and whoever
// loses its parent goes to a process that knows nothing of us.
//
// What the worker has started is known by a mark in its environment, which a process inherits and the kernel shows. A
// program that clears its environment is not found.
#define _GNU_SOURCE
#include "procession_entry.h"
#include <fcntl.h>
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Whether a file, a list of texts that each end in a zero, has `text` among them.
static int lists(int file, const char *text) {
    char part[4096];
    size_t length = strlen(text) + 1, matched = 0;
    int isFresh = 1;
    for (ssize_t count; (count = read(file, part, sizeof part)) > 0;) {
        for (ssize_t at = 0; at < count; at++) {
            if (isFresh && part[at] == text[matched]) {
                if (++matched == length) return 1;
            } else {
                isFresh = 0;
            }
            if (part[at] == 0) {
                isFresh = 1;
                matched = 0;
            }
        }
    }
    return 0;
}

// Ends a process that has the mark. It is held by a pidfd before it is looked at, so that no other is meant.
static int end_if_marked(const char *name, const char *mark) {
    long pid = strtol(name, NULL, 10);
    if (pid <= 0 || pid == getpid()) return 0;
    char path[32] = "/proc/";
    strncat(strncat(path, name, 12), "/environ", 9);
    int process = syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (process < 0) return 0;
    int environment = open(path, O_RDONLY | O_CLOEXEC);
    int ended = environment >= 0 && lists(environment, mark) &&
        syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) == 0;
    if (environment >= 0) close(environment);
    close(process);
    return ended;
}

// Ends all that have the mark until none is found: a bound, because a program may start others faster than they end.
static void end_marked(const char *mark) {
    for (int round = 0, ended = 1; ended > 0 && round < 1000; round++) {
        DIR *processes = opendir("/proc");
        if (!processes) return;
        ended = 0;
        for (struct dirent *entry; (entry = readdir(processes));) ended += end_if_marked(entry->d_name, mark);
        closedir(processes);
        // The dead are found for a moment yet.
        if (ended > 0) usleep(1000);
    }
}

void procession_start_guard(const char *mark) {
    if (strncmp(mark, PROCESSION_MARK_NAME "=", strlen(PROCESSION_MARK_NAME) + 1) != 0) return;
    int worker = syscall(SYS_pidfd_open, getpid(), 0);
    if (worker < 0) return;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    // Without a signal at its end, a child is passed over by those who wait for any child.
    long guard = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (guard != 0) {
        close(worker);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return;
    }
    // Nothing of the worker's or its host's is held.
    dup2(worker, 0);
    // Linux before 5.9 lacks the call; a worker has few, and low ones.
    if (syscall(SYS_close_range, 1, ~0U, 0) != 0) {
        for (int number = 1; number < 1024; number++) close(number);
    }
    if (chdir("/") != 0) _exit(1);
    struct pollfd item = {.fd = 0, .events = POLLIN};
    while (poll(&item, 1, -1) <= 0) continue;
    end_marked(mark);
    _exit(0);
}

// A filter's keeper: a process between a worker and the shell that runs the filter. It is there so that nothing the
// filter starts outlives us, however we die: whatever loses its parent below the keeper becomes the keeper's child, and
// when its own parent dies, or asks with SIGTERM, the keeper ends them all. It is C because Swift has no `fork`.
//
// It also holds the worker's ends of both pipes. Were they to break with the worker, the filter would take half a line
// for a whole one, or complain of a broken pipe, before the keeper has heard of the death.
#include "procession_keeper.h"
#include "procession_entry.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Sends SIGKILL to each child of this process, and returns how many there were. The list ends each number with a blank;
// one that is cut off is left for the next time.
static int kill_children(void) {
    char list[4096];
    int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, list, sizeof list - 1);
    if (file >= 0) close(file);
    list[length < 0 ? 0 : length] = 0;
    int killed = 0;
    char *end;
    for (char *next = list;; next = end + 1) {
        long pid = strtol(next, &end, 10);
        if (pid <= 0 || *end != ' ') return killed;
        killed += kill((pid_t)pid, SIGKILL) == 0;
    }
}

// Ends the children and, as they come to us, their children. What may not be killed, being another user's, stays.
static void end_descendants(void) {
    for (int fruitless = 0; fruitless < 10;) {
        if (kill_children() > 0) {
            waitpid(-1, NULL, __WALL);
        } else if (waitpid(-1, NULL, WNOHANG | __WALL) < 0) {
            return;
        } else {
            fruitless++;
            usleep(1000);
        }
    }
}

static void set_mask(int (*fill)(sigset_t *)) {
    sigset_t set;
    fill(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

// Ends as the filter has ended, so that who waits for the keeper hears the truth.
static void leave_as(int status) {
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    prctl(PR_SET_DUMPABLE, 0);
    signal(WTERMSIG(status), SIG_DFL);
    set_mask(sigemptyset);
    kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

// Ctrl-C is the parent's to decide on; a broken pipe is the filter's own. Should even the keeper be killed, the shell
// dies with it.
static void become_shell(pid_t keeper, const char *command) {
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    set_mask(sigemptyset);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(1);
    if (dup2(3, 0) < 0 || dup2(4, 1) < 0) _exit(126);
    for (int number = 3; number <= 6; number++) close(number);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void keep(pid_t parent, const char *command) {
    // As we were started already, so that no signal was lost.
    set_mask(sigfillset);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) _exit(126);
    if (getppid() != parent) _exit(1);
    pid_t keeper = getpid();
    pid_t shell = fork();
    if (shell == 0) become_shell(keeper, command);
    if (shell < 0) _exit(126);
    // The filter's end must be seen at its pipes.
    close(3);
    close(4);

    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGURG);
    for (;;) {
        // Who hears nothing cannot keep.
        int received = SIGTERM;
        sigwait(&awaited, &received);
        if (received == SIGURG) close(5);
        if (received == SIGTERM) {
            end_descendants();
            leave_as(SIGTERM);
        }
        int status;
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
            if (ended != shell) continue;
            end_descendants();
            leave_as(status);
        }
    }
}

// Before `main`, because a keeper is the command's own executable, as a worker is.
__attribute__((constructor)) static void enter(int count, char **arguments) {
    if (count != 3 || strcmp(arguments[0], PROCESSION_FILTER_NAME) != 0 || procession_is_privileged()) return;
    procession_take_name();
    keep((pid_t)strtol(arguments[1], NULL, 10), arguments[2]);
}

// Lets valgrind follow workers. Loaded with LD_PRELOAD by the instruction gate only, and found to be enough for
// valgrind 3.19.
//
// Workers are started from /proc/self/exe, which under valgrind is valgrind itself; and valgrind hands a program the name
// it was started by as its argv[0]. So a program with the worker's name is started instead: it stands in the working directory, for the kernel,
// which is in PATH, for valgrind.
//
// Valgrind knows no pidfds. An eventfd stands in for one: it never says that the child has ended, so that the pool waits
// a second for its workers to leave, in which they write down their counts. A worker that is killed gets SIGTERM instead,
// once, upon which valgrind writes them down too.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Looked up once: to do it at every call would be counted as the program's.
#define REAL(NAME) \
    ({ \
        static __typeof__(&NAME) real; \
        if (!real) real = (__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME); \
        real; \
    })
enum { MOST = 1024 };
static pid_t child_of[MOST];
static char was_ended[MOST];

int posix_spawn(
    pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
    const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict]) {
    if (strcmp(path, "/proc/self/exe") == 0) path = arguments[0];
    return REAL(posix_spawn)(pid, path, actions, attributes, arguments, environment);
}

long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    // A worker's guard would wait for ever for the end of its worker; without a handle of its own it starts none.
    if (number == SYS_pidfd_open && a[0] == getpid()) {
        errno = ENOSYS;
        return -1;
    }
    if (number == SYS_pidfd_open) {
        int handle = eventfd(0, EFD_CLOEXEC);
        if (handle >= 0 && handle < MOST) {
            child_of[handle] = (pid_t)a[0];
            was_ended[handle] = 0;
        }
        return handle;
    }
    if (number == SYS_pidfd_send_signal) {
        if (a[1] != SIGKILL) return kill(child_of[a[0]], (int)a[1]);
        return was_ended[a[0]]++ ? 0 : kill(child_of[a[0]], SIGTERM);
    }
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options) {
    if (type == P_PIDFD) return REAL(waitid)(P_PID, (id_t)child_of[id], info, options);
    return REAL(waitid)(type, id, info, options);
}

#define _GNU_SOURCE
#include "procession_system.h"

#include <stdio.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

// The literals of Seals in MemoryFile.swift.
_Static_assert(F_SEAL_SEAL == 1 && F_SEAL_SHRINK == 2 && F_SEAL_GROW == 4 && F_SEAL_WRITE == 8, "seals");
_Static_assert(F_SEAL_FUTURE_WRITE == 16, "seals");

// The literals of Mapping.swift, which older headers do not name.
#ifdef MADV_POPULATE_WRITE
_Static_assert(MADV_POPULATE_READ == 22 && MADV_POPULATE_WRITE == 23, "advice");
#endif
#ifdef MADV_COLLAPSE
_Static_assert(MADV_COLLAPSE == 25, "advice");
#endif

// P_PIDFD, which is no macro and which glibc names from 2.36 on.
static const idtype_t by_pidfd = (idtype_t)3;

int procession_memfd_create(const char *name, int no_exec) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | (no_exec ? MFD_NOEXEC_SEAL : 0));
}

int procession_add_seals(int descriptor, int seals) { return fcntl(descriptor, F_ADD_SEALS, seals); }

int procession_get_seals(int descriptor) { return fcntl(descriptor, F_GET_SEALS); }

int procession_reserve(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, 0, offset, length);
}

int procession_punch_hole(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

// Without O_ASYNC no such signal is ever sent.
static const int bell_mark = 63;

int procession_bell(void) {
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell >= 0) fcntl(bell, F_SETSIG, bell_mark);
    return bell;
}

int procession_is_bell(int descriptor) { return fcntl(descriptor, F_GETSIG) == bell_mark; }

int64_t procession_read_at_once(int descriptor, uint64_t *value) {
    struct iovec bytes = {value, sizeof *value};
    return preadv2(descriptor, &bytes, 1, -1, RWF_NOWAIT);
}

int64_t procession_getrandom(void *bytes, uint64_t count) { return getrandom(bytes, count, 0); }

static struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

int procession_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds) {
    struct timespec limit = timespec_of(timeout_nanoseconds);
    return syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout_nanoseconds < 0 ? NULL : &limit, NULL, 0);
}

int procession_futex_wake(const uint32_t *word, int count) {
    return syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

int procession_poll(void *items, uint64_t count, int64_t timeout_nanoseconds) {
    struct timespec limit = timespec_of(timeout_nanoseconds);
    return ppoll(items, count, timeout_nanoseconds < 0 ? NULL : &limit, NULL);
}

int procession_pidfd_open(int pid) { return syscall(SYS_pidfd_open, pid, 0); }

int procession_pidfd_send_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int procession_wait(int pidfd, int block, int *code, int *status) {
    siginfo_t info = {0};
    if (waitid(by_pidfd, pidfd, &info, WEXITED | (block ? 0 : WNOHANG)) != 0) return -1;
    // With WNOHANG and nothing to tell, waitid succeeds and leaves the pid at zero.
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

int procession_spawn_close_from(void *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int procession_spawn_change_directory(void *actions, int directory) {
    return posix_spawn_file_actions_addfchdir_np(actions, directory);
}

int procession_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

char **procession_environment(void) { return environ; }

int procession_get_affinity(int process, uint64_t *words, size_t bytes) {
    return sched_getaffinity(process, bytes, (cpu_set_t *)words);
}

int procession_set_affinity(int process, const uint64_t *words, size_t bytes) {
    return sched_setaffinity(process, bytes, (const cpu_set_t *)words);
}

const char *procession_error_name(int code) { return strerrorname_np(code); }

const char *procession_error_text(int code) { return strerrordesc_np(code); }

const char *procession_signal_name(int signal) { return sigabbrev_np(signal); }

int procession_lock(int descriptor, int shared) { return flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB); }

int procession_is_mount_point(int descriptor) {
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, 0, &status) != 0) return -1;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

void procession_flush_output_by_line(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

// As large as an unprivileged process may have it, unless the machine says otherwise.
static const int longest_pipe = 1 << 20;

int procession_lengthen_pipe(int descriptor) {
    int size = fcntl(descriptor, F_GETPIPE_SZ);
    if (size >= 0 && size < longest_pipe) fcntl(descriptor, F_SETPIPE_SZ, longest_pipe);
    return fcntl(descriptor, F_GETPIPE_SZ);
}

int procession_pipe(int ends[2], int parent_reads) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    int ours = ends[parent_reads ? 0 : 1];
    fcntl(ours, F_SETFL, O_NONBLOCK);
    return 0;
}

int procession_short_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int procession_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

// The record that Interruption.swift reads: its size, and the signal's number in front.
_Static_assert(sizeof(struct signalfd_siginfo) == 128 && offsetof(struct signalfd_siginfo, ssi_signo) == 0, "signalfd");

int procession_signalfd(const void *set) { return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK); }

static void exit_on_signal(int signal) { _exit(128 + signal); }

int procession_exit_on_signal(int signal) {
    struct sigaction action = {.sa_handler = exit_on_signal};
    return sigaction(signal, &action, NULL);
}

static unsigned forks;
static pthread_once_t counting = PTHREAD_ONCE_INIT;

static void count_fork(void) { forks++; }

static void begin_to_count(void) { pthread_atfork(NULL, NULL, count_fork); }

unsigned procession_count_forks(void) {
    pthread_once(&counting, begin_to_count);
    return forks;
}

int procession_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

int procession_unread_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}

int procession_is_read(long call) { return call == SYS_read; }
int procession_is_futex(long call) { return call == SYS_futex; }
int procession_is_wait(long call) { return call == SYS_wait4 || call == SYS_waitid; }

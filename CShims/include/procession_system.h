// The system calls that Swift cannot say. Everything else of the kernel is called from ProcessionSystem directly.
//
// Each function makes one call, returns what the call returns (-1 and errno on failure unless noted), retries nothing
// and remembers nothing; policy is in Swift. Numbers of the kernel's own interface appear in Swift as literals where
// their macro is hidden too; system.c asserts that they are the same.
#ifndef PROCESSION_SYSTEM_H
#define PROCESSION_SYSTEM_H

// Nothing of glibc's: Swift would take the types declared there for this module's, and ask for its import.
#include <stddef.h>
#include <stdint.h>

// memfd_create is declared for _GNU_SOURCE only, which Swift's Glibc module is built without. Always close-on-exec and
// open to seals; `no_exec` adds MFD_NOEXEC_SEAL, which glibc 2.36 does not name yet.
int procession_memfd_create(const char *name, int no_exec);

// F_ADD_SEALS and F_GET_SEALS are _GNU_SOURCE macros.
int procession_add_seals(int descriptor, int seals);
int procession_get_seals(int descriptor);

// fallocate and its modes are declared for _GNU_SOURCE only.
int procession_reserve(int descriptor, int64_t offset, int64_t length);
int procession_punch_hole(int descriptor, int64_t offset, int64_t length);

// eventfd: <sys/eventfd.h> is not in the Glibc module. Close-on-exec and non-blocking, and marked by a signal
// (F_SETSIG) that belongs to the open file and not to its number, so that whatever else is opened there later is not
// taken for it.
int procession_bell(void);
int procession_is_bell(int descriptor);

// preadv2 is declared for _GNU_SOURCE only. Reads eight bytes, or fails with EAGAIN where that would have to wait, even
// when the descriptor is a blocking one. Kernels that cannot promise it answer EOPNOTSUPP.
int64_t procession_read_at_once(int descriptor, uint64_t *value);

// getrandom: <sys/random.h> is not in the Glibc module.
int64_t procession_getrandom(void *bytes, uint64_t count);

// futex has no wrapper in glibc, and syscall is variadic. Shared between processes; a negative time-out means none.
int procession_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds);
int procession_futex_wake(const uint32_t *word, int count);

// ppoll, the poll with nanoseconds, is declared for _GNU_SOURCE only. The items are of struct pollfd; a negative
// time-out means none.
int procession_poll(void *items, uint64_t count, int64_t timeout_nanoseconds);

// pidfd_open and pidfd_send_signal: <sys/pidfd.h> is not in the Glibc module.
int procession_pidfd_open(int pid);
int procession_pidfd_send_signal(int pidfd, int signal);

// waitid for one ended child, by pidfd: the fields of siginfo_t are macros over a union. Returns 1 with the CLD_ code
// and status stored, 0 when the child still runs (only if `block` is 0), -1 on failure.
int procession_wait(int pidfd, int block, int *code, int *status);

// addclosefrom_np is declared for _GNU_SOURCE only. The actions are a posix_spawn_file_actions_t. Returns an error
// number and does not set errno.
int procession_spawn_close_from(void *actions, int first);

// The same for addfchdir_np.
int procession_spawn_change_directory(void *actions, int directory);

// prctl is variadic, and <sys/prctl.h> is not in the Glibc module.
int procession_set_parent_death_signal(int signal);

// `environ` is a mutable global, which Swift 6 does not let us name.
char **procession_environment(void);

// sched_getaffinity and sched_setaffinity are declared for _GNU_SOURCE only. A set is a bit for each core.
int procession_get_affinity(int process, uint64_t *words, size_t bytes);
int procession_set_affinity(int process, const uint64_t *words, size_t bytes);

// strerrorname_np, strerrordesc_np and sigabbrev_np are declared for _GNU_SOURCE only. Static text, or NULL.
const char *procession_error_name(int code);
const char *procession_error_text(int code);
const char *procession_signal_name(int signal);

// pipe2 is declared for _GNU_SOURCE only. Close-on-exec, and non-blocking at the parent's end only (`parent_reads` says
// which that is).
int procession_pipe(int ends[2], int parent_reads);

// The same for both ends that block, and as long as pipes are: for one that is used once.
int procession_short_pipe(int ends[2]);

// F_SETPIPE_SZ is a _GNU_SOURCE macro. Best effort, because a smaller pipe is slower, not wrong: what is no pipe, or
// may not be larger, or is larger already, stays as it is. Returns the bytes it holds, -1 for what is no pipe.
int procession_lengthen_pipe(int descriptor);

// prctl(PR_SET_CHILD_SUBREAPER): children of a worker that has died become ours.
int procession_adopt_orphans(void);

// signalfd: <sys/signalfd.h> is not in the Glibc module. The set is a sigset_t; close-on-exec and non-blocking.
int procession_signalfd(const void *set);

// Lets a signal end the process at once with 128 + its number: a handler must be C to be sure that it touches nothing.
int procession_exit_on_signal(int signal);

// pthread_atfork takes functions that must be C. How often this process and those it was copied from have forked, as
// the copy.
unsigned procession_count_forks(void);

// ioctl is variadic. The columns of a terminal; -1 for what is none.
int procession_terminal_columns(int descriptor);

// ioctl(FIONREAD). The bytes in a pipe that its reader has not taken yet.
int procession_unread_bytes(int descriptor);

// <sys/syscall.h> is not in the Glibc module. Whether the number is that of a call in which a process reads, waits for
// another thread, or for a child.
int procession_is_read(long call);
int procession_is_futex(long call);
int procession_is_wait(long call);

// flock: Swift sees only the structure of that name. Takes the whole file for this descriptor, or fails at once.
int procession_lock(int descriptor, int shared);

// statx is declared for _GNU_SOURCE only. Returns 1 for a file that is mounted as such, whose name cannot be taken by
// another file, and 0 for others and before Linux 5.8.
int procession_is_mount_point(int descriptor);

// setvbuf(stdout, line by line): to Swift, stdout is a global that another thread may replace.
void procession_flush_output_by_line(void);

// words.c: from now on the last line that is written to `stderr` lies in `area`, cut to fit, with a zero behind it.
// And: what lies there counts no more.
void procession_keep_words(char *area, size_t bytes);
void procession_forget_words(void);

#endif

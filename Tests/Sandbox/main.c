// Starts a program in a sandbox that refuses some calls of the kernel: Sandbox EPERM|ENOSYS CALL PROGRAM [ARGUMENT…]
//
// As the policies of containers do, and as a kernel does that is older than the call. Of calls that do several things,
// only the one is refused that is named behind the call. SandboxTests starts it.
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/memfd.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What is refused: a call, or what it does where `argument`, its number among the arguments, is or has in it `value`.
struct call {
    const char *name;
    int number, argument;
    unsigned value;
    int isBits;
};

#define ALL(NAME) {#NAME, SYS_##NAME, -1, 0, 0}

static const struct call calls[] = {
    ALL(pidfd_open), ALL(pidfd_send_signal), ALL(waitid), ALL(clone3), ALL(close_range), ALL(preadv2), ALL(statx),
    ALL(memfd_create), ALL(fallocate), ALL(madvise), ALL(getrandom), ALL(prctl), ALL(sched_getaffinity),
    ALL(sched_setaffinity), ALL(eventfd2), ALL(signalfd4), ALL(ppoll), ALL(prlimit64), ALL(rseq), ALL(fadvise64),
    ALL(ioctl), ALL(rt_sigtimedwait), ALL(membarrier), ALL(openat2), ALL(faccessat2),
    {"waitid(P_PIDFD)", SYS_waitid, 0, 3, 0},
    {"memfd_create(MFD_NOEXEC_SEAL)", SYS_memfd_create, 1, 8, 1},
    {"fcntl(F_ADD_SEALS)", SYS_fcntl, 1, 1033, 0},
    {"fcntl(F_SETPIPE_SZ)", SYS_fcntl, 1, 1031, 0},
    {"fcntl(F_SETSIG)", SYS_fcntl, 1, 10, 0},
    {"madvise(MADV_DONTDUMP)", SYS_madvise, 2, 16, 0},
    {"madvise(MADV_POPULATE_READ)", SYS_madvise, 2, 22, 0},
    {"madvise(MADV_POPULATE_WRITE)", SYS_madvise, 2, 23, 0},
    {"madvise(MADV_COLLAPSE)", SYS_madvise, 2, 25, 0},
    {"prctl(PR_SET_PDEATHSIG)", SYS_prctl, 0, 1, 0},
    {"prctl(PR_SET_NAME)", SYS_prctl, 0, 15, 0},
    {"prctl(PR_SET_CHILD_SUBREAPER)", SYS_prctl, 0, 36, 0},
};

static const struct call *find(const char *name) {
    for (size_t index = 0; index < sizeof calls / sizeof *calls; index++) {
        if (strcmp(calls[index].name, name) == 0) return &calls[index];
    }
    return NULL;
}

static int refuse(const struct call *call, int error) {
    unsigned offset = call->argument < 0 ? 0 : offsetof(struct seccomp_data, args[0]) + 8 * (unsigned)call->argument;
    unsigned short test = BPF_JMP | BPF_K | (call->isBits ? BPF_JSET : BPF_JEQ);
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset), // the low half of an argument, where bytes are in that order
        BPF_JUMP(test, call->argument < 0 ? (unsigned)call->number : call->value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int count, char **arguments) {
    const struct call *call = count > 3 ? find(arguments[2]) : NULL;
    int error = count > 3 && strcmp(arguments[1], "ENOSYS") == 0 ? ENOSYS : EPERM;
    if (!call) return fprintf(stderr, "Sandbox: EPERM|ENOSYS CALL PROGRAM [ARGUMENT…]\n"), 125;
    if (refuse(call, error) != 0) return perror("Sandbox"), 125;
    execvp(arguments[3], arguments + 3);
    return perror(arguments[3]), 125;
}

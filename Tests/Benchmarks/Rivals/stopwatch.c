// Times a command, start and exit included, without an interpreter in between. Usage: stopwatch DESCRIPTOR COMMAND…
// Writes "NANOSECONDS STATUS MINOR_FAULTS CONTEXT_SWITCHES" to DESCRIPTOR; the counts are those of all processes that were
// waited for below the command.
#include "resident.h"
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int report = atoi(argv[1]);
    fcntl(report, F_SETFD, FD_CLOEXEC);
    pid_t pid;
    int status;
    struct rusage usage;
    double start = now();
    if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0) return 127;
    wait4(pid, &status, 0, &usage);
    double time = now() - start;
    dprintf(report, "%.0f %d %ld %ld\n", time, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        usage.ru_minflt, usage.ru_nvcsw + usage.ru_nivcsw);
    return 0;
}

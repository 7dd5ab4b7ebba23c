// The limit of a cold start: a static program that starts two copies of itself and waits for them.
// gcc -O2 -static. Usage: spawn_two [COPIES]; a copy is `spawn_two` with an empty argument, and ends at once.
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc > 1 && !argv[1][0]) return 0;
    int copies = argc > 1 ? atoi(argv[1]) : 2;
    char *arguments[] = {argv[0], "", NULL};
    for (int i = 0; i < copies; i++) {
        pid_t pid;
        if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) return 1;
    }
    int status;
    while (wait(&status) > 0) if (status != 0) return 1;
    return write(1, "done\n", 5) == 5 ? 0 : 1;
}

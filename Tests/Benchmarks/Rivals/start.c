// fork + exec of two programs from a process with MIB MiB of touched memory. Usage: start MIB; see resident.h.
#include "resident.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    size_t bytes = (size_t)(argc > 1 ? atol(argv[1]) : 10) << 20;
    char *ballast = malloc(bytes);
    memset(ballast, 1, bytes);
    say_ready();
    while (next_side()) {
        double start = now();
        for (int i = 0; i < 2; i++)
            if (fork() == 0) {
                execl("/bin/true", "true", (char *)NULL);
                _exit(1);
            }
        int status, right = ballast[bytes - 1] == 1;
        while (wait(&status) > 0) right = right && status == 0;
        answer(now() - start, right);
    }
}

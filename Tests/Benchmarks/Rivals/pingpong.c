// Round trips between two processes, the least that a hand-over can cost: asleep on a futex, and spinning on a cache
// line. Usage: pingpong TRIPS; see resident.h. A round is TRIPS round trips, one after the other or with a pause before
// each, which is not part of its time: whoever was asleep for long takes longer to wake.
#define _GNU_SOURCE
#include "resident.h"
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t *word; // even: the parent's turn; odd: the child's

static void sleep_while(uint32_t value) {
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) syscall(SYS_futex, word, FUTEX_WAIT, value, 0, 0, 0);
}
static void spin_while(uint32_t value) {
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) __builtin_ia32_pause();
}
static void wake(void) { syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0); }
static void wake_nobody(void) {}

// Two that spin on one core would wait for the scheduler and not for each other.
static void pin(int which) {
    cpu_set_t allowed, one;
    sched_getaffinity(0, sizeof allowed, &allowed);
    CPU_ZERO(&one);
    for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && seen++ <= which) { CPU_ZERO(&one); CPU_SET(cpu, &one); }
    sched_setaffinity(0, sizeof one, &one);
}

static double play(long trips, int is_pinned, int pause, void (*wait_while)(uint32_t), void (*tell)(void)) {
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    *word = 0;
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (is_pinned) pin(1);
        for (long i = 0; i <= trips; i++) {
            wait_while((uint32_t)(2 * i));
            __atomic_store_n(word, (uint32_t)(2 * i + 2), __ATOMIC_SEQ_CST);
            tell();
        }
        _exit(0);
    }
    if (is_pinned) pin(0);
    double time = 0;
    for (long i = 0; i <= trips; i++) { // the first trip waits for the child to begin, and does not count
        if (pause) usleep(pause);
        double start = pause || i == 1 ? now() : 0;
        __atomic_store_n(word, (uint32_t)(2 * i + 1), __ATOMIC_SEQ_CST);
        tell();
        wait_while((uint32_t)(2 * i + 1));
        if (pause && i > 0) time += now() - start;
        else if (i == 1) time = -start;
    }
    if (!pause) time += now();
    wait(NULL);
    sched_setaffinity(0, sizeof before, &before);
    return time;
}

int main(int argc, char **argv) {
    long trips = argc > 1 ? atol(argv[1]) : 1000;
    word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    say_ready();
    for (char *side; (side = next_side());) {
        if (strcmp(side, "futex") == 0) answer(play(trips, 0, 0, sleep_while, wake), 1);
        else if (strcmp(side, "futex, after a pause") == 0) answer(play(trips, 0, 500, sleep_while, wake), 1);
        else answer(play(trips, 1, 0, spin_while, wake_nobody), 1);
    }
}

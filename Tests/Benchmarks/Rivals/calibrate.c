// What this machine can do at this moment: the figures that every case is held against. Usage: calibrate
// Prints NAME<TAB>VALUE<TAB>UNIT, the best of several tries each. gcc -O3
#define _GNU_SOURCE
#include "resident.h"
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
enum { TRIES = 5 };
#define BEST(RESULT, WORK)                                                                                             \
    double RESULT = 1e18;                                                                                              \
    for (int try = 0; try < TRIES; try++) {                                                                            \
        double start = now();                                                                                          \
        WORK;                                                                                                          \
        double took = now() - start;                                                                                   \
        if (took < RESULT) RESULT = took;                                                                              \
    }

static void report(const char *name, double value, const char *unit) { printf("%s\t%.4g\t%s\n", name, value, unit); }

static void *touched(size_t bytes) {
    char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, bytes);
    return memory;
}

// GB/s of `processes` that do the same at the same time, each in memory of its own; bytes counted once per pass.
typedef void (*Pass)(char *to, char *from, size_t bytes);
static void copy(char *to, char *from, size_t bytes) { memcpy(to, from, bytes); __asm__ volatile("" ::: "memory"); }
static void set(char *to, char *from, size_t bytes) { (void)from; memset(to, 1, bytes); __asm__ volatile("" ::: "memory"); }

static double rate(Pass pass, size_t bytes, int processes) {
    int *arrived = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double *took = (double *)(arrived + 16);
    long passes = (long)((256 << 20) / bytes);
    double best = 0;
    for (int try = 0; try < TRIES; try++) {
        *arrived = 0;
        for (int i = 0; i < processes; i++) {
            if (fork()) continue;
            char *to = touched(bytes), *from = touched(bytes);
            __atomic_add_fetch(arrived, 1, __ATOMIC_SEQ_CST);
            while (__atomic_load_n(arrived, __ATOMIC_SEQ_CST) < processes) {}
            double start = now();
            for (long i = 0; i < passes; i++) pass(to, from, bytes);
            took[i] = now() - start;
            _exit(0);
        }
        while (wait(NULL) > 0) {}
        double longest = 0;
        for (int i = 0; i < processes; i++) if (took[i] > longest) longest = took[i];
        double seen = (double)bytes * passes * processes / longest;
        if (seen > best) best = seen;
    }
    munmap(arrived, 4096);
    return best;
}

static void memory_rates(void) {
    struct { const char *name; Pass pass; } passes[] = {{"memcpy", copy}, {"memset", set}};
    struct { const char *name; size_t bytes; } sizes[] = {{"64 KiB", 64 << 10}, {"64 MiB", 64 << 20}};
    char name[64];
    for (int p = 0; p < 2; p++)
        for (int s = 0; s < 2; s++)
            for (int processes = 1; processes <= 2; processes++) {
                snprintf(name, sizeof name, "%s %s, %d process%s", passes[p].name, sizes[s].name, processes,
                    processes > 1 ? "es" : "");
                report(name, rate(passes[p].pass, sizes[s].bytes, processes), "GB/s");
            }
}

static void touch_rates(void) {
    size_t bytes = 256 << 20;
    double first = 1e18, again = 1e18;
    for (int try = 0; try < 3; try++) {
        int file = memfd_create("calibrate", 0);
        if (ftruncate(file, (off_t)bytes)) exit(1);
        char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        double start = now();
        memset(memory, 1, bytes);
        double middle = now();
        memset(memory, 2, bytes);
        double end = now();
        if (middle - start < first) first = middle - start;
        if (end - middle < again) again = end - middle;
        munmap(memory, bytes);
        close(file);
    }
    report("first touch of a memfd", bytes / first, "GB/s");
    report("touch again", bytes / again, "GB/s");
}

static void spawn_time(char *self) {
    char *arguments[] = {self, "exit", NULL};
    BEST(time, for (int i = 0; i < 20; i++) {
        pid_t pid;
        posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
        waitpid(pid, NULL, 0);
    })
    report("posix_spawn and exit of a static program", time / 20e3, "µs");
}

static void add_times(void) {
    uint64_t *word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long adds = 2000000;
    BEST(alone, for (long i = 0; i < adds; i++) __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST))
    report("fetch-add, alone", alone / adds, "ns");
    BEST(both, {
        pid_t pid = fork();
        for (long i = 0; i < adds; i++) __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
        if (pid == 0) _exit(0);
        waitpid(pid, NULL, 0);
    })
    report("fetch-add, two processes at one word", both / adds / 2, "ns");
}

static void scan_rate(void) {
    size_t bytes = 64 << 20;
    char *text = touched(bytes);
    for (size_t i = 63; i < bytes; i += 64) text[i] = '\n';
    long lines = 0;
    BEST(time, for (char *at = text, *end = text + bytes; at < end; lines++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) break;
        at = newline + 1;
    })
    if (lines != TRIES * (long)(bytes / 64)) exit(1);
    report("newline scan, 64-byte lines", bytes / time, "GB/s");
    munmap(text, bytes);
}

static void pipe_rate(void) {
    size_t bytes = 256 << 20, piece = 256 << 10;
    char *memory = touched(piece);
    BEST(time, {
        int ends[2];
        if (pipe(ends)) exit(1);
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        if (fork() == 0) {
            for (size_t left = bytes; left; left -= piece) if (write(ends[1], memory, piece) != (ssize_t)piece) _exit(1);
            _exit(0);
        }
        close(ends[1]);
        while (read(ends[0], memory, piece) > 0) {}
        close(ends[0]);
        wait(NULL);
    })
    report("pipe, write to read", bytes / time, "GB/s");
}

static void null_time(void) {
    int file = open("/dev/null", O_WRONLY);
    BEST(time, for (int i = 0; i < 200000; i++) if (write(file, "x", 1) != 1) exit(1))
    report("write to /dev/null", time / 200000, "ns");
}

int main(int argc, char **argv) {
    if (argc > 1) return 0;
    memory_rates();
    touch_rates();
    spawn_time(argv[0]);
    add_times();
    scan_rate();
    pipe_rate();
    null_time();
}

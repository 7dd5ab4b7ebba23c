// How a rival is driven: it prepares, prints "ready", and then runs one round of a side for every line it reads, which
// names the side. It answers with the nanoseconds the round took, or with "N/A" and the reason.
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdio.h>
#include <string.h>
#include <time.h>

static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

// The next side to run, without its newline; NULL when the driver has hung up.
static inline char *next_side(void) {
    static char line[256];
    if (!fgets(line, sizeof line, stdin)) return NULL;
    line[strcspn(line, "\n")] = 0;
    return line;
}

static inline void answer(double nanoseconds, int is_right) {
    if (is_right) printf("%.0f\n", nanoseconds);
    else printf("N/A wrong result\n");
    fflush(stdout);
}

static inline void say_ready(void) {
    printf("ready\n");
    fflush(stdout);
}

#endif

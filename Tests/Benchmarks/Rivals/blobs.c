// B8 over pipes: two children make the blobs of every second order each and write them, length first; the parent reads
// them in order. Usage: blobs MIB; see resident.h. gcc -O3
#define _GNU_SOURCE
#include "resident.h"
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_all(int file, const void *from, size_t count) {
    for (const char *at = from; count;) {
        ssize_t wrote = write(file, at, count);
        if (wrote <= 0) _exit(1);
        at += wrote;
        count -= (size_t)wrote;
    }
}

static int read_all(int file, void *to, size_t count) {
    for (char *at = to; count;) {
        ssize_t got = read(file, at, count);
        if (got <= 0) return 0;
        at += got;
        count -= (size_t)got;
    }
    return 1;
}

int main(int argc, char **argv) {
    size_t total = (size_t)(argc > 1 ? atol(argv[1]) : 16) << 20, sum = 0;
    uint32_t *sizes = malloc(total / 256), count = 0; // the mean is far above 1 KiB, 4 bytes each
    srand48(1);
    while (sum < total) {
        double normal = -6;
        for (int i = 0; i < 12; i++) normal += drand48();
        double size = 4096 * exp2(1.5 * normal);
        sizes[count] = size > 65536 ? 65536 : (uint32_t)size;
        sum += sizes[count++];
    }
    say_ready();
    static char buffer[65536];
    while (next_side()) {
        double start = now();
        int ends[2][2];
        for (int child = 0; child < 2; child++) {
            if (pipe(ends[child])) return 1;
            fcntl(ends[child][1], F_SETPIPE_SZ, 1 << 20);
            if (fork()) { close(ends[child][1]); continue; }
            for (uint32_t i = (uint32_t)child; i < count; i += 2) {
                memset(buffer, (int)(i & 255), sizes[i]);
                write_all(ends[child][1], &sizes[i], 4);
                write_all(ends[child][1], buffer, sizes[i]);
            }
            _exit(0);
        }
        int right = 1;
        for (uint32_t i = 0, size; i < count && right; i++) {
            right = read_all(ends[i & 1][0], &size, 4) && size == sizes[i] && read_all(ends[i & 1][0], buffer, size)
                && (size == 0 || buffer[size - 1] == (char)(i & 255));
        }
        close(ends[0][0]);
        close(ends[1][0]);
        while (wait(NULL) > 0) {}
        answer(now() - start, right);
    }
}

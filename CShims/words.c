// What a worker has said last: a stream in the place of the C library's `stderr`, which writes to descriptor 2 as that
// does and keeps the last line for the parent. Swift's own reports, of a fatal error or of an index out of range, go
// that way. C, because streams of one's own are functions called by the C library, and to Swift `stderr` is no
// variable.
#define _GNU_SOURCE
#include "procession_system.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Behind a fatal error comes a trace, which is not what it said.
static const char trace[] = "Current stack trace:";

static char *kept;
static size_t most, length;
static int is_traced;

static void keep(const char *bytes, size_t count) {
    for (size_t at = 0; at < count && !is_traced; at++) {
        if (bytes[at] == '\n') {
            length = 0;
        } else if (length < most - 1) {
            // The end first: whoever reads what is half written finds one.
            kept[length + 1] = 0;
            kept[length++] = bytes[at];
        }
    }
}

static ssize_t write_and_keep(void *nothing, const char *bytes, size_t count) {
    (void)nothing;
    if (count >= sizeof trace - 1 && memcmp(bytes, trace, sizeof trace - 1) == 0) is_traced = 1;
    keep(bytes, count);
    size_t done = 0;
    while (done < count) {
        ssize_t written = write(STDERR_FILENO, bytes + done, count - done);
        if (written < 0) break;
        done += (size_t)written;
    }
    return (ssize_t)done;
}

void procession_keep_words(char *area, size_t bytes) {
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_and_keep});
    if (!stream) return;
    kept = area;
    most = bytes;
    setvbuf(stream, NULL, _IONBF, 0);
    stderr = stream;
}

void procession_forget_words(void) {
    if (!kept) return;
    kept[0] = 0;
    length = 0;
    is_traced = 0;
}

// A filter that misbehaves as it is told, for the tests: OddFilter NAME=NUMBER…
//
// What it does with a record is decided by the seed and the record, so that a bad record is always bad; only `flaky` is
// decided anew by every process. Chances are in a thousand. It writes to the log, by descriptor 9 where there is one, an S
// when it starts and the number of a record when it does something bad to it.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long seed, drop, twice, add, die, flaky, slow, grow, block, start, status, trailing, early, tagged;

static const struct { const char *name; long *value; } options[] = {
    {"seed", &seed}, {"drop", &drop}, {"twice", &twice}, {"add", &add}, {"die", &die}, {"flaky", &flaky},
    {"slow", &slow}, {"grow", &grow}, {"block", &block}, {"start", &start}, {"status", &status},
    {"trailing", &trailing}, {"early", &early}, {"tagged", &tagged},
};

static uint64_t mix(uint64_t value) {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

static uint64_t state;
static int happens(long chance) { return (state = mix(state)) % 1000 < (uint64_t)chance; }

static void note(const char *text) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", text);
    if (write(9, line, (size_t)length) < 0) return;
}

static char held[1 << 20];
static size_t count;

static void flush_all(void) {
    for (size_t at = 0; at < count;) {
        ssize_t written = write(1, held + at, count - at);
        if (written <= 0) _exit(9);
        at += (size_t)written;
    }
    count = 0;
}

static void answer(const char *tag, const char *text, size_t more) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s%s!", tag, text);
    if (count + (size_t)length + more + 1 > sizeof held) flush_all();
    memcpy(held + count, line, (size_t)length);
    memset(held + count + length, '+', more);
    count += (size_t)length + more;
    held[count++] = '\n';
    if ((long)count >= block) flush_all();
}

static void treat(char *line, uint64_t chance) {
    char *tab = tagged ? strchr(line, '\t') : NULL;
    char tag[32] = "";
    if (tab) snprintf(tag, sizeof tag, "%.*s\t", (int)(tab - line), line);
    const char *text = tab ? tab + 1 : line;
    state = mix((uint64_t)seed);
    for (const char *at = text; *at; at++) state = mix(state ^ (unsigned char)*at);
    int drops = happens(drop), dies = happens(die), doubles = happens(twice), adds = happens(add), grows = happens(grow);
    int waits = happens(slow);
    size_t more = grows ? mix(state) % 20000 : 0;
    state ^= chance;
    if (happens(flaky)) *(happens(500) ? &drops : &dies) = 1;
    if (drops || dies || doubles || adds) note(text);
    if (waits) usleep(mix(state) % 4000);
    if (dies) {
        if (happens(500)) _exit((int)(mix(state) % 4));
        kill(getpid(), happens(500) ? SIGSEGV : SIGKILL);
    }
    if (drops) return;
    answer(tag, text, more);
    if (doubles) answer(tag, text, more);
    if (adds) answer("", "stray", 0);
}

int main(int argc, char **argv) {
    for (int index = 1; index < argc; index++) {
        char *value = strchr(argv[index], '=');
        if (!value) return 64;
        for (size_t option = 0; option < sizeof options / sizeof *options; option++) {
            if (strlen(options[option].name) == (size_t)(value - argv[index]) &&
                !strncmp(options[option].name, argv[index], (size_t)(value - argv[index])))
                *options[option].value = atol(value + 1);
        }
    }
    note("S");
    if (start) usleep((useconds_t)start * 1000);
    char line[256];
    for (long read = 0; (!early || read < early) && fgets(line, sizeof line, stdin); read++) {
        line[strcspn(line, "\n")] = 0;
        treat(line, mix((uint64_t)getpid() ^ (uint64_t)read << 32));
    }
    if (trailing) answer("", "the end", 0);
    flush_all();
    return (int)status;
}

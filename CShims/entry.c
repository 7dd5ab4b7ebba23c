// It is C because Swift has no code that runs before `main`. A worker is a second copy of the user's executable; were
// `main` to start, it would spawn workers of its own. The weak reference lets programs link that use only the lower
// modules. Numbers are parsed here so that no pointer reaches Swift; bad ones are refused there, by the nonce.
#include "procession_entry.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

extern __typeof__(procession_worker_main) procession_worker_main __attribute__((weak));
// Weak, too: only a program that has ProcessionFoundation has it.
extern __typeof__(procession_meet_foundation) procession_meet_foundation __attribute__((weak));

typedef void initializer(int, char **, char **);
// What runs before `main`, in order, as the linker has laid it out; in a shared object it may not say where.
extern initializer *__init_array_start[] __attribute__((weak, visibility("hidden")));
extern initializer *__init_array_end[] __attribute__((weak, visibility("hidden")));

void procession_take_name(void) {
    char path[PATH_MAX + 1];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length <= 0) return;
    path[length] = 0;
    // The kernel's word for a file that is gone.
    char *deleted = strstr(path, " (deleted)");
    if (deleted) *deleted = 0;
    char *slash = strrchr(path, '/');
    if (slash) prctl(PR_SET_NAME, slash + 1);
}

static void procession_enter(int count, char **arguments, char **environment);

// Runs the initializers that come behind ours, since a worker never comes back to them: a C++ static that a function
// uses is among them.
static void initialize_the_rest(int count, char **arguments, char **environment) {
    initializer **next = __init_array_start;
    while (next < __init_array_end && *next != procession_enter) next++;
    while (next < __init_array_end && ++next < __init_array_end) (*next)(count, arguments, environment);
}

__attribute__((constructor)) static void procession_enter(int count, char **arguments, char **environment) {
    if (count < 1 || !arguments[0] || strcmp(arguments[0], PROCESSION_WORKER_NAME) != 0) return;
    if (!procession_worker_main) return;
    if (procession_is_privileged()) {
        static const char refusal[] = "procession: internal mode: this program has more rights than who started it\n";
        _exit(write(2, refusal, sizeof refusal - 1) < 0 ? 2 : 2);
    }
    procession_take_name();
    initialize_the_rest(count, arguments, environment);
    if (procession_meet_foundation) procession_meet_foundation();
    if (count > 3) procession_start_guard(arguments[3]);
    int64_t worker = count > 1 ? strtoll(arguments[1], NULL, 10) : -1;
    uint64_t nonce = count > 2 ? strtoull(arguments[2], NULL, 16) : 0;
    procession_worker_main(worker, nonce);
}

int procession_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

int procession_find_entry(char *path, size_t capacity) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return -1;
    char *line = NULL;
    size_t room = 0;
    int found = -1;
    while (found < 0 && getline(&line, &room, maps) > 0) {
        unsigned long begin, end, entry = (unsigned long)procession_enter;
        int name = 0;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &begin, &end, &name) < 2) continue;
        if (entry < begin || entry >= end) continue;
        line[strcspn(line, "\n")] = 0;
        found = snprintf(path, capacity, "%s", name > 0 ? line + name : "");
    }
    free(line);
    fclose(maps);
    return found < 0 || (size_t)found >= capacity ? -1 : found;
}

// The protocol in threads, for ThreadSanitizer: the functions of procession_segment.h over one mapping, with the parent's
// loop and the workers' loops around them, deaths and all.
//
// ThreadSanitizer reports two accesses that nothing orders. What orders them must be the protocol, so nothing else here
// may: bell and futex are raw system calls, of which it knows nothing, and the parent reads what a dead worker has
// published *before* it joins the thread, because the join is the reap and would order all that went before.
//
//     threads WORKERS RECORDS SEED
//
// Each record's slot becomes a function of its index; the parent counts each as taken exactly once. Prints the figures.
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procession_segment.h"

enum { PLACES = 5, QUEUE = 2 * PLACES, ITEMS = 48, MOST_WORKERS = 16 };

// ---- the two segments: one memory here, so that every thread names a word by the same address --------------------

static procession_input_header header = {.queue_count = QUEUE};
static uint32_t queue[QUEUE];
static procession_chunk chunks[PLACES];
static uint64_t input[PLACES][ITEMS];

static procession_result_header resultHeader;
static procession_worker_line workerLines[MOST_WORKERS];
static procession_place places[PLACES];
static uint64_t slots[PLACES][ITEMS]; // used again by every chunk of the place

// ---- what the kernel does ----------------------------------------------------------------------------------------

static int bell;
static uint32_t hasDied[MOST_WORKERS]; // relaxed: a handle that has become readable orders nothing by itself

static void ring(void) {
    uint64_t one = 1;
    if (syscall(SYS_write, bell, &one, sizeof one) != sizeof one) abort();
}

static int bellRings(int milliseconds) {
    struct pollfd item = {.fd = bell, .events = POLLIN};
    uint64_t count;
    if (syscall(SYS_poll, &item, 1, milliseconds) != 1) return 0;
    if (syscall(SYS_read, bell, &count, sizeof count) != sizeof count) abort();
    return 1;
}

static uint32_t *futexWord(void) { return (uint32_t *)&header.opened; } // the low half, on this byte order

// ---- chance ------------------------------------------------------------------------------------------------------

static uint64_t next(uint64_t *state) { // SplitMix64
    uint64_t word = *state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

static int oneIn(uint64_t *state, uint64_t n) { return next(state) % n == 0; }

static uint64_t map(uint64_t value) { return value * 3 + 1; }

// ---- a worker ----------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t worker, chance, next;
    int place;
    uint64_t generation;
} life;

#define DIE return 1
#define MAY_DIE if (oneIn(&self->chance, 5000)) DIE

static int claimPlace(life *self, int place) {
    self->generation = procession_claim(&places[place], self->worker);
    if (self->generation == 0) return 0;
    self->place = place;
    procession_store_hint(&resultHeader, self->next);
    return 1;
}

// WorkerSegments.claimNow
static int claimNow(life *self, uint64_t opened) {
    uint64_t oldest = opened - (opened < QUEUE ? opened : QUEUE), hint = procession_load_hint(&resultHeader);
    if (self->next < oldest) self->next = oldest;
    if (self->next < hint) self->next = hint;
    if (self->next > opened) self->next = opened;
    while (self->next < opened) {
        if (claimPlace(self, (int)procession_queued_place(&header, queue, self->next++))) return 1;
    }
    for (int place = 0; place < PLACES; place++) {
        if (claimPlace(self, place)) return 1;
    }
    return 0;
}

// The loop over a chunk, and ClaimedChunk.leave. Returns whether it died.
static int mapChunk(life *self) {
    MAY_DIE;
    int place = self->place;
    procession_place *line = &places[place];
    procession_chunk chunk = chunks[place]; // plain, as a worker reads it
    for (uint64_t item = chunk.begin; item < chunk.end; item++) {
        slots[place][item] = ~chunk.first; // half written
        MAY_DIE;
        if (chunk.overflow_count < 2 && oneIn(&self->chance, 1000)) {
            procession_store_once(&line->wanted, 2);
            break;
        }
        slots[place][item] = map(input[place][item]);
        MAY_DIE;
        procession_publish(line, item + 1);
    }
    MAY_DIE;
    procession_store_once(&line->nanoseconds, 1);
    int mustSignal = procession_leave(&header, line, self->generation, chunk.sequence);
    MAY_DIE;
    if (mustSignal) ring();
    return 0;
}

// WorkerSegments.claim and Worker.work. Returns whether it died.
static int work(life *self) {
    procession_attach(&workerLines[self->worker]);
    while (1) {
        uint64_t opened = procession_load_opened(&header);
        if (procession_must_stop(opened)) return 0;
        if (claimNow(self, procession_opened_count(opened))) {
            if (mapChunk(self)) DIE;
            continue;
        }
        procession_fall_asleep(&workerLines[self->worker]);
        MAY_DIE;
        if (procession_load_opened(&header) == opened)
            syscall(SYS_futex, futexWord(), FUTEX_WAIT, (uint32_t)opened, NULL, NULL, 0);
        MAY_DIE;
        procession_wake_up(&workerLines[self->worker]);
    }
}

static void *live(void *argument) {
    life self = *(life *)argument;
    free(argument);
    if (work(&self)) {
        __atomic_store_n(&hasDied[self.worker], 1, __ATOMIC_RELAXED);
        ring(); // its handle
    }
    return NULL;
}

// ---- the parent --------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t first, begin, end, room;
} part;

static uint64_t workers, records, taken, fresh, deaths, reopened, givenBack, rescued, sleeps, opened, chance;
static unsigned char *isTaken;
static pthread_t threads[MOST_WORKERS];
static struct { int isOut; part part; uint64_t generation, sequence, seen; } out[PLACES];
static part waiting[4 * PLACES];
static int waitingCount;

static void fail(const char *what, uint64_t record) {
    printf("threads: %s, record %lu\n", what, (unsigned long)record);
    exit(1);
}

static void spawn(uint64_t worker) {
    life *begin = calloc(1, sizeof *begin);
    begin->worker = worker;
    begin->chance = next(&chance);
    procession_reset_line(&workerLines[worker]);
    __atomic_store_n(&hasDied[worker], 0, __ATOMIC_RELAXED);
    if (pthread_create(&threads[worker], NULL, live, begin) != 0) abort();
}

// Reads the slots below `done` that were not read before: nothing but `done` says that they may be.
static uint64_t readPublished(int place) {
    uint64_t done = procession_load_done(&places[place]), first = out[place].part.first;
    if (done < out[place].part.begin || done > out[place].part.end) fail("done is out of its range", first);
    for (uint64_t item = out[place].seen; item < done; item++) {
        if (slots[place][item] != map(first + item)) fail("a slot is not what was published", first + item);
        if (isTaken[first + item]++) fail("taken twice", first + item);
        taken++;
    }
    out[place].seen = done;
    return done;
}

static void await(part rest) { waiting[waitingCount++] = rest; }

// Supervisor.vacate and settle.
static void settle(int place, int died) {
    uint64_t done = readPublished(place), wanted = procession_load_once(&places[place].wanted);
    part rest = out[place].part;
    procession_close(&places[place], out[place].generation);
    out[place].isOut = 0;
    if (done == rest.end) return;
    reopened++;
    givenBack += !died;
    if (!died && wanted == 0) fail("left without a reason", rest.first + done);
    rest.begin = done;
    rest.room = died ? 1 : 2;
    if (died && done + 1 < rest.end) { // the record it died on goes out alone
        part others = {rest.first, done + 1, rest.end, 1};
        await(others);
        rest.end = done + 1;
    }
    await(rest);
}

static int collect(void) {
    int found = 0;
    for (int place = 0; place < PLACES; place++) {
        if (!out[place].isOut) continue;
        if (procession_has_left(&places[place], out[place].generation)) {
            settle(place, 0);
            found = 1;
        } else if (oneIn(&chance, 4)) {
            readPublished(place);
        }
    }
    return found;
}

static int openPlace(int place) {
    part part;
    if (waitingCount > 0) {
        part = waiting[--waitingCount];
    } else if (fresh < records) {
        uint64_t left = records - fresh, count = 1 + next(&chance) % ITEMS;
        part.first = fresh;
        part.begin = 0;
        part.end = count < left ? count : left;
        part.room = 1;
        fresh += part.end;
    } else {
        return 0;
    }
    for (uint64_t item = part.begin; item < part.end; item++) input[place][item] = part.first + item;
    chunks[place] = (procession_chunk){
        .sequence = opened, .first = part.first, .begin = part.begin, .end = part.end, .overflow_count = part.room};
    out[place].isOut = 1;
    out[place].part = part;
    out[place].generation++;
    out[place].sequence = opened;
    out[place].seen = part.begin;
    procession_open(&places[place], out[place].generation, part.begin);
    procession_announce(&header, queue, opened++, (uint32_t)place);
    return 1;
}

static int refill(void) {
    int count = 0, asleep = 0;
    for (int place = 0; place < PLACES; place++) {
        if (!out[place].isOut) count += openPlace(place);
    }
    if (count == 0) return 0;
    for (uint64_t worker = 0; worker < workers; worker++) asleep += procession_is_asleep(&workerLines[worker]);
    if (asleep > 0) syscall(SYS_futex, futexWord(), FUTEX_WAKE, asleep < count ? asleep : count, NULL, NULL, 0);
    return 1;
}

static void buryDead(void) {
    for (uint64_t worker = 0; worker < workers; worker++) {
        if (!__atomic_load_n(&hasDied[worker], __ATOMIC_RELAXED)) continue;
        deaths++;
        collect();
        uint64_t claim[PLACES];
        for (int place = 0; place < PLACES; place++) {
            claim[place] = procession_owner(out[place].generation, PROCESSION_CLAIMED + worker);
            if (out[place].isOut && procession_load_owner(&places[place]) == claim[place]) readPublished(place);
        }
        if (pthread_join(threads[worker], NULL) != 0) abort();
        for (int place = 0; place < PLACES; place++) {
            if (out[place].isOut && procession_load_owner(&places[place]) == claim[place]) settle(place, 1);
        }
        spawn(worker);
    }
}

static int isOut(void) {
    for (int place = 0; place < PLACES; place++) {
        if (out[place].isOut) return 1;
    }
    return 0;
}

// The sequence in the middle of those that are out.
static uint64_t wakeTarget(void) {
    uint64_t sorted[PLACES];
    int count = 0;
    for (int place = 0; place < PLACES; place++) {
        if (!out[place].isOut) continue;
        int at = count++;
        for (; at > 0 && sorted[at - 1] > out[place].sequence; at--) sorted[at] = sorted[at - 1];
        sorted[at] = out[place].sequence;
    }
    return sorted[(count - 1) / 2];
}

static void waitForMore(void) {
    procession_set_wake(&header, wakeTarget() + 1);
    if (!collect()) {
        sleeps++;
        int rang = bellRings(1000);
        buryDead();
        if (!rang && collect()) rescued++;
    }
    procession_set_wake(&header, 0);
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    workers = strtoul(arguments[1], NULL, 10);
    records = strtoul(arguments[2], NULL, 10);
    chance = strtoul(arguments[3], NULL, 10);
    if (workers < 1 || workers > MOST_WORKERS) return 2;
    isTaken = calloc(records, 1);
    bell = eventfd(0, EFD_CLOEXEC);
    for (uint64_t worker = 0; worker < workers; worker++) spawn(worker);
    do {
        collect();
        if (!refill() && isOut()) waitForMore();
    } while (isOut() || waitingCount > 0 || fresh < records);

    // WorkerRoster.disband
    procession_set_stop(&header);
    syscall(SYS_futex, futexWord(), FUTEX_WAKE, MOST_WORKERS, NULL, NULL, 0);
    for (uint64_t worker = 0; worker < workers; worker++) {
        if (pthread_join(threads[worker], NULL) != 0) abort();
    }
    if (taken != records) fail("records were lost, so many taken:", taken);
    if (rescued != 0) fail("nobody woke the parent, times:", rescued);
    printf("%lu records, %lu deaths, %lu chunks, %lu opened again, %lu of them for room, %lu sleeps of the parent\n",
        records, deaths, opened, reopened, givenBack, sleeps);
    return 0;
}

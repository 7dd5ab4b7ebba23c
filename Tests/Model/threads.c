// The protocol in threads, for ThreadSanitizer: threads [RECORDS] [SEED]
//
// Workers are threads here, over one mapping, because two mappings of one memory file look like different memory to
// ThreadSanitizer. They claim, write slots with plain stores, publish, ask for room, leave, sleep, and now and then die in the
// middle or while they wait for room; the parent opens, looks at what is published while it is being written, takes over,
// reaps (pthread_join), opens again, grants room to whoever waits for it, or refuses it, and wakes. Everything goes through CShims/include/procession_segment.h, the text that the product is made of. Each
// record must be taken over exactly once, with the value that belongs to it.
#include "procession_segment.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORKERS = 3, PLACES = 16, QUEUE = 64, MOST_ITEMS = 64, DEATHS_IN = 200 };

static procession_input_header header;
static procession_result_header result;
static procession_chunk chunks[PLACES];
static procession_place places[PLACES];
static procession_worker_line lines[WORKERS];
static uint32_t queue[QUEUE];
static uint64_t slots[PLACES][MOST_ITEMS];
static uint32_t bell; // stands for the eventfd: counts rings
static uint32_t is_dead[WORKERS]; // stands for the pidfd
static uint64_t seed = 1;

static void futex_wait(uint32_t *word, uint32_t expected, long nanoseconds) {
    struct timespec limit = {0, nanoseconds};
    syscall(SYS_futex, word, FUTEX_WAIT, expected, nanoseconds ? &limit : NULL, NULL, 0);
}

static void futex_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1 << 30, NULL, NULL, 0); }

static void ring(void) {
    __atomic_fetch_add(&bell, 1, __ATOMIC_SEQ_CST);
    futex_wake(&bell);
}

static uint64_t next_random(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15;
    uint64_t bits = *state;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

static uint64_t value_of(uint64_t record) { return record * 2 + 1; }

static void fail(const char *what, uint64_t record) {
    printf("threads: FAILED, %s at record %llu, seed %llu\n", what, (unsigned long long)record, (unsigned long long)seed);
    exit(1);
}

// ---- a worker ----------------------------------------------------------------------------------------------------

enum { REFUSED, GRANTED, DIES };

// Asks for room and waits for the answer.
static int wait_for_room(int place, int worker, uint64_t *generation, uint64_t *random) {
    procession_chunk *chunk = &chunks[place];
    uint64_t before = procession_load_answer(chunk), answer;
    procession_store_once(&places[place].wanted, 1);
    if (procession_ask(&header, &places[place], *generation)) ring();
    if (next_random(random) % DEATHS_IN == 0) return DIES;
    while ((answer = procession_load_answer(chunk)) == before) futex_wait((uint32_t *)&chunk->answer, (uint32_t)before, 0);
    if (answer != procession_owner(answer >> 16, PROCESSION_CLAIMED + (uint64_t)worker)) return REFUSED;
    *generation = answer >> 16;
    return GRANTED;
}

// Maps a claimed chunk. Returns 0 if the worker is to die in the middle of it.
static int work_at(int place, int worker, uint64_t generation, uint64_t *random) {
    procession_chunk *chunk = &chunks[place];
    uint64_t death = next_random(random) % DEATHS_IN == 0 ? chunk->begin + next_random(random) % MOST_ITEMS : UINT64_MAX;
    for (uint64_t item = chunk->begin; item < chunk->end; item++) {
        if (item >= death) return 0;
        if (item >= chunk->begin + chunk->overflow_count) {
            int answer = wait_for_room(place, worker, &generation, random);
            if (answer != GRANTED) return answer == REFUSED;
            if (chunk->begin != item || chunk->overflow_count == 0) fail("a grant for another item", chunk->first + item);
        }
        slots[place][item] = value_of(chunk->first + item);
        procession_publish(&places[place], item + 1);
        // So that the parent looks at chunks that are under way, however many cores there are.
        if (next_random(random) % 64 == 0) sched_yield();
    }
    if (procession_leave(&header, &places[place], generation, chunk->sequence)) ring();
    return 1;
}

static void *work(void *argument) {
    int worker = (int)(intptr_t)argument;
    static uint64_t lives;
    uint64_t random = seed ^ __atomic_add_fetch(&lives, 1, __ATOMIC_RELAXED) << 32;
    procession_attach(&lines[worker]);
    for (;;) {
        uint64_t opened = procession_load_opened(&header);
        if (procession_must_stop(opened)) return NULL;
        int claimed = 0;
        for (int place = 0; place < PLACES && !claimed; place++) {
            uint64_t generation = procession_claim(&places[place], (uint64_t)worker);
            if (generation == 0) continue;
            claimed = 1;
            procession_store_hint(&result, chunks[place].sequence + 1);
            if (work_at(place, worker, generation, &random)) continue;
            __atomic_store_n(&is_dead[worker], 1, __ATOMIC_SEQ_CST);
            ring();
            return NULL;
        }
        if (claimed) continue;
        procession_fall_asleep(&lines[worker]);
        if (procession_load_opened(&header) == opened) futex_wait((uint32_t *)&header.opened, (uint32_t)opened, 0);
        procession_wake_up(&lines[worker]);
    }
}

// ---- the parent --------------------------------------------------------------------------------------------------

static pthread_t threads[WORKERS];
static uint64_t generations[PLACES], begins[PLACES], sequence, deaths, looks, grants;
static char is_out[PLACES];
static int keepers[PLACES]; // 1 + the worker that waits there for room
static unsigned char *taken;
static uint64_t total, next_record, taken_count;

static void open_place(int place) {
    procession_chunk *chunk = &chunks[place];
    chunk->sequence = sequence;
    begins[place] = chunk->begin;
    is_out[place] = 1;
    procession_open(&places[place], ++generations[place], chunk->begin);
    procession_announce(&header, queue, sequence++, (uint32_t)place);
}

static void wake_sleepers(void) {
    for (int worker = 0; worker < WORKERS; worker++) {
        if (procession_is_asleep(&lines[worker])) return futex_wake((uint32_t *)&header.opened);
    }
}

// Looks at the slots below `done`, whether their worker is still at it or not, and takes them over if `takes`.
static uint64_t read_published(int place, int takes) {
    uint64_t done = procession_load_done(&places[place]);
    if (done < begins[place] || done > chunks[place].end) fail("`done` out of bounds", chunks[place].first);
    for (uint64_t item = begins[place]; item < done; item++) {
        uint64_t record = chunks[place].first + item;
        if (slots[place][item] != value_of(record)) fail("a slot without its value", record);
        if (!takes) continue;
        if (taken[record]++) fail("a record taken twice", record);
        taken_count++;
    }
    looks += !takes && done > begins[place] && done < chunks[place].end;
    return done;
}

// Closes a place whose claimer has left it or was reaped; opens it again for what was not published.
static void settle(int place) {
    uint64_t done = read_published(place, 1);
    procession_close(&places[place], generations[place]);
    is_out[place] = 0;
    if (done == chunks[place].end) return;
    chunks[place].begin = done;
    open_place(place);
}

// The claimer waits at its place for room. What is published there is taken over now.
static void park(int place, uint64_t owner) {
    begins[place] = chunks[place].begin = read_published(place, 1);
    is_out[place] = 0;
    keepers[place] = 1 + (int)((owner & 0xffff) - PROCESSION_CLAIMED);
}

// Takes a place from its waiter, who may be dead.
static void dismiss_waiter(int place) {
    keepers[place] = 0;
    procession_close(&places[place], generations[place]);
    procession_refuse(&chunks[place], generations[place]);
    futex_wake((uint32_t *)&chunks[place].answer);
}

// Gives room to those who wait for it, or, now and then, the chunk to anybody.
static void answer_waiters(uint64_t *random) {
    for (int place = 0; place < PLACES; place++) {
        if (keepers[place] == 0) continue;
        uint64_t worker = (uint64_t)keepers[place] - 1;
        chunks[place].overflow_count = 1 + next_random(random) % MOST_ITEMS;
        if (next_random(random) % 16 == 0) {
            dismiss_waiter(place);
            open_place(place);
            continue;
        }
        keepers[place] = 0;
        is_out[place] = 1;
        grants++;
        procession_grant(&chunks[place], &places[place], ++generations[place], chunks[place].begin, worker);
        futex_wake((uint32_t *)&chunks[place].answer);
    }
}

static void spawn(int worker) {
    if (pthread_create(&threads[worker], NULL, work, (void *)(intptr_t)worker)) fail("no thread", 0);
}

static int collect(void) {
    int found = 0;
    for (int place = 0; place < PLACES; place++) {
        if (!is_out[place] || !procession_has_left(&places[place], generations[place])) continue;
        found = 1;
        uint64_t owner = procession_load_owner(&places[place]);
        if (procession_load_once(&places[place].waits) == generations[place]) park(place, owner); else settle(place);
    }
    return found;
}

static void bury_dead(void) {
    for (int worker = 0; worker < WORKERS; worker++) {
        if (!__atomic_load_n(&is_dead[worker], __ATOMIC_SEQ_CST)) continue;
        pthread_join(threads[worker], NULL);
        collect(); // it may have asked for room before it died
        deaths++;
        for (int place = 0; place < PLACES; place++) {
            if (keepers[place] == worker + 1) {
                dismiss_waiter(place);
                open_place(place);
                continue;
            }
            uint64_t mine = procession_owner(generations[place], PROCESSION_CLAIMED + (uint64_t)worker);
            if (is_out[place] && procession_load_owner(&places[place]) == mine && !procession_has_left(&places[place], generations[place])) settle(place);
        }
        __atomic_store_n(&is_dead[worker], 0, __ATOMIC_SEQ_CST);
        procession_reset_line(&lines[worker]);
        spawn(worker);
    }
}

static void refill(uint64_t *random) {
    for (int place = 0; place < PLACES && next_record < total; place++) {
        if (is_out[place] || keepers[place]) continue;
        uint64_t count = 1 + next_random(random) % MOST_ITEMS;
        if (count > total - next_record) count = total - next_record;
        chunks[place].first = next_record;
        chunks[place].begin = 0;
        chunks[place].end = count;
        chunks[place].overflow_count = next_random(random) % 4 == 0 ? next_random(random) % MOST_ITEMS : MOST_ITEMS;
        next_record += count;
        open_place(place);
    }
}

static void sleep_until_rung(uint64_t *random) {
    uint32_t heard = __atomic_load_n(&bell, __ATOMIC_SEQ_CST);
    uint64_t latest = 0;
    for (int place = 0; place < PLACES; place++) {
        if (is_out[place] && chunks[place].sequence > latest) latest = chunks[place].sequence;
    }
    procession_set_wake(&header, latest + 1 - next_random(random) % (latest < 8 ? 1 : 8));
    int has_left = 0, has_died = 0;
    for (int place = 0; place < PLACES; place++) {
        has_left |= is_out[place] && procession_has_left(&places[place], generations[place]);
        if (is_out[place]) read_published(place, 0);
    }
    for (int worker = 0; worker < WORKERS; worker++) has_died |= __atomic_load_n(&is_dead[worker], __ATOMIC_SEQ_CST);
    if (!has_left && !has_died) {
        // Long enough for the slowest machine: after that, a wake-up was lost.
        for (int waits = 0; __atomic_load_n(&bell, __ATOMIC_SEQ_CST) == heard; waits++) {
            if (waits == 60) fail("a wake-up was lost", next_record);
            futex_wait(&bell, heard, 900000000);
        }
    }
    procession_set_wake(&header, 0);
}

int main(int count, char **arguments) {
    total = count > 1 ? strtoull(arguments[1], NULL, 10) : 1000000;
    seed = count > 2 ? strtoull(arguments[2], NULL, 10) : (uint64_t)getpid();
    printf("seed %llu\n", (unsigned long long)seed);
    taken = calloc(total, 1);
    header.queue_count = QUEUE;
    uint64_t random = seed;
    for (int worker = 0; worker < WORKERS; worker++) spawn(worker);
    while (taken_count < total) {
        bury_dead();
        collect();
        answer_waiters(&random);
        refill(&random);
        wake_sleepers();
        if (taken_count < total) sleep_until_rung(&random);
    }
    procession_set_stop(&header);
    futex_wake((uint32_t *)&header.opened);
    for (int worker = 0; worker < WORKERS; worker++) pthread_join(threads[worker], NULL);
    printf("%llu records, %llu deaths, %llu grants of room, %llu looks at chunks under way\n", (unsigned long long)total, (unsigned long long)deaths, (unsigned long long)grants, (unsigned long long)looks);
    return 0;
}

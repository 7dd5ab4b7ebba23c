// The protocol in threads, for ThreadSanitizer: threads [RECORDS] [SEED]
//
// Workers are threads here, over one mapping, because two mappings of one memory file look like different memory to
// ThreadSanitizer. They claim, write slots with plain stores, publish, ask for room, leave, sleep, and now and then die in
// the middle or while they wait for room; the parent opens, looks at what is published while it is being written, takes
// over, reaps (pthread_join), opens again, grants room to whoever waits for it, or refuses it, and wakes. Two runs are on
// at a time: the parent takes back what nobody has claimed, to open it later, and now and then ends a run before its end.
// When a run has ended, what workers read of it is overwritten. Everything goes through
// CShims/include/procession_segment.h, the text that the product is made of. Each record must be taken over exactly once,
// with the value that belongs to it; of a cancelled run, at most once.
#include "procession_segment.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORKERS = 3, PLACES = 16, QUEUE = 64, MOST_ITEMS = 64, DEATHS_IN = 200, RUNS = 2, MOST_RECORDS = 20000, MOST_WAITING = 64 };

// What workers read of a run beside its records, in plain words. It lies where its number says.
typedef struct {
    uint64_t number, key;
} run_memory;

static procession_input_header header;
static procession_result_header result;
static procession_chunk chunks[PLACES];
static procession_place places[PLACES];
static procession_worker_line lines[WORKERS];
static uint32_t queue[QUEUE];
static uint64_t slots[PLACES][MOST_ITEMS];
static run_memory runs[RUNS];
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

static uint64_t value_of(uint64_t record, uint64_t key) { return (record * 2 + 1) ^ key; }

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

// The function of a chunk's run.
static uint64_t mapped(const procession_chunk *chunk, uint64_t item) {
    const run_memory *run = &runs[chunk->run % RUNS];
    if (run->number != chunk->run) fail("the memory of a run that has ended", chunk->first + item);
    return value_of(chunk->first + item, run->key);
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
        slots[place][item] = mapped(chunk, item);
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
static unsigned char *taken; // how often, by record; LOST for one of a cancelled run
static uint64_t total, next_record, revokes, cancels;

enum { LOST = 128 };

// What the parent knows of a run. The next one at the same memory has a number that is RUNS more.
typedef struct {
    uint64_t number, key, first, next, end; // its records, and which of them comes next
    uint64_t settled;
    char is_on, is_forgotten;
} run_book;
static run_book books[RUNS];

// Chunks that were taken back, to be opened again.
static struct {
    uint64_t run, first, begin, end;
} waiting[MOST_WAITING];
static int waiting_count;

static run_book *book_of(int place) { return &books[chunks[place].run % RUNS]; }

static int is_held(int place) { return is_out[place] || keepers[place]; }

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
        if (slots[place][item] != value_of(record, book_of(place)->key)) fail("a slot without its value", record);
        if (!takes || book_of(place)->is_forgotten) continue;
        if (taken[record]++) fail("a record taken twice", record);
        book_of(place)->settled++;
    }
    looks += !takes && done > begins[place] && done < chunks[place].end;
    return done;
}

// Closes a place whose claimer has left it or was reaped; opens it again for what was not published.
static void settle(int place) {
    uint64_t done = read_published(place, 1);
    procession_close(&places[place], generations[place]);
    is_out[place] = 0;
    if (done == chunks[place].end || book_of(place)->is_forgotten) return;
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
        if (procession_load_once(&places[place].waits) != generations[place]) settle(place);
        else {
            park(place, owner);
            if (book_of(place)->is_forgotten) dismiss_waiter(place);
        }
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

// Takes back what nobody has claimed.
static void take_back(int place) {
    procession_chunk *chunk = &chunks[place];
    if (!is_out[place] || waiting_count == MOST_WAITING || !procession_revoke(&places[place], generations[place])) return;
    is_out[place] = 0;
    revokes++;
    if (book_of(place)->is_forgotten) return;
    waiting[waiting_count].run = chunk->run;
    waiting[waiting_count].first = chunk->first;
    waiting[waiting_count].begin = chunk->begin;
    waiting[waiting_count++].end = chunk->end;
}

// Word by word, because ThreadSanitizer sees these.
static void write_memory(uint64_t run, uint64_t number, uint64_t key) {
    runs[run % RUNS].number = number;
    runs[run % RUNS].key = key;
}

// A run has ended: its memory is used for something else.
static void end(run_book *book) {
    write_memory(book->number, UINT64_MAX, 0);
    book->is_on = 0;
}

// Nothing of a run is wanted any more.
static void forget(run_book *book) {
    book->is_forgotten = 1;
    cancels++;
    for (uint64_t record = book->first; record < book->end; record++) taken[record] |= LOST;
    int kept = 0;
    for (int index = 0; index < waiting_count; index++) {
        if (waiting[index].run != book->number) waiting[kept++] = waiting[index];
    }
    waiting_count = kept;
    for (int place = 0; place < PLACES; place++) {
        if (!is_held(place) || book_of(place) != book) continue;
        if (keepers[place]) dismiss_waiter(place); else take_back(place);
    }
#ifdef REUSED_BEFORE_THE_CLAIMERS_HAVE_LEFT
    write_memory(book->number, UINT64_MAX, 0);
#endif
}

// Ends and begins runs; and now and then takes chunks back, all of a run for good.
static void change_runs(uint64_t *random) {
    for (int index = 0; index < RUNS; index++) {
        run_book *book = &books[index];
        if (book->is_on && !book->is_forgotten && next_random(random) % 256 == 0) forget(book);
        int holds = 0;
        for (int place = 0; place < PLACES; place++) holds |= is_held(place) && book_of(place) == book;
        if (book->is_on && (book->is_forgotten ? !holds : book->settled == book->end - book->first)) end(book);
        if (book->is_on || next_record == total) continue;
        uint64_t count = 1 + next_random(random) % MOST_RECORDS;
        if (count > total - next_record) count = total - next_record;
        *book = (run_book){.number = book->number + RUNS, .key = next_random(random), .first = next_record, .is_on = 1};
        book->next = next_record;
        book->end = next_record += count;
        write_memory(book->number, book->number, book->key);
    }
    if (next_random(random) % 8 == 0) take_back((int)(next_random(random) % PLACES));
}

// What goes out next: what was taken back, or the next records of a run.
static int choose(int place, uint64_t *random) {
    procession_chunk *chunk = &chunks[place];
    if (waiting_count > 0 && next_random(random) % 2 == 0) {
        waiting_count--;
        chunk->run = waiting[waiting_count].run;
        chunk->first = waiting[waiting_count].first;
        chunk->begin = waiting[waiting_count].begin;
        chunk->end = waiting[waiting_count].end;
        return 1;
    }
    run_book *book = &books[next_random(random) % RUNS];
    if (!book->is_on || book->is_forgotten || book->next == book->end) return 0;
    uint64_t count = 1 + next_random(random) % MOST_ITEMS;
    if (count > book->end - book->next) count = book->end - book->next;
    chunk->run = book->number;
    chunk->first = book->next;
    chunk->begin = 0;
    chunk->end = count;
    book->next += count;
    return 1;
}

static void refill(uint64_t *random) {
    for (int place = 0; place < PLACES; place++) {
        if (is_held(place) || !choose(place, random)) continue;
        chunks[place].overflow_count = next_random(random) % 4 == 0 ? next_random(random) % MOST_ITEMS : MOST_ITEMS;
        open_place(place);
    }
}

// Whether some chunk is out. If not, nobody rings.
static int is_any_out(void) {
    for (int place = 0; place < PLACES; place++) {
        if (is_out[place]) return 1;
    }
    return 0;
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
    for (int index = 0; index < RUNS; index++) books[index].number = (uint64_t)index;
    while (next_record < total || books[0].is_on || books[1].is_on) {
        bury_dead();
        collect();
        change_runs(&random);
        answer_waiters(&random);
        refill(&random);
        wake_sleepers();
        if (is_any_out()) sleep_until_rung(&random);
    }
    for (uint64_t record = 0; record < total; record++) {
        if (taken[record] == 0) fail("a record was lost", record);
    }
    procession_set_stop(&header);
    futex_wake((uint32_t *)&header.opened);
    for (int worker = 0; worker < WORKERS; worker++) pthread_join(threads[worker], NULL);
    printf(
        "%llu records, %llu runs cancelled, %llu chunks taken back, %llu deaths, %llu grants of room, "
        "%llu looks at chunks under way\n",
        (unsigned long long)total, (unsigned long long)cancels, (unsigned long long)revokes, (unsigned long long)deaths,
        (unsigned long long)grants, (unsigned long long)looks);
    return 0;
}

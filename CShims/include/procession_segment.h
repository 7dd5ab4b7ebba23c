// The protocol in memory: who may write which word of the two shared segments, when, and with which ordering.
//
//   INPUT SEGMENT (the parent writes; workers map it read-only, and the seal makes the kernel enforce that)
//     header · queue of opened places · one descriptor per place · data: keys, values, text, and a descriptor per run
//   RESULT SEGMENT (workers write; the parent trusts nothing in it)
//     header · one line per worker · one line per place · data: slots and overflow bytes
//
// A *run* maps records by one function; several are on at the same time, and every place may hold a chunk of any of
// them. A *chunk* is a half-open range of a run's records. To hand it out, the parent fills the descriptor of a free *place*,
// opens the place's owner word under a new generation, and appends the place's number to the queue. One worker
// claims it by one compare-and-swap of the owner word, publishes its records one by one by storing `done`, and
// says with `left` that it will not write to the place again. The owner word is the truth; the queue and the hint only
// say where to look, and may miss a chunk: a worker that finds none there looks at every owner word before it sleeps.
//
// Life of an owner word, g the place's generation (every arrow names who may take it):
//
//     (g, closed) --parent--> (g+1, open) --worker w, CAS--> (g+1, claimed by w)
//          ^                      |                                  |
//          +---parent, CAS -------+     (revoke before a claim)      |
//          +---parent, after w wrote `left`, its last word to the place, or after it has *reaped* w
//
// A worker whose result finds no room keeps it, leaves the place, says with `waits` that it wants to go on there, and
// sleeps until the parent has answered. The parent takes what is published, and then gives the rest of the chunk, with
// more room, to that worker alone; or it refuses, when the run has ended or the last record was too large:
//
//     (g, claimed by w), left and waited at --parent--> (g+1, claimed by w)    or    (g, closed)
//
// It is C because Swift cannot put atomics into memory that another process shares, and because the same text is
// compiled into processes, into threads under ThreadSanitizer, and read beside the model. There are no stand-alone
// fences: ThreadSanitizer cannot see them.
#ifndef PROCESSION_SEGMENT_H
#define PROCESSION_SEGMENT_H

#include <stdint.h>

#define PROCESSION_MAGIC 0x6e6f697373636f72ULL // "rocssion" read as bytes
#define PROCESSION_ABI 6
#define PROCESSION_LINE 128 /* words of different writers sit this far apart: two cache lines, for the prefetcher */

// Header of the input segment. Written by the parent only.
typedef struct {
    // Identity: written before the first worker is spawned, never again. Published by the spawn.
    uint64_t magic;
    uint32_t abi;
    uint32_t place_count;
    uint32_t worker_capacity;
    uint32_t queue_count;
    uint64_t nonce;
    uint64_t parent;
    uint64_t input_bytes;
    uint64_t result_bytes;
    uint64_t spin; // nanoseconds that an idle worker may look for the next run before it sleeps; 0 where no core is free
    uint64_t term; // records that a worker may claim before it leaves, so that another one takes its seat; 0: any number
    uint64_t longest_chunk; // no chunk has more records; for a worker that has to know whether its term is over
    uint8_t pad0[PROCESSION_LINE - 80];

    // Twice the chunks opened so far, and 1 more once workers are to leave. Its low half is the futex that idle workers
    // sleep on: all they wake for is in this one word, so that none can go to sleep past it.
    uint64_t opened;
    uint8_t pad1[PROCESSION_LINE - 8];

    // 0: the parent is awake. s + 1: it sleeps; whoever finishes a chunk with a sequence of s or more must signal it.
    uint64_t wake;
    uint32_t supplied; // 1: all chunks of all runs have been opened, unless one must be opened again. A hint for workers.
    uint8_t pad2[PROCESSION_LINE - 12];
} procession_input_header;

// What workers read of a run beside its records, in the data of the input segment. Written before the run's first chunk
// is opened, and published by the release of each of its chunks' owner words; never changed. Its memory is used again
// only when the run has ended: when no place holds a chunk of it.
typedef struct {
    uint64_t function_offset, function_count; // mangled name of the function's type
    uint64_t state_offset, state_count;       // the function value itself, bitwise
    uint64_t context_offset, context_count;   // bytes that the run shares with every worker
    uint64_t of_calls;                        // 1: its records are single calls, whose positions say nothing
} procession_run;

// What a place holds. Written by the parent while the place is closed; read by the worker that claimed it.
typedef struct {
    uint64_t sequence;                         // position in the queue
    uint64_t run;                              // which run's function maps it: a number that no other run of the pool has
    uint64_t run_offset;                       // input segment: the procession_run of that
    uint64_t first;                            // record index of the chunk's item 0
    uint64_t begin, end;                       // the items to map: begin ..< end
    uint64_t key_offset;                       // input segment: key slot of item 0; 0 when keys are the indices
    uint64_t input_offset, input_count;        // input segment: value slot of item 0, or the chunk's text
    uint64_t slot_offset;                      // result segment: slot of item 0
    uint64_t overflow_offset, overflow_count;  // result segment: bytes for what has no fixed size
    // What the parent has last answered to a worker that waited here for room: the owner word under which that worker
    // goes on, or that of the place it closed. Its low half is the futex that the worker sleeps on. Here and not beside
    // the owner word, so that no worker can answer another one. Not written when the place is opened.
    uint64_t answer;
    uint8_t pad[PROCESSION_LINE - 104];
} procession_chunk;

// Header of the result segment.
typedef struct {
    uint64_t hint; // any worker: chunks with a sequence below it have most likely been claimed. Relaxed, a hint only.
    uint64_t spinner; // 1 + the worker that spins for the next run, 0: nobody. By CAS; the parent frees the seat of the dead
    uint8_t pad[PROCESSION_LINE - 16];
} procession_result_header;

// One line per worker. Written by that worker; by the parent only after it has reaped the worker.
typedef struct {
    uint32_t asleep; // 1 while the worker waits, or is about to wait, on `opened`
    uint32_t attached;
    uint8_t pad[PROCESSION_LINE - 8];
} procession_worker_line;

// Behind the lines of the places, 256 bytes per worker hold the last line that it has written to standard error, with a
// zero behind it (words.c). Written by that worker, and not published; the parent reads and clears it only after it has
// reaped the worker, which orders all that the worker wrote. Any bytes may lie there.

// One line per place. Written by the worker that claimed it; by the parent while it is closed.
typedef struct {
    uint64_t owner;         // generation << 16 | state
    uint64_t done;          // items published: slots, statuses and overflow of items below it are final
    uint64_t overflow_used; // bytes of overflow behind the items published when the chunk was left
    uint64_t failure;       // newest failure entry, as 1 + its offset in the chunk's overflow; 0: none
    uint64_t wanted;        // not 0: the item at `done` needs so many overflow bytes, and the worker left it and the rest
    uint64_t nanoseconds;   // time spent on the chunk; a hint for the size of later ones
    uint64_t waits;         // the generation whose claimer, when it left, kept the result of the item at `done` and waits
    uint8_t pad0[PROCESSION_LINE / 2 - 56];
    // In another cache line, because the parent looks at it while the claimer publishes.
    uint64_t left;          // the generation whose claimer has written its last word to this place
    uint8_t pad1[PROCESSION_LINE / 2 - 8];
} procession_place;

// A failed record: an entry in the chunk's overflow bytes, newest first, each followed by `count` bytes of text,
// and where it threw a value by the name of its type and its bytes (StoredValue).
typedef struct {
    uint64_t item;
    uint64_t previous; // like procession_place.failure
    uint64_t count;
    uint64_t type_count, value_count;
} procession_failure;

_Static_assert(sizeof(procession_input_header) == 3 * PROCESSION_LINE, "input header layout");
_Static_assert(sizeof(procession_chunk) == PROCESSION_LINE, "chunk layout");
_Static_assert(sizeof(procession_result_header) == PROCESSION_LINE, "result header layout");
_Static_assert(sizeof(procession_worker_line) == PROCESSION_LINE, "worker line layout");
_Static_assert(sizeof(procession_place) == PROCESSION_LINE, "place layout");

enum { PROCESSION_CLOSED = 0, PROCESSION_OPEN = 1, PROCESSION_CLAIMED = 2 /* + worker number */ };

static inline uint64_t procession_owner(uint64_t generation, uint64_t state) { return generation << 16 | state; }

// ---- the parent's side -------------------------------------------------------------------------------------------

// Makes the line of a place that nobody writes ready for its next claimer. Published with the owner word.
static inline void procession_reset_place(procession_place *place, uint64_t begin) {
    place->overflow_used = 0;
    place->failure = 0;
    place->wanted = 0;
    place->nanoseconds = 0;
    __atomic_store_n(&place->left, 0, __ATOMIC_RELAXED); // a worker gone wild may have left it before its time
    __atomic_store_n(&place->done, begin, __ATOMIC_RELAXED);
}

// Opens a closed place. Everything the parent wrote before, the descriptor above all, is visible to the claimer.
static inline void procession_open(procession_place *place, uint64_t generation, uint64_t begin) {
    procession_reset_place(place, begin);
    __atomic_store_n(&place->owner, procession_owner(generation, PROCESSION_OPEN), __ATOMIC_RELEASE);
}

// Gives a place, under a new generation, to the worker that waits there for room. That sees everything the parent wrote
// before, and must be woken: it sleeps on the answer.
static inline void procession_grant(
    procession_chunk *chunk, procession_place *place, uint64_t generation, uint64_t begin, uint64_t worker) {
    uint64_t owner = procession_owner(generation, PROCESSION_CLAIMED + worker);
    procession_reset_place(place, begin);
    __atomic_store_n(&place->owner, owner, __ATOMIC_RELEASE);
    __atomic_store_n(&chunk->answer, owner, __ATOMIC_RELEASE);
}

// Tells the worker that waits at a place that it has been closed. Relaxed: the worker reads nothing there any more.
static inline void procession_refuse(procession_chunk *chunk, uint64_t generation) {
    __atomic_store_n(&chunk->answer, procession_owner(generation, PROCESSION_CLOSED), __ATOMIC_RELAXED);
}

// Appends an open place to the queue; not after procession_set_stop. Sequentially consistent with
// procession_fall_asleep: either the sleeper sees the new count, or we see the sleeper.
static inline void procession_announce(
    procession_input_header *header, uint32_t *queue, uint64_t sequence, uint32_t place) {
    __atomic_store_n(&queue[sequence % header->queue_count], place, __ATOMIC_RELAXED); // published by `opened`
    __atomic_store_n(&header->opened, (sequence + 1) << 1, __ATOMIC_SEQ_CST);
}

// Takes back a place that nobody has claimed. 0: somebody has.
static inline int procession_revoke(procession_place *place, uint64_t generation) {
    uint64_t expected = procession_owner(generation, PROCESSION_OPEN);
    return __atomic_compare_exchange_n(
        &place->owner, &expected, procession_owner(generation, PROCESSION_CLOSED), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

// Closes a place whose chunk is complete, or whose owner has been reaped.
static inline void procession_close(procession_place *place, uint64_t generation) {
    __atomic_store_n(&place->owner, procession_owner(generation, PROCESSION_CLOSED), __ATOMIC_RELEASE);
}

static inline uint64_t procession_load_owner(const procession_place *place) {
    return __atomic_load_n(&place->owner, __ATOMIC_ACQUIRE);
}

// Sequentially consistent with procession_leave, for the parent's last look before it sleeps.
static inline int procession_has_left(const procession_place *place, uint64_t generation) {
    return __atomic_load_n(&place->left, __ATOMIC_SEQ_CST) == generation;
}

static inline uint64_t procession_load_done(const procession_place *place) {
    return __atomic_load_n(&place->done, __ATOMIC_ACQUIRE);
}

// The remaining words of a place are ordered by `left` or by the reap, and loaded once each. Relaxed, and not plain:
// the parent also looks at places whose claimer is still writing.
static inline uint64_t procession_load_once(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline void procession_store_once(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline void procession_set_wake(procession_input_header *header, uint64_t wake) {
    __atomic_store_n(&header->wake, wake, __ATOMIC_SEQ_CST);
}

static inline void procession_set_supplied(procession_input_header *header, uint32_t supplied) {
    __atomic_store_n(&header->supplied, supplied, __ATOMIC_RELEASE);
}

static inline void procession_set_stop(procession_input_header *header) {
    __atomic_fetch_or(&header->opened, 1, __ATOMIC_SEQ_CST);
}

static inline int procession_is_asleep(const procession_worker_line *line) {
    return __atomic_load_n(&line->asleep, __ATOMIC_SEQ_CST) != 0;
}

// Clears the line of a reaped worker for its replacement.
static inline void procession_reset_line(procession_worker_line *line) {
    __atomic_store_n(&line->asleep, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&line->attached, 0, __ATOMIC_SEQ_CST);
}

// Frees the spinner's seat: the spinner, or the parent for a spinner that it has reaped. Sequentially consistent with
// procession_announce: either the parent sees the seat free, or who left it sees the new count before it sleeps.
static inline void procession_free_seat(procession_result_header *header, uint64_t worker) {
    uint64_t expected = worker + 1;
    __atomic_compare_exchange_n(&header->spinner, &expected, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static inline int procession_is_seat_taken(const procession_result_header *header) {
    return __atomic_load_n(&header->spinner, __ATOMIC_SEQ_CST) != 0;
}

static inline int procession_is_attached(const procession_worker_line *line) {
    return __atomic_load_n(&line->attached, __ATOMIC_ACQUIRE) != 0;
}

// ---- the worker's side -------------------------------------------------------------------------------------------

static inline void procession_attach(procession_worker_line *line) {
    __atomic_store_n(&line->attached, 1, __ATOMIC_RELEASE);
}

// What a sleeper's second look compares with its first. The two below say what is in it.
static inline uint64_t procession_load_opened(const procession_input_header *header) {
    return __atomic_load_n(&header->opened, __ATOMIC_SEQ_CST);
}

static inline uint64_t procession_opened_count(uint64_t opened) { return opened >> 1; }

static inline int procession_must_stop(uint64_t opened) { return (opened & 1) != 0; }

static inline int procession_is_supplied(const procession_input_header *header) {
    return __atomic_load_n(&header->supplied, __ATOMIC_ACQUIRE) != 0;
}

static inline uint32_t procession_queued_place(
    const procession_input_header *header, const uint32_t *queue, uint64_t sequence) {
    return __atomic_load_n(&queue[sequence % header->queue_count], __ATOMIC_RELAXED); // ordered by `opened`
}

// Claims an open place. Returns its generation, or 0 when there is nothing to claim. Acquire, so that the claimer
// sees the descriptor, and what a dead owner before it has published.
static inline uint64_t procession_claim(procession_place *place, uint64_t worker) {
    uint64_t seen = __atomic_load_n(&place->owner, __ATOMIC_RELAXED); // the swap below is the check that counts
    if ((seen & 0xffff) != PROCESSION_OPEN) return 0;
    uint64_t mine = procession_owner(seen >> 16, PROCESSION_CLAIMED + worker);
    return __atomic_compare_exchange_n(&place->owner, &seen, mine, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) ? seen >> 16 : 0;
}

// Whether a claim of the place may succeed. Nothing is read on the strength of it: a claim is the check that counts.
static inline int procession_is_open(const procession_place *place) {
    return (__atomic_load_n(&place->owner, __ATOMIC_RELAXED) & 0xffff) == PROCESSION_OPEN;
}

static inline uint64_t procession_load_hint(const procession_result_header *header) {
    return __atomic_load_n(&header->hint, __ATOMIC_RELAXED);
}

static inline void procession_store_hint(procession_result_header *header, uint64_t sequence) {
    __atomic_store_n(&header->hint, sequence, __ATOMIC_RELAXED);
}

// Publishes the items below `done`. Once per record; a plain store on x86.
static inline void procession_publish(procession_place *place, uint64_t done) {
    __atomic_store_n(&place->done, done, __ATOMIC_RELEASE);
}

// Leaves a chunk, complete or not: the claimer's last word to the place. Returns whether the parent sleeps and must be
// signalled: either it sees `left` before it sleeps, or we see its wake word.
static inline int procession_leave(
    const procession_input_header *header, procession_place *place, uint64_t generation, uint64_t sequence) {
    __atomic_store_n(&place->left, generation, __ATOMIC_SEQ_CST);
    uint64_t wake = __atomic_load_n(&header->wake, __ATOMIC_SEQ_CST);
    return wake != 0 && sequence + 1 >= wake;
}

// Leaves a chunk like procession_leave, to go on at its place when there is more room. What the parent answered before
// must have been loaded before. Returns whether the parent sleeps and must be signalled, whatever it waits for: nobody
// else may be left whom it could wait for.
static inline int procession_ask(const procession_input_header *header, procession_place *place, uint64_t generation) {
    __atomic_store_n(&place->waits, generation, __ATOMIC_RELAXED); // published by `left`
    __atomic_store_n(&place->left, generation, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&header->wake, __ATOMIC_SEQ_CST) != 0;
}

// What the parent has answered last. Acquire, so that who goes on sees its new descriptor.
static inline uint64_t procession_load_answer(const procession_chunk *chunk) {
    return __atomic_load_n(&chunk->answer, __ATOMIC_ACQUIRE);
}

// Takes the seat of the one worker that may spin: more would keep cores from those who have work.
static inline int procession_take_seat(procession_result_header *header, uint64_t worker) {
    uint64_t expected = 0;
    return __atomic_compare_exchange_n(
        &header->spinner, &expected, worker + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

// Tells the processor that this is a loop which waits for another one.
static inline void procession_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline void procession_fall_asleep(procession_worker_line *line) {
    __atomic_store_n(&line->asleep, 1, __ATOMIC_SEQ_CST);
}

static inline void procession_wake_up(procession_worker_line *line) {
    __atomic_store_n(&line->asleep, 0, __ATOMIC_SEQ_CST);
}

#endif

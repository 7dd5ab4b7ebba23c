// The protocol's exchanges of messages under the memory model of C++11, by Relacy: weak [ITERATIONS] [EXCHANGE]
//
// ThreadSanitizer sees races, and the processor it runs on is a strong one; here a load may return an older value where
// its ordering allows that. Tests/Long/weak makes the header's words Relacy's and gives what comes of it as protocol.h:
// words that are loaded and stored atomically are a Word, the others are a Plain, whose races are reported. Threads take
// the steps of one exchange each, as CShims/include/procession_segment.h promises it in a sentence; what must not be is
// asserted when all have come to their end. To sleep is to have decided to: who decides so is lost unless somebody else
// has seen him.
#include <relacy/relacy.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

static rl::memory_order order(int number) {
    switch (number) {
    case __ATOMIC_RELAXED: return rl::mo_relaxed;
    case __ATOMIC_ACQUIRE: return rl::mo_acquire;
    case __ATOMIC_RELEASE: return rl::mo_release;
    case __ATOMIC_ACQ_REL: return rl::mo_acq_rel;
    default: return rl::mo_seq_cst;
    }
}

// What is stored without saying how is stored before there are others, or for them by a later release.
struct Word {
    mutable rl::atomic<uint64_t> value{0};
    uint64_t load(int how, rl::debug_info const &where) const { return value.load(order(how), where); }
    void store(uint64_t to, int how, rl::debug_info const &where) { value.store(to, order(how), where); }
    bool exchange(uint64_t *seen, uint64_t to, int how, int else_how, rl::debug_info const &where) {
        return value.compare_exchange(rl::bool_t<false>(), *seen, to, order(how), order(else_how), where);
    }
    operator uint64_t() const { return load(__ATOMIC_RELAXED, $); }
    Word &operator=(uint64_t to) { return store(to, __ATOMIC_RELAXED, $), *this; }
};

struct Plain {
    mutable rl::var<uint64_t> value{0};
    operator uint64_t() const { return value($).load(); }
    Plain &operator=(uint64_t to) { return value($).store(to), *this; }
};

#define __atomic_load_n(word, how) (word)->load(how, $)
#define __atomic_store_n(word, to, how) (word)->store(to, how, $)
#define __atomic_fetch_or(word, bits, how) (word)->value.fetch_or(bits, order(how), $)
#define __atomic_compare_exchange_n(word, seen, to, weak, how, else_how) (word)->exchange(seen, to, how, else_how, $)
#include "protocol.h"

enum { PARENT = 0 };

// How often an exchange has come to its end, which it must now and then to prove anything.
static unsigned long ends;

// Whether a condition comes true; others take their steps meanwhile.
template<class Condition> static bool comes(Condition condition) {
    for (int tries = 0; tries < 20; tries++) {
        if (condition()) return true;
        rl::yield(1, $);
    }
    return false;
}

// A place with a chunk of two records, and what belongs to it.
struct Memory {
    procession_input_header header;
    procession_result_header result;
    procession_chunk chunk;
    procession_place place;
    procession_worker_line line;
    Word queue[4];
    Plain slots[2];

    void open(uint64_t generation, uint64_t first, uint64_t begin, uint64_t room) {
        chunk.sequence = generation - 1;
        chunk.first = first;
        chunk.begin = begin;
        chunk.end = 2;
        chunk.overflow_count = room;
        procession_open(&place, generation, begin);
        procession_announce(&header, queue, generation - 1, 0);
    }

    // What the parent sees published is there.
    uint64_t look(uint64_t first, uint64_t begin) {
        uint64_t done = procession_load_done(&place);
        for (uint64_t item = begin; item < done; item++) RL_ASSERT(slots[item] == first + item);
        return done;
    }

    uint64_t claim(uint64_t worker) {
        uint64_t generation = 0;
        comes([&] { return (generation = procession_claim(&place, worker)) != 0; });
        return generation;
    }

    bool isLeft(uint64_t generation) { return comes([&] { return procession_has_left(&place, generation); }); }

    void map(uint64_t item) {
        slots[item] = chunk.first + item;
        procession_publish(&place, item + 1);
    }
};

template<class Exchange, int threads> struct Test : rl::test_suite<Exchange, threads>, Memory {
    void before() { header.queue_count = 4; }
};

// Who claims an open place sees what the parent wrote before; one worker does, or the parent takes it back.
struct Claim : Test<Claim, 3> {
    int claims[3] = {};
    bool isRevoked = false;

    void thread(unsigned index) {
        if (index == PARENT) {
            open(1, 10, 0, 2);
            if (procession_revoke(&place, 1)) {
                isRevoked = true;
                open(2, 20, 0, 2);
            }
            uint64_t generation = isRevoked ? 2 : 1, first = isRevoked ? 20 : 10;
            if (comes([&] { return look(first, 0) > 0; }) && isLeft(generation)) {
                RL_ASSERT(look(first, 0) == 2);
                ends++;
            }
            return;
        }
        uint64_t count = procession_opened_count(procession_load_opened(&header));
        if (count > 0) RL_ASSERT(procession_queued_place(&header, queue, count - 1) == 0);
        uint64_t generation = claim(index);
        if (generation == 0) return;
        claims[generation]++;
        RL_ASSERT(chunk.first == generation * 10 && chunk.end == 2);
        map(0);
        map(1);
        procession_leave(&header, &place, generation, chunk.sequence);
    }

    void after() { RL_ASSERT(claims[1] + isRevoked <= 1 && claims[2] <= isRevoked); }
};

// Either the sleeper sees the new count, or the parent sees the sleeper.
struct Sleep : Test<Sleep, 2> {
    bool sleeps = false, isSeen = false;

    void thread(unsigned index) {
        if (index == PARENT) {
            open(1, 10, 0, 2);
            isSeen = procession_is_asleep(&line);
            return;
        }
        uint64_t opened = procession_load_opened(&header);
        if (procession_opened_count(opened) > 0) return;
        procession_fall_asleep(&line);
        sleeps = procession_load_opened(&header) == opened;
    }

    void after() {
        RL_ASSERT(!sleeps || isSeen);
        ends += sleeps;
    }
};

// Either the parent sees the seat free, or who left it sees the new count before it sleeps.
struct Seat : Test<Seat, 2> {
    bool sleeps = false, isSeen = false;

    void thread(unsigned index) {
        if (index == PARENT) {
            open(1, 10, 0, 2);
            isSeen = !procession_is_seat_taken(&result) && procession_is_asleep(&line);
            return;
        }
        if (!procession_take_seat(&result, 1)) return;
        uint64_t opened = procession_load_opened(&header);
        procession_free_seat(&result, 1);
        if (procession_opened_count(opened) > 0) return;
        procession_fall_asleep(&line);
        sleeps = procession_load_opened(&header) == opened;
    }

    void after() {
        RL_ASSERT(!sleeps || isSeen);
        ends += sleeps;
    }
};

// Either the parent sees the chunk left before it sleeps, or its claimer sees the wish to be woken.
template<bool asks> struct Wake : Test<Wake<asks>, 2> {
    bool isSeen = false, rings = true;

    void thread(unsigned index) {
        if (index == PARENT) {
            this->open(1, 10, 0, 2);
            procession_set_wake(&this->header, asks ? 9 : 1);
            isSeen = procession_has_left(&this->place, 1);
            if (isSeen) RL_ASSERT(this->look(10, 0) == (asks ? 1 : 2));
            return;
        }
        if (this->claim(1) == 0) return;
        this->map(0);
        if (asks) {
            rings = procession_ask(&this->header, &this->place, 1);
        } else {
            this->map(1);
            rings = procession_leave(&this->header, &this->place, 1, this->chunk.sequence);
        }
    }

    void after() {
        RL_ASSERT(isSeen || rings);
        ends += isSeen;
    }
};

// A worker that is given room goes on with what the parent wrote; the parent has seen all that it left.
struct Room : Test<Room, 2> {
    void thread(unsigned index) {
        if (index == PARENT) {
            open(1, 10, 0, 1);
            if (!isLeft(1)) return;
            RL_ASSERT(procession_load_once(&place.waits) == 1 && procession_load_once(&place.wanted) == 7);
            RL_ASSERT(look(10, 0) == 1);
            chunk.begin = 1;
            chunk.overflow_count = 9;
            chunk.sequence = 1;
            procession_grant(&chunk, &place, 2, 1, 1);
            look(10, 1);
            if (!isLeft(2)) return;
            RL_ASSERT(look(10, 1) == 2);
            ends++;
            return;
        }
        if (claim(1) == 0) return;
        map(0);
        RL_ASSERT(chunk.overflow_count == 1);
        uint64_t before = procession_load_answer(&chunk);
        procession_store_once(&place.wanted, 7);
        procession_ask(&header, &place, 1);
        uint64_t answer;
        if (!comes([&] { return (answer = procession_load_answer(&chunk)) != before; })) return;
        RL_ASSERT(answer == procession_owner(2, PROCESSION_CLAIMED + 1));
        RL_ASSERT(chunk.begin == 1 && chunk.overflow_count == 9);
        map(1);
        procession_leave(&header, &place, 2, chunk.sequence);
    }
};

// Who claims what a dead worker left half done sees what that has published. The kernel orders a death before its reap.
struct Death : Test<Death, 3> {
    Word death;

    void thread(unsigned index) {
        if (index == PARENT) {
            open(1, 10, 0, 2);
            if (!comes([&] { return __atomic_load_n(&death, __ATOMIC_ACQUIRE); })) return;
            RL_ASSERT(look(10, 0) == 1);
            procession_close(&place, 1);
            open(2, 10, 1, 2);
            return;
        }
        uint64_t generation = claim(index);
        if (generation == 1) {
            map(0);
            __atomic_store_n(&death, 1, __ATOMIC_RELEASE);
        } else if (generation == 2) {
            RL_ASSERT(chunk.begin == 1 && slots[0] == 10);
            map(1);
            ends++;
        }
    }
};

static std::ostream nowhere(nullptr);

template<class Exchange> static bool holds(const char *name, unsigned long iterations, const char *wanted) {
    if (wanted && strcmp(wanted, name) != 0) return true;
    ends = 0;
    rl::test_params parameters;
    parameters.iteration_count = iterations;
    parameters.progress_stream = &nowhere;
    parameters.search_type = rl::random_scheduler_type;
    bool isRight = rl::simulate<Exchange>(parameters);
    printf("%s: %s, %lu to the end\n", name, isRight ? "right" : rl::test_result_str(parameters.test_result), ends);
    isRight = isRight && ends > iterations / 1000;
    return isRight;
}

int main(int count, char **arguments) {
    unsigned long iterations = count > 1 ? strtoul(arguments[1], NULL, 10) : 100000;
    const char *wanted = count > 2 ? arguments[2] : NULL;
    bool isRight = holds<Claim>("Claim", iterations, wanted) & holds<Sleep>("Sleep", iterations, wanted)
        & holds<Seat>("Seat", iterations, wanted) & holds<Wake<false>>("Wake", iterations, wanted)
        & holds<Wake<true>>("Ask", iterations, wanted) & holds<Room>("Room", iterations, wanted)
        & holds<Death>("Death", iterations, wanted);
    return isRight ? 0 : 1;
}

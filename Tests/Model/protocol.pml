/*
 * The protocol in memory as a SPIN model: workers, chunks and deaths, in every order there is.
 *
 * The law is CShims/include/procession_segment.h; what the parent does with it is in Sources/Procession/Engine,
 * and what a worker does in Sources/ProcessionSegment/Worker/WorkerSegments.swift. A step here is one load, one store, one
 * exchange or one system call there, and bears the name of the function that makes it; what no other process can see
 * goes together with the step before. A worker may die between any two steps.
 *
 * Tests/Long/model searches all states and expects:
 *   no record lost        at the end each was taken over by the parent, or has failed
 *   none taken twice      nor taken and failed
 *   none taken unwritten  the parent takes what lies below `done`; those slots are written, and not written again
 *   none run twice        unless its worker has died, or has given its chunk back with all that it had not published
 *   no deadlock           nobody here has a timer, so a wake-up that gets lost ends in one
 *   every run ends        the states form no cycle at all, so not even fairness is asked for
 *   no memory reused      while a worker may read it: it claims for, and calls the function of, no run that has ended
 *   runs keep apart       what is settled is in the books of its run; of a cancelled run nothing is taken, fails or goes
 *                         out again, and no record of the other fails because a worker was killed for that end
 *
 * What is simpler than in the product, and why nothing is lost by it:
 *   - The queue and the hint are one choice: a worker may be led to any place first. Nothing else can come of whatever
 *     they contain; afterwards the worker looks at every owner word.
 *   - A claim's load and its exchange are one step. An exchange that fails although the place is open, because it was
 *     closed and opened again since the load, is followed by a change of `opened`, and the second look sees that.
 *   - `opened` is only ever compared with what it was. In place of its count stands whether what a worker loaded is still
 *     current. The stop bit lies in the same word, so setting it is a change like another.
 *   - Sequences say who wakes the parent: whoever leaves the chunk in the middle of those that are out, or a later one.
 *     Of two that are out, the middle one is the older, so everybody signals. Where there are more, the parent may choose
 *     any here, and whoever leaves another may signal or not.
 *   - A place's generation starts again when its claimer has left: nobody can hold an older one then. `left` is not
 *     cleared by procession_open here, to show that honest workers need no more than the generation.
 *   - Only the last chunk may run out of room, or the LACKING last ones, and each once. Chunks are alike.
 *   - What the parent answers to a worker that waits for room lies in a word of the place and bears the worker's number.
 *     Here each worker has a word of its own, which it clears when it has read it. In the product it compares the word with
 *     what that was before it asked, and takes any change that does not name it for a refusal.
 *   - GIVING_BACK adds what is rare: a record that wants more room than there can be fails, and its worker goes on behind
 *     it; and a worker may leave a chunk for anybody instead of waiting for room. Which records these are is open.
 *   - The parent takes the lowest free place. Places are alike.
 *   - A record over its time limit is a death like any other: the kill may come at any step, and the reap after it.
 *   - Every spawn succeeds. One that fails leaves a seat empty, and the parent's timer wakes the others.
 *
 * SPIN's memory is sequentially consistent: each load sees the last store. Whether the orderings in the header are
 * enough on a real processor is not asked here. ThreadSanitizer asks it (threads.c), and the header gives the reasons.
 *
 * TWO_RUNS has a second run, which begins at any moment: what the first has open then is taken back, and opened again later.
 * CANCELLED ends one of them before its end, at any moment: what is open is taken back, who waits for room is refused, who
 * is at the rest is killed sooner or later, or not at all. A run's memory is reused as soon as it has ended. The parent is
 * one thread here, and what its callers do is in some order; how they wait for each other is in callers.pml. A run that
 * begins or is cancelled ends the parent's sleep. The last chunk is the second run, and goes out before others; the
 * other chunks are the first run.
 *
 * HOLDING is the other kind of worker, the one that runs a filter: it keeps its chunks until `supplied` says that no
 * further one will come. SPINNING lets a worker wait awake before it sleeps, at any time here and not between runs alone:
 * one at a time, and the parent wakes nobody for a single chunk while there is one. WINDOW is a parent that has no memory
 * to spare: it refuses room as long as it may, which is while somebody else can work at the oldest chunk. The names that
 * begin with NO_, and a few more, are mutants: each breaks the protocol in one place, and SPIN must find out.
 * Tests/Long/model knows them all.
 */

#ifndef WORKERS
#define WORKERS 3
#endif
#ifndef CHUNKS
#define CHUNKS 3
#endif
#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef PLACES
#define PLACES 2
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#define RETRIES 1

#define firstRecord(number) ((number) * RECORDS / CHUNKS)
#ifndef LACKING
#define LACKING 1
#endif
#define mayLackRoom(record) ((record) >= firstRecord(CHUNKS - LACKING))

/* Which run a record is of: with TWO_RUNS, the last chunk is another one's. */
#ifdef TWO_RUNS
#define ownChunks (CHUNKS - 1)
#define runOf(record) ((record) >= firstRecord(ownChunks))
#define size(r) ((r) == 0 -> firstRecord(ownChunks) : RECORDS - firstRecord(ownChunks))
#else
#define ownChunks CHUNKS
#define runOf(record) 0
#endif

/* COARSE makes one step of two, where the second is private in effect: a slot and its publication, a look for the
   parent and the bell. And the parent looks at all lines at once. For more workers than `every step` could be tried with. */
#ifdef COARSE
#define STEP ;
#else
#define STEP } atomic {
#endif

/* ---- the input segment: the parent writes -------------------------------------------------------------------- */

typedef Chunk {
    byte begin, end;
    bit lacksRoom; /* not given back yet, and maybe it must be */
    /* The parent's own notes; `generation` is in the owner word too. */
    bit isOut, attempts;
    byte generation;
    byte keeper; /* 1 + the worker that keeps the result of `begin` and waits for room; 0: nobody does */
}
Chunk chunk[PLACES];

#define REFUSED 255
bit isReused[2]; /* the memory of a run that has ended */
byte answer[WORKERS]; /* to a worker that waits for room: the generation it goes on under, or REFUSED. 0: none yet */

bit mustStop;           /* in `opened` */
bit isCurrent[WORKERS]; /* what the worker has loaded of `opened`, and may yet compare with it */
byte wake;              /* 0: the parent is awake */
bit supplied;

/* ---- the result segment: workers write ----------------------------------------------------------------------- */

#define CLOSED 0
#define OPEN 1
#define CLAIMED 2 /* + worker */

typedef Line {
    byte generation, state; /* the owner word, loaded and stored as one */
    byte done;
    bit wanted, waits;
    byte left;
}
Line line[PLACES];
bit asleep[WORKERS];
bit isWritten[RECORDS]; /* the slots */
bit hasRun[RECORDS];    /* the function, for a record that is not settled */
byte spinner;           /* 1 + the worker that spins; 0: nobody */

/* ---- the kernel ---------------------------------------------------------------------------------------------- */

#define EMPTY 0
#define LIVING 1
#define DEAD 2 /* until it is reaped; its handle is readable */
byte seat[WORKERS];
bit sleeps[WORKERS]; /* in FUTEX_WAIT on `opened` */
bit sleepsForRoom[WORKERS]; /* in FUTEX_WAIT on its answer */
bit bell;
chan sigkill[WORKERS + 1] = [0] of { bit }; /* nobody listens at the last one */
byte deaths;

/* ---- the parent's private memory ----------------------------------------------------------------------------- */

bit isSettled[RECORDS]; /* taken, or failed */

typedef Waiting {
    byte end; /* 0: no such chunk */
    bit lacksRoom, attempts;
}
Waiting waiting[RECORDS]; /* chunks to be opened again, by their first record */

#ifdef TWO_RUNS
byte settled[2];     /* records, in the books of their run */
bit isForgotten[2];  /* the run was cancelled */
bit hasBegun;        /* run 1 */
bit isKilled[WORKERS]; /* for the end of a cancelled run */
#define isLost(r) isForgotten[runOf(r)]
#else
#define isLost(r) false
#endif

/* ---- a worker ------------------------------------------------------------------------------------------------ */

#define isClaimer (generation != 0)
#define forgetChunk item = 0; place = 0; generation = 0; keeps = 0
#define runs(r) assert(!isSettled[r] && !hasRun[r] && !isReused[runOf(r)]); hasRun[r] = 1

/* procession_claim */
#define takes(p) line[p].state = CLAIMED + _pid; place = p; item = chunk[p].begin; \
        generation = line[p].generation; isCurrent[_pid] = 0; look = 0; assert(!isReused[runOf(item)]); goto work

#ifdef NO_LOOK_AT_EVERY_PLACE
#define PLACES_TO_LOOK_AT 1
#else
#define PLACES_TO_LOOK_AT PLACES
#endif

/* WorkerSegments.claimNow: where queue and hint lead to, whatever that is, and every owner word one after the other. */
inline claimNow() {
    do
    :: atomic { line[PLACES - 1].state == OPEN -> takes(PLACES - 1) }
    :: atomic { line[look].state == OPEN ->
#ifdef CLAIM_WITHOUT_EXCHANGE
            skip } atomic {
#endif
            takes(look)
        }
    :: atomic { line[look].state != OPEN ->
            look++;
            if
            :: look == PLACES_TO_LOOK_AT -> look = 0; break
            :: else
            fi
        }
    od
}

/* Whether the parent waits for this chunk. One that it has settled since may signal too; it need not. */
#ifndef HOLDING
#define isAwaited (wake != 0 && chunk[place].isOut && line[place].left == generation)
#else
#define isAwaited (wake == place + 1 && chunk[place].isOut && line[place].left == generation)
#endif

/* procession_leave, after its store: a look for the parent, and signalParent. */
inline lookForTheParent() {
    if
    :: atomic { wake != 0 -> forgetChunk
        STEP bell = 1; goto work }
    :: atomic { !isAwaited -> forgetChunk; goto work }
    fi
}

#ifdef HOLDING
#define holdsNone (held[0] == 0 && held[1] == 0 && held[PLACES - 1] == 0)
#define lets(p) held[p] != 0 -> place = p; generation = held[p]; held[p] = 0; line[p].left = generation
#else
#define holdsNone true
#endif

/* The end of a process, by its own choice or not. Nothing is left of its private memory. */
inline exit() {
    forgetChunk; look = 0;
#ifdef HOLDING
    held[0] = 0; held[1] = 0; held[PLACES - 1] = 0; wasSupplied = 0;
#endif
    sleeps[_pid] = 0; sleepsForRoom[_pid] = 0; isCurrent[_pid] = 0; seat[_pid] = DEAD
}

#ifdef TWO_RUNS
#define countDeath deaths = deaths + !isKilled[_pid]
#else
#define countDeath deaths++
#endif

/* One per seat: a process after the other, as long as the parent spawns. */
active [WORKERS] proctype Worker() {
    byte place, generation, item, look;
    bit keeps; /* the result of `item`, for which there was no room */
#ifdef HOLDING
    byte held[PLACES];
    bit wasSupplied;
#endif
end_birth:
    {
        seat[_pid] == LIVING;
work:
        if
        /* The loop over a chunk's records, in Columns.swift and elsewhere; procession_publish. */
#ifndef PUBLISH_BEFORE_WRITE
        :: atomic { isClaimer && keeps -> assert(!isSettled[item] && !isReused[runOf(item)]);
                isWritten[item] = 1; keeps = 0
            STEP item++; line[place].done = item; goto work }
        :: atomic { isClaimer && !keeps && item < chunk[place].end -> runs(item); isWritten[item] = 1
            STEP item++; line[place].done = item; goto work }
#else
        :: atomic { isClaimer && item < chunk[place].end -> line[place].done = item + 1 }
            atomic { assert(!isSettled[item]); isWritten[item] = 1; item++; goto work }
#endif

#ifdef GIVING_BACK
        /* procession_leave, with ClaimedChunk.giveBack: a worker wants to have nothing more to do with a chunk. */
        :: atomic { isClaimer && !keeps && chunk[place].lacksRoom && item < chunk[place].end ->
                runs(item); line[place].wanted = 1; line[place].left = generation }
            lookForTheParent()
#endif
        /* procession_ask, in ClaimedChunk.waitForRoom, where a record's result needs more room than there is. */
        :: atomic { isClaimer && !keeps && chunk[place].lacksRoom && item < chunk[place].end ->
                runs(item); keeps = 1; line[place].waits = 1; line[place].left = generation }
#ifndef NO_RING_FOR_ROOM
            if
            :: atomic { wake != 0 -> skip
                STEP bell = 1 }
            :: atomic { wake == 0 -> skip }
            fi;
#endif
#ifndef GO_ON_WITHOUT_AN_ANSWER
            do
            :: atomic { answer[_pid] == 0 ->
#ifdef NO_COMPARISON
                skip } atomic {
#endif
                    sleepsForRoom[_pid] = 1 } /* The kernel compares and puts to sleep at once. */
                atomic { !sleepsForRoom[_pid] -> skip }
            :: atomic { answer[_pid] != 0 ->
                    if
                    :: answer[_pid] == REFUSED -> forgetChunk
                    :: else ->
                        generation = answer[_pid];
                        /* A record that was too large has failed. */
                        if
                        :: item < chunk[place].begin -> item = chunk[place].begin; keeps = 0
                        :: else -> assert(item == chunk[place].begin)
                        fi
                    fi;
                    answer[_pid] = 0;
                    goto work }
            od
#else
            goto work
#endif
#ifndef HOLDING
        :: atomic { isClaimer && item == chunk[place].end -> line[place].left = generation }
            lookForTheParent()
#else
        /* FilterDesk: a chunk is left when there is nothing more to be had, and all has been supplied. */
        :: atomic { isClaimer && item == chunk[place].end -> held[place] = generation; forgetChunk; goto work }
        :: atomic { !isClaimer && !holdsNone -> wasSupplied = supplied } /* before the last try to claim */
            claimNow();
            if
            :: atomic { wasSupplied -> wasSupplied = 0;
                    if
                    :: lets(0)
                    :: lets(1)
                    :: lets(PLACES - 1)
                    fi }
                lookForTheParent()
            /* It polls. To poll until something has changed is to wait for it. */
            :: atomic { !wasSupplied && (supplied || line[0].state == OPEN || line[1].state == OPEN
                    || line[PLACES - 1].state == OPEN) -> goto work }
            fi
#endif
#ifdef LOOK_FOR_THE_PARENT_FIRST
        :: atomic { isClaimer && item == chunk[place].end && wake == 0 -> skip }
            atomic { line[place].left = generation; forgetChunk; goto work }
#endif

        /* WorkerSegments.claim: procession_load_opened, procession_must_stop */
        :: atomic { !isClaimer && holdsNone && !mustStop -> isCurrent[_pid] = 1 }
            claimNow();
#ifdef NEVER_SLEEPS
            goto work;
#endif
#ifdef SPINNING
            /* WorkerSegments.changesSoon: until `opened` has changed, or for as long as it likes. */
            if
            :: atomic { spinner == 0 -> spinner = _pid + 1 } /* procession_take_seat */
                if
                :: atomic { !isCurrent[_pid] -> skip }
                    atomic { spinner = 0; goto work } /* procession_free_seat */
                :: atomic { spinner = 0 }
                fi
            :: atomic { spinner != 0 -> skip }
            fi;
#endif
#ifndef NO_FALLING_ASLEEP
            asleep[_pid] = 1; /* procession_fall_asleep */
#endif
            atomic { /* The second look, and the third, which the kernel makes in Futex.wait. */
                if
#ifndef NO_SECOND_LOOK
                :: isCurrent[_pid] -> sleeps[_pid] = 1
                :: else
#else
                :: sleeps[_pid] = 1
#endif
                fi;
                isCurrent[_pid] = 0
            }
            atomic { !sleeps[_pid] -> asleep[_pid] = 0; goto work } /* procession_wake_up */
        :: atomic { !isClaimer && holdsNone && mustStop -> exit(); goto end_birth }
        fi
    } unless {
        atomic { sigkill[_pid]?true -> countDeath; exit(); goto end_birth }
    }
}

/* ---- the parent ---------------------------------------------------------------------------------------------- */

/* In the books of its run. */
#ifndef TWO_RUNS
#define enter(r) skip
#elif defined(OTHERS_BOOKS)
#define enter(r) settled[1 - runOf(r)]++
#else
#define enter(r) settled[runOf(r)]++
#endif

inline take(r) {
    assert(!isSettled[r] && isWritten[r] && !isLost(r));
    enter(r);
    isSettled[r] = 1;
    isWritten[r] = 0; hasRun[r] = 0 /* nobody looks at them again; this spares states */
}

inline fail(r) {
    assert(!isSettled[r] && !isLost(r));
    enter(r);
    isSettled[r] = 1;
    isWritten[r] = 0; hasRun[r] = 0
}

inline await(first, last, isShort, tries) {
    assert(waiting[first].end == 0);
    waiting[first].end = last;
    waiting[first].lacksRoom = isShort;
    waiting[first].attempts = tries
}

/* The look at a place that nobody writes to any more, and what is published there. */
inline takePublished(p) {
    done = line[p].done; /* procession_load_done */
    assert(chunk[p].begin <= done && done <= chunk[p].end);
    record = chunk[p].begin;
    do
    :: record < done -> take(record); record++
    :: else -> break
    od;
    tries = (done == chunk[p].begin -> chunk[p].attempts : 0)
}

inline forgetRuns(first, last) {
    record = first;
    do
    :: record < last -> hasRun[record] = 0; record++
    :: else -> break
    od
}

/* Nothing of a cancelled run is taken, or fails, or goes out again. */
inline drop(p, hasDied) {
    record = chunk[p].begin;
    do
    :: record < chunk[p].end -> hasRun[record] = 0; isWritten[record] = 0; record++
    :: else -> break
    od;
    record = 0;
    close(p, hasDied)
}

/* procession_refuse, and Futex.wake */
inline refuse(worker) { answer[worker] = REFUSED; sleepsForRoom[worker] = 0 }

#ifdef TWO_RUNS
#define isBlameless(p) (line[p].state >= CLAIMED && isKilled[line[p].state - CLAIMED])
#else
#define isBlameless(p) false
#endif

/* PlaceTable.vacate, and Supervisor.settle. */
inline settle(p, hasDied) {
    if
    :: isLost(chunk[p].begin) -> drop(p, hasDied)
    :: else -> keep(p, hasDied)
    fi
}

inline keep(p, hasDied) {
    takePublished(p);
    forgetRuns(done, chunk[p].end);
    if
    :: done == chunk[p].end
#ifndef BLAME_FOR_ANOTHERS_KILL
    :: done < chunk[p].end && hasDied && isBlameless(p) -> await(done, chunk[p].end, mayLackRoom(done), tries)
    :: done < chunk[p].end && hasDied && !isBlameless(p) ->
#else
    :: done < chunk[p].end && hasDied ->
#endif
        /* The record that its worker died on goes out alone, or has failed; the others go on. */
        if
        :: tries + 1 > RETRIES -> assert(deaths > RETRIES); fail(done)
        :: else -> await(done, done + 1, mayLackRoom(done), tries + 1)
        fi;
        if
        :: done + 1 < chunk[p].end -> await(done + 1, chunk[p].end, mayLackRoom(done + 1), 0)
        :: else
        fi
    :: done < chunk[p].end && !hasDied ->
        assert(line[p].wanted);
        await(done, chunk[p].end, 0, tries)
    fi;
    close(p, hasDied);
    done = 0; record = 0; tries = 0
}

inline close(p, hasDied) {
    chunk[p].isOut = 0; chunk[p].begin = 0; chunk[p].end = 0; chunk[p].lacksRoom = 0; chunk[p].attempts = 0;
    chunk[p].keeper = 0;
    line[p].state = CLOSED; line[p].generation = chunk[p].generation; /* procession_close */
    line[p].done = 0; line[p].wanted = 0; line[p].waits = 0; /* procession_open does that; to do it now spares states */
#ifndef NO_GENERATION
    if
    :: !hasDied -> line[p].generation = 0; line[p].left = 0; chunk[p].generation = 0
    :: else
    fi
#else
    skip
#endif
}

/* Supervisor.park: the claimer keeps the result of the record at `done` and waits for room. */
inline park(p) {
#ifndef GRANT_BEFORE_SETTLING
    takePublished(p);
    chunk[p].attempts = tries;
#else
    done = line[p].done;
#endif
    chunk[p].begin = done;
    chunk[p].lacksRoom = 0;
#ifdef OPEN_FOR_ANYBODY
    await(done, chunk[p].end, 0, tries);
    close(p, 0);
#else
    chunk[p].isOut = 0;
    chunk[p].keeper = line[p].state - CLAIMED + 1;
    line[p].waits = 0; /* under its generation it is true no more; to clear it now spares states */
#endif
    done = 0; record = 0; tries = 0
}

/* Supervisor.collect. Each look at `left` is a step, and what follows from it is private. */
inline collect() {
    do
    :: atomic {
            if
            :: chunk[at].isOut && line[at].left == chunk[at].generation && !line[at].waits ->
                d_step { settle(at, 0); found = 1 }
            :: chunk[at].isOut && line[at].left == chunk[at].generation && line[at].waits && !isLost(chunk[at].begin) ->
                d_step { park(at); found = 1 }
            :: chunk[at].isOut && line[at].left == chunk[at].generation && line[at].waits && isLost(chunk[at].begin) ->
                d_step { refuse(line[at].state - CLAIMED); drop(at, 0); found = 1 }
            :: else
            fi;
            at++;
            if
            :: at == PLACES -> at = 0; break
            :: else
            fi
        }
    od
}

/* Whether no record before those of a place's chunk is left to be settled. */
#define isHead(p) ((chunk[p].begin < 1 || isSettled[0]) && (chunk[p].begin < 2 || isSettled[1]) && \
        (chunk[p].begin < 3 || isSettled[2]))
#define keepers ((chunk[0].keeper != 0) + (chunk[1].keeper != 0) + (PLACES > 2 && chunk[PLACES - 1].keeper != 0))
#define holds(w, p) (chunk[p].isOut && isHead(p) && line[p].state == CLAIMED + w)
#define holdsTheHead(w) (holds(w, 0) || holds(w, 1) || holds(w, PLACES - 1))

/* Supervisor.isUrgent: nobody else can work at the oldest chunk. */
#ifdef WINDOW
#ifndef NO_ROOM_WHEN_ALL_WAIT
#define allWait (keepers == WORKERS)
#else
#define allWait false
#endif
#ifdef NO_ROOM_FOR_WHO_HOLDS_THE_HEAD
#define mayGrow(p) (isHead(p) || allWait)
#else
#define mayGrow(p) (isHead(p) || allWait || holdsTheHead(chunk[p].keeper - 1))
#endif
#else
#define mayGrow(p) true
#endif

/* Supervisor.grantRoom: the waiter goes on under a new generation, or finds itself refused. */
inline grantRoom() {
    do
    :: atomic { chunk[at].keeper != 0 && mayGrow(at) ->
#ifdef GIVING_BACK
            if
            :: true
            :: fail(chunk[at].begin) -> chunk[at].begin++; chunk[at].attempts = 0 /* RecordFailure.Cause.tooLarge */
            fi;
#endif
            who = chunk[at].keeper - 1;
            if
            :: chunk[at].begin == chunk[at].end -> close(at, 0); answer[who] = REFUSED
            :: else -> /* ParentSegments.grant */
                chunk[at].keeper = 0; chunk[at].isOut = 1;
#ifndef GRANT_UNDER_THE_OLD_GENERATION
                chunk[at].generation++;
#endif
                line[at].done = chunk[at].begin;
                line[at].state = CLAIMED + who; line[at].generation = chunk[at].generation;
                answer[who] = chunk[at].generation
            fi }
        atomic { sleepsForRoom[who] = 0; who = 0 } /* Futex.wake */
    :: atomic { chunk[at].keeper == 0 || !mayGrow(at) ->
            at++;
            if
            :: at == PLACES -> at = 0; break
            :: else
            fi }
    od
}

/* The chunk of run 1, before all others, so that it has the place of what was taken back. */
#define hasSecond (hasBegun && !isOpened && !isForgotten[1])

/* What must go out next, into record ..< done: what waits, lowest records first, or else a fresh chunk. */
inline chooseChunk() {
#ifdef TWO_RUNS
    if
    :: hasSecond -> record = firstRecord(ownChunks); done = RECORDS; chunk[at].lacksRoom = mayLackRoom(record); isOpened = 1
    :: else -> chooseOldest()
    fi
}

inline chooseOldest() {
#endif
    do
    :: record < RECORDS && waiting[record].end == 0 -> record++
    :: else -> break
    od;
    if
    :: record < RECORDS ->
        done = waiting[record].end;
        chunk[at].lacksRoom = waiting[record].lacksRoom;
        chunk[at].attempts = waiting[record].attempts;
        waiting[record].end = 0; waiting[record].lacksRoom = 0; waiting[record].attempts = 0
    :: record == RECORDS && fresh < ownChunks ->
        record = firstRecord(fresh);
        chunk[at].lacksRoom = mayLackRoom(record);
        fresh++;
        done = firstRecord(fresh)
    :: else
#ifndef NO_SUPPLIED
        -> supplied = 1 /* procession_set_supplied */
#endif
    fi
}

/* ParentSegments.open, up to the store that publishes it all: the descriptor, the line's words, the owner word. */
inline open() {
    do
    :: at < PLACES && (chunk[at].isOut || chunk[at].keeper != 0) -> at++
    :: else -> break
    od;
    if
    :: at < PLACES -> chooseChunk()
    :: else
    fi;
    if
    :: done != 0 ->
#ifndef NO_GENERATION
        chunk[at].generation++;
#else
        chunk[at].generation = 1;
#endif
        chunk[at].isOut = 1;
        chunk[at].begin = record; chunk[at].end = done;
        line[at].done = record;
        line[at].state = OPEN; line[at].generation = chunk[at].generation; /* procession_open */
        count++;
        isOpening = 1
    :: else -> isOpening = 0
    fi;
    at = 0; record = 0; done = 0
}

/* For something to be done to or asked of every worker. */
#define LAST (WORKERS - 1)
#define MIDDLE (WORKERS / 2)

/* A store to `opened`: procession_announce, procession_set_stop. */
inline change() {
    isCurrent[0] = 0; isCurrent[MIDDLE] = 0; isCurrent[LAST] = 0
}

/* Supervisor.refill */
inline refill() {
    do
    :: atomic {
            d_step { open() }
            if
            :: !isOpening -> break
            :: else
            fi
        }
        d_step { change() }
    od
}

/* ParentSegments.wakeSleepers, its look at every line, in any order; procession_is_asleep. */
inline lookForSleepers() {
#ifdef COARSE
    sleepers = asleep[0] + (WORKERS > 1) * asleep[LAST] + (WORKERS > 2) * asleep[MIDDLE]
#else
    do
    :: atomic { !looked[0] -> sleepers = sleepers + asleep[0]; looked[0] = 1 }
    :: atomic { !looked[MIDDLE] -> sleepers = sleepers + asleep[MIDDLE]; looked[MIDDLE] = 1 }
    :: atomic { !looked[LAST] -> sleepers = sleepers + asleep[LAST]; looked[LAST] = 1 }
    :: atomic { looked[0] && looked[MIDDLE] && looked[LAST] ->
            looked[0] = 0; looked[MIDDLE] = 0; looked[LAST] = 0; break
        }
    od
#endif
}

/* ParentSegments.wakeSleepers, its Futex.wake: as many as are asleep and wanted. The kernel may choose any. */
inline wakeSleepers() {
    atomic {
        sleepers = (sleepers < count -> sleepers : count);
        do
        :: sleepers > 0 && sleeps[0] -> sleeps[0] = 0; sleepers--
        :: sleepers > 0 && sleeps[MIDDLE] -> sleeps[MIDDLE] = 0; sleepers--
        :: sleepers > 0 && sleeps[LAST] -> sleeps[LAST] = 0; sleepers--
        :: else -> break
        od;
        sleepers = 0; count = 0
    }
}

#define someoneIsDead (seat[0] == DEAD || seat[MIDDLE] == DEAD || seat[LAST] == DEAD)
#define allAreReaped (seat[0] == EMPTY && seat[MIDDLE] == EMPTY && seat[LAST] == EMPTY)

/* WorkerRoster.reap */
inline reap() {
    do
    :: who < WORKERS ->
        if
        :: seat[who] == DEAD -> seat[who] = EMPTY
        :: else
        fi;
        who++
    :: else -> break
    od;
    who = 0
}

#ifdef TWO_RUNS
#define clearKill(worker) isKilled[worker] = 0
#else
#define clearKill(worker) skip
#endif

/* WorkerRoster.fill: the lines of the dead are reset before others are spawned in their place. */
inline fill() {
    do
    :: who < WORKERS ->
        if
        :: seat[who] == EMPTY -> clearKill(who); asleep[who] = 0; answer[who] = 0; seat[who] = LIVING;
#ifndef NO_END_OF_A_DEAD_SPINNER
            spinner = (spinner == who + 1 -> 0 : spinner)
#endif
        :: else
        fi;
        who++
    :: else -> break
    od;
    who = 0
}

/* PlaceReport.claimer */
#define isClaimed(p) (chunk[p].isOut && line[p].state >= CLAIMED && line[p].generation == chunk[p].generation)

/* Supervisor.buryDead, after the reap and `collect`: what the dead had claimed and not left. */
inline buryDead() {
    do
    :: at < PLACES ->
        if
        :: isClaimed(at) && seat[line[at].state - CLAIMED] == EMPTY -> settle(at, 1)
#ifndef LOST_WITH_THE_WAITER
        :: chunk[at].keeper != 0 && seat[chunk[at].keeper - 1] == EMPTY -> settle(at, 1)
#endif
        :: else
        fi;
        at++
    :: else -> break
    od;
    at = 0;
    fill()
}

#ifdef TWO_RUNS
#define isOf(p, r) ((chunk[p].isOut || chunk[p].keeper != 0) && runOf(chunk[p].begin) == (r))
#define holdsAny(r) (isOf(0, r) || isOf(1, r) || isOf(PLACES - 1, r))
#ifdef ENDED_WHILE_PARKED
#define isHeld(r) (isOf(0, r) && chunk[0].isOut || isOf(1, r) && chunk[1].isOut)
#else
#define isHeld(r) holdsAny(r)
#endif

/* A run that has ended: what lies where its function was is something else's. */
inline endRun(r) {
    if
    :: !isReused[r] && (isForgotten[r] && !isHeld(r) || settled[r] == size(r)) ->
#ifndef ENDED_WHILE_PARKED
        assert(!holdsAny(r));
#endif
        isReused[r] = 1
    :: else
    fi
}

/* Takes a run's open places back: PlaceTable.revoke, one exchange each. */
#define isOpen(p) (isOf(p, lent) && line[p].state == OPEN)
inline takeBack(p) {
#ifndef PREEMPTED_AND_FORGOTTEN
    if
    :: !isForgotten[lent] -> await(chunk[p].begin, chunk[p].end, chunk[p].lacksRoom, chunk[p].attempts)
    :: else
    fi;
#endif
    close(p, 0)
}
inline revokeAll() {
    do
    :: atomic { isOpen(at) ->
#ifdef REVOKE_WITHOUT_EXCHANGE
            skip } atomic {
#endif
            d_step { takeBack(at); at++ }
            if
            :: at == PLACES -> at = 0; break
            :: else
            fi }
    :: atomic { !isOpen(at) ->
            at++;
            if
            :: at == PLACES -> at = 0; break
            :: else
            fi }
    od
}

/* Supervisor.forget, up to the revokes. */
inline forget(r) {
    isForgotten[r] = 1;
    lent = r;
    fresh = (r == 0 -> ownChunks : fresh);
    do
    :: record < RECORDS && runOf(record) == r ->
        waiting[record].end = 0; waiting[record].lacksRoom = 0; waiting[record].attempts = 0; record++
    :: record < RECORDS && runOf(record) != r -> record++
    :: else -> break
    od;
    record = 0;
#ifndef ENDED_WHILE_PARKED
    dismiss(0, r); dismiss(1, r);
    if
    :: PLACES > 2 -> dismiss(PLACES - 1, r)
    :: else
    fi;
#else
    endRun(r);
#endif
#ifdef REUSED_BEFORE_THE_CLAIMERS_HAVE_LEFT
    isReused[r] = 1;
#endif
    skip
}
inline dismiss(p, r) {
    if
    :: isOf(p, r) && chunk[p].keeper != 0 -> refuse(chunk[p].keeper - 1); drop(p, 0)
    :: else
    fi
}

#ifdef CANCELLED
#define mayForget(r) (!isForgotten[0] && !isForgotten[1] && !isReused[r])
#else
#define mayForget(r) false
#endif
#define isToDie(p) (isClaimed(p) && isForgotten[runOf(chunk[p].begin)])
#endif

/* Supervisor.run with step and wait, and without the timer; then WorkerRoster.disband, without its deadline. */
active proctype Parent() {
    byte at, record, done, tries, fresh, count, who, sleepers;
    bit found, isOpening;
    bit looked[WORKERS];
#ifdef TWO_RUNS
    bit isOpened, lent;
#endif

    d_step { fill() }
again:
    collect();
#ifdef TWO_RUNS
    atomic { endRun(0); endRun(1) }
    if
    :: atomic { !hasBegun -> goto begin }
    :: atomic { mayForget(0) -> goto cancel }
    :: atomic { hasBegun && mayForget(1) -> lent = 1; goto cancel }
    /* Supervisor.killClaimers: who is named by a place, and works at another one's record by now, maybe */
    :: atomic { isToDie(0) && !isKilled[line[0].state - CLAIMED] -> who = line[0].state - CLAIMED + 1; goto kill }
    :: atomic { isToDie(1) && !isKilled[line[1].state - CLAIMED] -> who = line[1].state - CLAIMED + 1; goto kill }
    :: true
    fi;
go:
#endif
    grantRoom();
#ifdef LOOK_FOR_SLEEPERS_FIRST
    lookForSleepers();
#endif
    refill();
    atomic {
        found = 0;
        if
        :: count > 0
        :: count == 0 && (chunk[0].isOut || chunk[1].isOut || chunk[PLACES - 1].isOut || keepers != 0) -> goto wait
#ifdef TWO_RUNS
        :: count == 0 && !chunk[0].isOut && !chunk[1].isOut && !chunk[PLACES - 1].isOut && keepers == 0 && !hasBegun ->
            goto begin
#endif
        :: else -> goto over
        fi
    }
#ifdef SPINNING
    if
    :: atomic { count == 1 && spinner != 0 -> count = 0; goto again } /* procession_is_seat_taken */
    :: atomic { count != 1 || spinner == 0 -> skip }
    fi;
#endif
#ifndef LOOK_FOR_SLEEPERS_FIRST
    lookForSleepers();
#endif
    wakeSleepers();
    goto again;

wait:
#ifndef HOLDING
    wake = 1; /* procession_set_wake */
#else
    if
    :: atomic { chunk[0].isOut -> wake = 1 }
    :: atomic { chunk[1].isOut -> wake = 2 }
    :: atomic { chunk[PLACES - 1].isOut -> wake = PLACES }
    fi;
#endif
#ifndef NO_SECOND_COLLECT
    collect();
#endif
    if
    :: atomic { found -> found = 0; wake = 0; goto again }
    /* poll: the bell, and the handles of the workers */
    :: atomic { !found && bell && !someoneIsDead -> bell = 0; wake = 0; goto again }
    :: atomic { !found && someoneIsDead -> bell = 0; d_step { reap() } }
#ifdef TWO_RUNS
    /* Other callers may come. */
    :: atomic { !found && !hasBegun -> wake = 0; goto begin }
    :: atomic { !found && mayForget(0) -> wake = 0; goto cancel }
    :: atomic { !found && hasBegun && mayForget(1) -> wake = 0; lent = 1; goto cancel }
#endif
#ifdef REOPEN_BEFORE_REAP
    :: atomic { !found && isClaimed(0) -> d_step { settle(0, 1) } wake = 0; goto again } /* killed, and not yet dead */
#endif
    fi;
    collect();
    atomic { found = 0; d_step { buryDead() } }
    atomic { wake = 0; goto again }

#ifdef TWO_RUNS
begin: /* Supervisor.makeWay: what run 0 has open is taken back, to be opened later. */
    atomic { hasBegun = 1; lent = 0 }
    revokeAll();
    goto go;
cancel:
    atomic { forget(lent) }
    revokeAll();
    atomic { lent = 0; goto go }
kill:
    if
    :: atomic { seat[who - 1] == LIVING -> isKilled[who - 1] = 1; sigkill[who - 1]!true }
    :: atomic { seat[who - 1] != LIVING -> skip }
    fi;
    atomic { who = 0; goto go }
#endif

over:
    atomic { /* procession_set_stop */
        mustStop = 1;
#ifndef NO_NEWS_OF_THE_STOP
        change()
#endif
    }
    d_step { sleeps[0] = 0; sleeps[MIDDLE] = 0; sleeps[LAST] = 0 } /* Futex.wake */
    do
    :: atomic { someoneIsDead -> d_step { reap() } }
    :: atomic { allAreReaped -> break }
    od;
    for (record : 0 .. RECORDS - 1) { assert(isSettled[record] || isLost(record)) }
}

/* ---- dying --------------------------------------------------------------------------------------------------- */

/*
 * SIGKILL, from wherever it comes, at any time. To anybody: but seats are alike, so whoever dies first may be called 0,
 * and whoever of the others dies next, 1.
 */
#define mayDie (deaths < DEATHS && seat[0] == LIVING)
#define anotherMayDie (deaths == 1 && DEATHS == 2 && seat[1] == LIVING)

active proctype Fate() {
end_idle:
    do
    :: sigkill[(mayDie -> 0 : WORKERS)]!true
    :: sigkill[(anotherMayDie -> 1 : WORKERS)]!true
    od
}

/*
 * The parent's threads as a SPIN model: callers that each step a run of their own, in every order there is.
 *
 * protocol.pml has one thread for the parent, and asks what becomes of records. Here the parent's threads share the
 * places, the wish to be woken, one bell and the handles of the workers, under one lock. Asked is whether each that sleeps
 * is woken: Sources/Procession/Engine, whose functions' names the steps bear.
 *
 * Tests/Long/model searches all states and expects:
 *   no deadlock           nobody here has a timer, so that a caller that is not woken is one
 *   none lost             each chunk of a run is still to be opened, or in a place, or settled, once, in that run's books
 *   one watcher           at most one caller sleeps for all
 *   nobody held up        one of the runs, the *laggard*, may have a chunk at which a worker works until all other runs
 *                         have ended, its caller may do as long what is its own, and so may its input take. The
 *                         others must end without them
 *   every run ends        the states form no cycle
 *
 * What is simpler than in the product, and why nothing is lost by it:
 *   - A worker claims any open chunk. How it finds one, and how it sleeps until there is one, is in protocol.pml.
 *   - A chunk is a number in its run's books: which records it has, and what is published of it, is in protocol.pml too.
 *   - A place has no generation: its claimer says `left` once, and nothing after that.
 *   - With the lock, a step is what workers can see or change: a look at a place, the wish, an owner word, the bell. What
 *     only callers can see goes together with the step before.
 *   - A handle that was reaped says nothing any more to who sleeps with it, though in truth it may. Nor is it anybody else's.
 *   - No caller that sits is woken for no reason. One that is takes a step, as after news.
 *   - The lock is let go for the source in the middle of a step only where that may matter: with INPUT and CANCELLED.
 *   - Every spawn succeeds.
 *
 * ROOM lets a worker ask for room, which its run's caller gives it, or anybody where all workers wait. CANCELLED lets a run
 * end before its end: what is open is taken back, and who is at the rest is killed, or awaited. MAKING_WAY lets the caller
 * of a run that begins take back what others have open, but for their oldest chunks. INPUT lets run 0 wait for something
 * from outside. DRIVEN lets one caller, the driver, step runs 0 and 1, of which somebody hands it the second at any time. The
 * other names are mutants, as in protocol.pml: Tests/Long/model knows them all.
 */

#ifndef CALLERS
#define CALLERS 3
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PLACES
#define PLACES 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
/* How many chunks the runs have. */
#ifndef FIRST
#define FIRST 2
#endif
#ifndef SECOND
#define SECOND 1
#endif
#ifndef THIRD
#define THIRD 1
#endif
#if FIRST == SECOND && SECOND == THIRD && !defined(INPUT) && !defined(DRIVEN)
#define ALIKE true /* so that they may be numbered as they begin */
#else
#define ALIKE false
#endif
#define total(r) ((r) == 0 -> FIRST : ((r) == 1 -> SECOND : THIRD))

/* ---- what workers see or write ------------------------------------------------------------------------------- */

#define CLOSED 0
#define OPEN 1
#define CLAIMED 2 /* + worker */
byte owner[PLACES];
bit left[PLACES], asks[PLACES];
byte wake; /* 0: nobody wishes to be woken; s + 1: from the chunk with sequence s on */
bit bell;
bit isGranted[WORKERS];

#define LIVING 0
#define DEAD 1
#define REAPED 2
byte seat[WORKERS];
chan sigkill[WORKERS + 1] = [0] of { bit }; /* nobody listens at the last one */
byte deaths;

/* ---- what callers share, under the lock ---------------------------------------------------------------------- */

bit isLocked;
byte watcher; /* 1 + a caller, which has the number of its run */
#ifdef DRIVEN
#define caller(r) ((r) == 1 -> 0 : (r))
bit isHandedOver, isKnown, isCalled; /* Driver.Desk, Caller.isCalled */
#else
#define caller(r) (r)
#endif

typedef Place {
    byte holder;   /* 1 + the run whose chunk it holds; 0: it is free */
    byte sequence;
    byte keeper;   /* 1 + the worker that waits there for room */
}
Place place[PLACES];
byte sequence;

typedef Run {
    byte unopened, settled;
    bit hasBegun, hasEnded, isForgotten;
    bit hasNews, isSitting, isWoken, isAppointed, wantsPlace;
}
Run runs[CALLERS];

bit isWatched[WORKERS]; /* its handle is among those that the watcher sleeps with */
bit isInputThere;
bit wasCancelled;
bit hasAsked[WORKERS];

/* ---- the laggard --------------------------------------------------------------------------------------------- */

byte laggard; /* 1 + a run; 0: not chosen yet */
/* Workers that are at chunks of the laggard for as long as they like: not all of them, and not while others wait for room,
   because these may wait for the laggard's caller then. */
byte slow;
#define hasEnded(r) ((r) >= CALLERS || (r) == laggard - 1 || runs[(r) % CALLERS].hasEnded)
#define othersHaveEnded (hasEnded(0) && hasEnded(1) && hasEnded(2))
#define mayLag(r) (laggard == 0 || laggard == (r) + 1)

/* ---- a worker ------------------------------------------------------------------------------------------------ */

inline exit() {
    at = 0; mine = 0; wasSlow = 0; isGranted[_pid] = 0; seat[_pid] = DEAD
}

#define keepers ((place[0].keeper != 0) + (place[1].keeper != 0) + (PLACES > 2 && place[PLACES - 1].keeper != 0))
#define someoneAsks (asks[0] || asks[1] || asks[PLACES - 1] || keepers != 0)
#define mayClaim(p) (seat[_pid] == LIVING && owner[p] == OPEN)
#define claim(p) owner[p] = CLAIMED + _pid; at = p
#define leave() mine = place[at].sequence + 1; left[at] = 1; at = 0; wasSlow = 0

active [WORKERS] proctype Worker() {
    byte at, mine; /* the sequence of its chunk, and 1 */
    bit wasSlow;
end_claim:
    {
        if
        :: atomic { mayClaim(0) -> claim(0) }
        :: atomic { mayClaim(1) -> claim(1) }
        :: atomic { mayClaim(PLACES - 1) -> claim(PLACES - 1) }
        fi;
work:
        if
        :: atomic { leave() } /* procession_leave */
        :: atomic { slow < WORKERS - 1 && !someoneAsks && mayLag(place[at].holder - 1) ->
                laggard = place[at].holder; slow++; wasSlow = 1 }
            atomic { othersHaveEnded -> slow--; leave() }
#ifdef ROOM
        :: atomic { !hasAsked[_pid] && slow == 0 -> hasAsked[_pid] = 1; asks[at] = 1; left[at] = 1 } /* procession_ask */
            if
            :: atomic { wake != 0 -> skip }
                bell = 1
            :: atomic { wake == 0 -> skip }
            fi;
            atomic { isGranted[_pid] -> isGranted[_pid] = 0;
                if
                :: owner[at] == CLAIMED + _pid -> goto work
                :: else -> at = 0; goto end_claim /* refused */
                fi }
#endif
        fi;
        if
        :: atomic { wake != 0 && mine >= wake -> mine = 0 }
            atomic { bell = 1; goto end_claim }
        :: atomic { wake == 0 || mine < wake -> mine = 0; goto end_claim }
        fi
    } unless {
        atomic { sigkill[_pid]?true -> deaths++; slow = slow - wasSlow; exit(); goto end_claim }
    }
}

/* ---- the lock, news and the wish ----------------------------------------------------------------------------- */

/* All in it goes with the step before or after: `locks` begins one, `unlock` ends one. */
#define locks !isLocked -> isLocked = 1
#define unlock check(); isLocked = 0

#define isOut(p, r) (place[p].holder == (r) + 1)
#define out(r) (isOut(0, r) + isOut(1, r) + (PLACES > 2 && isOut(PLACES - 1, r)))
#define isRight(r) (runs[r].isForgotten || !runs[r].hasBegun || runs[r].unopened + out(r) + runs[r].settled == total(r))
#define check() assert(isRight(0) && isRight(CALLERS / 2) && isRight(CALLERS - 1))

/* Supervisor.note */
inline note(r) {
    runs[r].hasNews = 1;
#ifndef NEWS_WITHOUT_WAKING
    if
    :: runs[caller(r)].isSitting -> runs[caller(r)].isWoken = 1
    :: else
    fi;
#endif
#ifndef NEWS_WITHOUT_THE_BELL
    if
    :: watcher == caller(r) + 1 && caller(r) != caller(me) -> bell = 1
    :: else
    fi
#endif
}

/* Caller.isWanted */
#if defined(DRIVEN) && !defined(NEWS_OF_THE_LAST_RUN)
#define isWanted(r) ((r) < 2 && (runs[0].hasNews || runs[1].hasNews || isCalled) || runs[r].hasNews)
#elif defined(DRIVEN)
#define isWanted(r) (runs[r].hasNews || (r) < 2 && isCalled)
#else
#define isWanted(r) runs[r].hasNews
#endif

#ifdef NO_OFFER_OF_PLACES
#define wants(r) false
#else
#define wants(r) runs[r].wantsPlace
#endif

/* Supervisor.offerPlaces */
inline offerPlaces() {
    who = 0;
    do
    :: who < CALLERS && wants(who) -> note(who); who++
    :: who < CALLERS && !wants(who) -> who++
    :: else -> break
    od;
    who = 0
}

#ifdef WISH_OF_THE_MIDDLE_ALONE
#define someoneWantsAPlace false
#else
#define waitsForAPlace(r) (runs[r].wantsPlace && out(r) == 0)
#define someoneWantsAPlace (waitsForAPlace(0) || waitsForAPlace(CALLERS / 2) || waitsForAPlace(CALLERS - 1))
#endif

/* Whether workers are at it, or may begin, and it says from when on its run wants to be woken: the middle one of that
   run's, or of two the older; and each where a run wants a place. */
#define isAt(p) (place[p].holder != 0 && place[p].keeper == 0)
#define isBefore(p, q) (isAt(q) && place[q].holder == place[p].holder && place[q].sequence < place[p].sequence)
#define isBehind(p, q) (isAt(q) && place[q].holder == place[p].holder && place[q].sequence > place[p].sequence)
#define before(p) (isBefore(p, 0) + isBefore(p, 1) + (PLACES > 2 && isBefore(p, PLACES - 1)))
#define behind(p) (isBehind(p, 0) + isBehind(p, 1) + (PLACES > 2 && isBehind(p, PLACES - 1)))
#define isMiddle(p) (before(p) == (before(p) + behind(p)) / 2)
#ifndef GREATEST_WISH
#define isEarlier(p) (wish == 0 || place[p].sequence + 1 < wish)
#else
#define isEarlier(p) (place[p].sequence + 1 > wish)
#endif
inline consider(p) {
    if
    :: isAt(p) && (isMiddle(p) || someoneWantsAPlace) && isEarlier(p) -> wish = place[p].sequence + 1
    :: else
    fi
}

/* Supervisor.makeWish: procession_set_wake */
inline makeWish() {
    d_step { consider(0); consider(1); consider(PLACES - 1); wake = wish; wish = 0 }
}

/* ---- collect ------------------------------------------------------------------------------------------------- */

inline close(p) {
    place[p].holder = 0; place[p].sequence = 0; place[p].keeper = 0; owner[p] = CLOSED; left[p] = 0; asks[p] = 0
}

/* The claimer of a place has left it. */
inline settle(p) {
    whose = place[p].holder - 1;
    if
    :: asks[p] && !runs[whose].isForgotten -> /* Supervisor.park */
        place[p].keeper = owner[p] - CLAIMED + 1; left[p] = 0; asks[p] = 0
    :: else ->
        if
        :: asks[p] -> isGranted[owner[p] - CLAIMED] = 1 /* procession_refuse */
        :: else
        fi;
#ifndef BOOKS_OF_WHO_LOOKS
        runs[whose].settled++;
#else
        runs[me].settled++;
#endif
        close(p)
    fi;
    note(whose);
    whose = 0
}

inline lookAt(p) {
    if
    :: isAt(p) && left[p] -> settle(p); found = 1
    :: else
    fi
}
inline tellOfPlaces() {
    if
    :: found -> offerPlaces(); found = 0
    :: else
    fi
}

/* Supervisor.collect, in an atomic sequence. Each look at `left` is a step, unless the model is COARSE. */
#ifdef COARSE
#define STEP ;
#else
#define STEP } atomic {
#endif
#if PLACES > 2
#define collect() d_step { lookAt(0) } STEP d_step { lookAt(1) } STEP d_step { lookAt(2); tellOfPlaces() }
#else
#define collect() d_step { lookAt(0) } STEP d_step { lookAt(1); tellOfPlaces() }
#endif

/* Supervisor.watchAnew, up to its collect: whether others sleep, with a wish for what was out before. Who opens something
   says so, and who sits down says so; either would do. */
#ifndef NO_RENEWED_WISH
#define isToWatchAnew (watcher != 0)
#else
#define isToWatchAnew false
#endif

/* ---- the dead ------------------------------------------------------------------------------------------------ */

#define someoneIsDead (seat[0] == DEAD || seat[WORKERS / 2] == DEAD || seat[WORKERS - 1] == DEAD)
#define holderIs(p, state) (owner[p] >= CLAIMED && seat[owner[p] - CLAIMED] == (state))

/* What a dead worker had, claimed or waiting for room. */
inline bury(p) {
    if
    :: place[p].holder != 0 && holderIs(p, REAPED) ->
        whose = place[p].holder - 1;
        runs[whose].unopened = runs[whose].unopened + !runs[whose].isForgotten;
        close(p);
        note(whose);
        whose = 0; found = 1
    :: else
    fi
}

/* WorkerRoster.fill; whoever watches meanwhile has to take the new handles. */
inline fill(w) {
    if
    :: seat[w] == REAPED ->
        seat[w] = LIVING; isWatched[w] = 0; isGranted[w] = 0;
#ifndef OLD_HANDLES
        if
        :: watcher != 0 && watcher != caller(me) + 1 -> bell = 1
        :: else
        fi
#endif
    :: else
    fi
}

/* Supervisor.buryDead, in an atomic sequence: reap, collect, settle what the dead had, replace them. */
#define buryDead() d_step { reap(0); reap(WORKERS / 2); reap(WORKERS - 1) } collect(); \
        d_step { bury(0); bury(1); bury(PLACES - 1); fill(0); fill(WORKERS / 2); fill(WORKERS - 1); \
            tellOfPlaces(); isDead = 0 }
inline reap(w) {
    if
    :: isDead && seat[w] == DEAD -> seat[w] = REAPED
    :: else
    fi
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

#define mayBeAppointed(r) (runs[r].isSitting && !isWanted(r))
#define isAnyAppointed (runs[0].isAppointed || runs[CALLERS / 2].isAppointed || runs[CALLERS - 1].isAppointed)

inline appointOne(r) { runs[r].isAppointed = 1; runs[r].isWoken = 1 }

/* Supervisor.appoint: any of those who sit without news. */
inline appoint() {
    if
    :: watcher == 0 && !isAnyAppointed && mayBeAppointed(0) -> appointOne(0)
    :: watcher == 0 && !isAnyAppointed && mayBeAppointed(CALLERS / 2) -> appointOne(CALLERS / 2)
    :: watcher == 0 && !isAnyAppointed && mayBeAppointed(CALLERS - 1) -> appointOne(CALLERS - 1)
    :: else
    fi
}

#define allWait (keepers == WORKERS)

/* procession_grant, and Futex.wake */
inline grant(p) {
    if
    :: place[p].keeper != 0 -> isGranted[place[p].keeper - 1] = 1; place[p].keeper = 0
    :: else
    fi
}

/* Supervisor.grantWhereAllWait */
inline grantWhereAllWait() {
    if
    :: allWait -> grant(0); grant(1); grant(PLACES - 1); wasGranted = 1
    :: else
    fi
}

#define isSeenDead(w) (isWatched[w] && seat[w] == DEAD)
#ifndef NO_LOOK_WHO_WATCHES
#define mustSit (watcher != 0)
#else
#define mustSit (watcher != 0 && !wasAppointed)
#endif

#ifdef DRIVEN
#define isDriven(r) ((r) < 2)
#else
#define isDriven(r) false
#endif

/* ---- a caller ------------------------------------------------------------------------------------------------ */

#define isFree(p) (place[p].holder == 0)
#define hasFree (isFree(0) || isFree(1) || isFree(PLACES - 1))
#ifdef INPUT
#define hasNext (runs[me].unopened > 1 || runs[me].unopened == 1 && (me != 0 || sawInput))
#else
#define hasNext (runs[me].unopened > 0)
#endif

/* PlaceTable.open */
inline open(p) {
    place[p].holder = me + 1; place[p].sequence = sequence; owner[p] = OPEN;
    sequence++;
    runs[me].unopened--;
    changed = 1
}

/* PlaceTable.revoke, if nobody has claimed it: one exchange. */
inline revoke(p) {
    if
    :: owner[p] == OPEN ->
        whose = place[p].holder - 1;
        runs[whose].unopened = runs[whose].unopened + !runs[whose].isForgotten;
        close(p);
        whose = 0; changed = 1
    :: else
    fi
}

/* Supervisor.makeWay: others take back what is more than their part, here one place. */
inline makeWay(p) {
    if
    :: isAt(p) && !isOut(p, me) && before(p) > 0 -> revoke(p)
    :: else
    fi
}

inline dismiss(p) {
    if
    :: isOut(p, me) && place[p].keeper != 0 -> isGranted[place[p].keeper - 1] = 1; close(p)
    :: else
    fi
}

inline forget(p) {
    if
    :: isOut(p, me) -> dismiss(p); revoke(p)
    :: else
    fi
}

#ifndef CLEARED_AFTER_THE_LOOK
#define clearBefore runs[me].hasNews = 0
#define clearAfter skip
#else
#define clearBefore skip
#define clearAfter runs[me].hasNews = 0
#endif

#define canOpen(p) (hasNext && isFree(p))
#define isOver (runs[me].settled == total(me) || runs[me].isForgotten && out(me) == 0)

active [CALLERS] proctype Caller() {
    byte me = _pid - WORKERS; /* its run, or of those it drives the one that it is at */
    byte at, who, whose, wish;
    bit found, changed, wasGranted, wasAppointed, isRung, isDead;
#ifdef INPUT
    bit sawInput;
#endif
#ifdef DRIVEN
    if
    :: me == 1 -> goto end
    :: else
    fi;
#endif

begin:
    atomic { /* Supervisor.begin */
        (!ALIKE || me == 0 || runs[me - 1].hasBegun) && locks;
        runs[me].hasBegun = 1;
        runs[me].unopened = total(me);
        if /* Supervisor.callTheRoll, not always */
        :: !someoneIsDead -> goto begun
        :: someoneIsDead -> goto begun
        :: someoneIsDead -> isDead = 1
        fi;
        buryDead() }
begun:
    atomic {
#ifdef MAKING_WAY
        d_step { makeWay(0); makeWay(1); makeWay(PLACES - 1) }
        changed = 0; /* What is opened now will tell those who sleep. */
#endif
        goto refill }

step: /* Engine.step */
    atomic { locks; clearBefore;
        collect();
#ifdef CANCELLED
        if
        :: !wasCancelled -> /* Supervisor.forget */
            wasCancelled = 1; runs[me].isForgotten = 1; runs[me].unopened = 0; runs[me].wantsPlace = 0;
            d_step { forget(0); forget(1); forget(PLACES - 1); changed = 0; offerPlaces() }
        :: true
        fi;
#endif
        if
        :: isOver -> runs[me].hasEnded = 1; unlock; goto ended
        :: else
        fi;
#if defined(INPUT) || defined(CANCELLED)
        unlock /* In the product the lock is let go in any case. */
#endif
    }
#ifdef INPUT
    sawInput = isInputThere;
#endif
#ifdef CANCELLED
    /* Supervisor.killClaimers, sooner or later */
    if
    :: atomic { runs[me].isForgotten && isOut(0, me) && owner[0] >= CLAIMED -> whose = owner[0] - CLAIMED }
        if
        :: sigkill[whose]!true
        :: atomic { seat[whose] != LIVING -> skip }
        fi;
        whose = 0
    :: true
    fi;
#endif
#if defined(INPUT) || defined(CANCELLED)
    atomic { locks }
#endif
refill:
    atomic { /* Supervisor.refill */
        runs[me].wantsPlace = 0;
        d_step {
#ifdef ROOM
            for (at : 0 .. PLACES - 1) {
                if
                :: isOut(at, me) && place[at].keeper != 0 -> grant(at); changed = 1
                :: else
                fi
            }
            at = 0;
#endif
            do
            :: canOpen(0) -> open(0)
            :: !canOpen(0) && canOpen(1) -> open(1)
            :: !canOpen(0) && !canOpen(1) && PLACES > 2 && canOpen(PLACES - 1) -> open(PLACES - 1)
            :: else -> break
            od;
            runs[me].wantsPlace = hasNext
        }
        if
        :: changed && isToWatchAnew -> changed = 0; makeWish()
        :: else -> changed = 0; unlock; goto own
        fi }
    atomic { collect(); unlock }

own: /* What is the caller's own: to use results, and to make records. Then Engine.sleep. */
#ifdef DRIVEN /* The driver has nothing of its own, and goes on to the next of its runs. Driver.drive */
    atomic {
        if
        :: me == 0 && runs[1].hasBegun && !runs[1].hasEnded -> me = 1; goto step
        :: me < 2 && !isKnown && isHandedOver && !runs[1].hasBegun -> isKnown = 1;
#ifndef KNOWN_WITHOUT_A_LOOK
            me = 1; goto begin
#endif
        :: me < 2 && !isKnown && !(isHandedOver && !runs[1].hasBegun) -> isKnown = 1
        :: else
        fi }
#endif
    if
    :: atomic { locks; clearAfter }
    :: atomic { caller(me) == me && !isDriven(me) && mayLag(me) -> laggard = me + 1 }
        atomic { othersHaveEnded && locks; clearAfter }
    fi;
asleep:
    atomic {
        if
        :: isWanted(me) -> goto told
        :: else
        fi;
#ifdef NO_RENEWED_WISH
        if
        :: watcher == 0 -> makeWish()
        :: else
        fi
#else
        makeWish()
#endif
    }
    atomic {
#ifdef GRANT_BEFORE_THE_LOOK
        d_step { grantWhereAllWait() }
#endif
#ifndef NO_LOOK_AFTER_THE_WISH
        collect();
#endif
#if defined(ROOM) && !defined(GRANT_BEFORE_THE_LOOK)
        d_step { grantWhereAllWait() }
#endif
        if
        :: isWanted(me) -> wasGranted = 0;
#ifndef NO_WISH_OF_OTHERS
            wake = (watcher == 0 -> 0 : wake);
#else
            wake = 0;
#endif
            goto told
        :: !isWanted(me) && wasGranted -> wasGranted = 0; goto asleep /* with a wish for what is out now */
        :: !isWanted(me) && !wasGranted && !mustSit -> goto watch
        :: else -> wasAppointed = 0; runs[caller(me)].isSitting = 1; unlock
        fi
    }
    atomic { runs[caller(me)].isWoken && locks;
        runs[caller(me)].isSitting = 0; runs[caller(me)].isWoken = 0;
        wasAppointed = runs[caller(me)].isAppointed;
        runs[caller(me)].isAppointed = 0;
        if
        :: wasAppointed -> goto asleep
        :: else -> unlock; goto round
        fi }

watch:
    atomic { /* Engine.watch, which sleeps for all */
        assert(watcher == 0);
        watcher = caller(me) + 1; wasAppointed = 0;
        isWatched[0] = 1; isWatched[WORKERS / 2] = 1; isWatched[WORKERS - 1] = 1;
        unlock }
    atomic { bell || isSeenDead(0) || isSeenDead(WORKERS / 2) || isSeenDead(WORKERS - 1) -> /* poll */
        isRung = bell; isDead = isSeenDead(0) || isSeenDead(WORKERS / 2) || isSeenDead(WORKERS - 1) }
    atomic { locks;
        bell = bell && !isRung; isRung = 0 }
    atomic { buryDead() }
    atomic { /* Supervisor.endWatch */
        wake = 0; watcher = 0;
        isWatched[0] = 0; isWatched[WORKERS / 2] = 0; isWatched[WORKERS - 1] = 0;
#ifndef NO_APPOINTMENT_BY_THE_WATCHER
        appoint();
#endif
        unlock;
        goto round }

told:
    atomic { wasAppointed = 0;
#ifdef DRIVEN
        isCalled = isCalled && me == 2;
#endif
#ifndef NO_APPOINTMENT_BY_WHO_HAS_NEWS
        appoint();
#endif
        unlock;
        goto round }

round: /* All runs of a driver, the first of them first. */
#ifdef DRIVEN
    atomic {
        if
        :: me < 2 && isHandedOver && !runs[1].hasBegun -> me = 1; goto begin
        :: me < 2 && !runs[0].hasEnded && !(isHandedOver && !runs[1].hasBegun) -> me = 0
        :: else
        fi }
#endif
    goto step;

ended:
#ifdef DRIVEN
    atomic {
        if
        :: me == 1 && !runs[0].hasEnded -> me = 0; goto step
        :: me == 0 && runs[1].hasBegun && !runs[1].hasEnded -> me = 1; goto step
        :: me == 0 && !runs[1].hasBegun -> isKnown = 0
        :: else -> goto end
        fi }
    atomic { isHandedOver -> me = 1; goto begin };
#endif
end:
    skip
}

#ifdef DRIVEN
/* Driver.add */
active proctype Other() {
    byte me = CALLERS;
    bit knows;
    atomic { isHandedOver = 1; knows = isKnown }
    if
    :: atomic { knows && locks;
#ifndef CALLED_WITHOUT_A_WORD
            isCalled = 1;
#endif
            if
            :: runs[0].isSitting -> runs[0].isWoken = 1
            :: else
            fi;
            if
            :: watcher == 1 -> bell = 1
            :: else
            fi;
            unlock }
    :: atomic { !knows -> skip }
    fi
}
#endif

#ifdef INPUT
/* Engine.wakeUp(run:), from any thread. */
active proctype Outside() {
    byte who, me = CALLERS;
    if
    :: atomic { isInputThere = 1 }
    :: atomic { mayLag(0) -> laggard = 1 }
        atomic { othersHaveEnded -> isInputThere = 1 }
    fi;
#ifdef BELL_FOR_ONE_RUN
    bell = 1
#else
    atomic { locks; note(0); unlock }
#endif
}
#endif

/* ---- dying --------------------------------------------------------------------------------------------------- */

#if DEATHS > 0
active proctype Fate() {
end_idle:
    do
    :: sigkill[(deaths < DEATHS && seat[0] == LIVING -> 0 : WORKERS)]!true
    :: sigkill[(deaths < DEATHS && seat[WORKERS - 1] == LIVING -> WORKERS - 1 : WORKERS)]!true
    od
}
#endif

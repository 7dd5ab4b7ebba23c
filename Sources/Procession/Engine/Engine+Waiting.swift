import ProcessionSegment
import ProcessionSystem

/// Sleeping until there is news of a run: chunks of it were left, input has come, or it must end.
///
/// One caller at a time, the *watcher*, sleeps for all: it hears the bell, and who has died. The others wait each at
/// a seat of their own, until the watcher, or whoever else has come upon it, has news for them. Where the watcher
/// goes to do what it has to do, another one of those takes its place. Tests/Model/callers.pml shows that nobody
/// waits for ever.
extension Engine {
    /// The parent never sleeps longer than this, so that a wake-up which got lost with its sender costs no more.
    private static let tick = Duration.milliseconds(100)

    /// Sleeps until a step may find something to do.
    func wait(_ run: Run) throws {
        guard birthplace.isHere else { throw PoolError.forked }
        lock.lock()
        defer { lock.unlock() }
        try heldWait(run)
    }

    func heldWait(_ run: Run) throws {
        do {
            if let place = run.takeLonePlace(), leavesSoon(place) { return }
            try sleep(run)
        } catch {
            heldEnd(run, with: error)
            throw error
        }
    }

    /// Looks a little while whether the one chunk there is is left, when a worker was awake to take it. To spin for
    /// more than that would keep cores from workers; and one that is being woken may be on its way to the very core
    /// we are on.
    private func leavesSoon(_ place: PlaceTable.Mark) -> Bool {
        lock.unlock()
        defer { lock.lock() }
        return Spin.until(within: Spin.time) {
            memory.segments.hasLeft(place: place.number, generation: place.generation)
        }
    }

    /// With the lock, which is open meanwhile.
    func sleep(_ caller: Caller, for time: Duration = tick) throws {
        while true {
            switch lock.held({ $0.rest(caller) }) {
            case .none: return
            case .watch: return try watch(caller, for: time)
            case .seat:
                caller.seat.wait(for: time, lock)
                // After a while, or for no reason, a step does no harm.
                guard caller.standUp() else { return }
            }
        }
    }

    /// Sleeps for all.
    private func watch(_ caller: Caller, for time: Duration) throws {
        var watch = lock.held { $0.beginWatch(caller, for: time) }
        do {
            try lookOut(&watch)
            // A worker may have been stopped between its last word and the bell. One that has not rung it a tick later
            // has been rescued, which is a bug.
            if watch.ready == 0, supervisor.isMissed {
                try lookOut(&watch)
                if watch.ready == 0, supervisor.isMissed { board.count { $0.rescues += 1 } }
            }
        } catch {
            supervisor.endWatch(&watch)
            throw error
        }
        try lock.held { try $0.hear(&watch, caller) }
    }

    private func lookOut(_ watch: inout Supervisor.Watch) throws {
        lock.unlock()
        defer { lock.lock() }
        let start = Instant.now
        watch.ready = try poll(&watch.items, timeout: watch.tick)
        // A sleep that was longer than asked for is one in which we were stopped: the kernel goes on with what was left
        // of it then, so that its length is the time in which we ran.
        watch.end = .now
        watch.slept += min(watch.tick, watch.end - start)
    }

    // MARK: The end of a run before its time

    /// Takes a run's places back: those that nobody has claimed at once, the others when they are left. With the lock.
    func clear(_ run: Run) {
        supervisor.forget(run)
        while !isCleared(run) {
            // What cannot go on because there are no workers any more shows in the other runs.
            if (try? sleep(run, for: Self.clearingTick)) == nil { supervisor.killAll() }
        }
    }

    /// Whether a run that was forgotten has no place any more, and is over. Kills who is still at it after a moment.
    func isCleared(_ run: Run) -> Bool {
        if supervisor.isAtWork(run) {
            if Instant.now >= run.patienceEnd { supervisor.killClaimers(of: run) }
            return false
        }
        supervisor.end(run)
        supervisor.roster.fill()
        return true
    }

    static let clearingTick = Duration.milliseconds(10)
}

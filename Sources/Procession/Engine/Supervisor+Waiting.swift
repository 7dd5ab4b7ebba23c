import ProcessionSegment
import ProcessionSystem

/// Who waits for what: callers for news of their runs, and one of them for the workers.
///
/// A worker that leaves a chunk rings if the parent has wished for it: from which chunk on, the *wish* says. It is
/// said first, and looked again afterwards: a worker either sees the wish when it leaves, or has left before we look.
/// The one wish is for all runs, the least of what each wants to be woken for. So whoever opens or takes back chunks
/// while another one watches renews it, and looks.
extension Supervisor {
    var isWatched: Bool { watcher != nil }

    /// There is news of a run for its caller.
    @inline(__always)
    func note(_ run: Run) {
        guard run.addNews() else { return }
        if let driver = run.driver { rouse(driver) } else { rouse(run) }
    }

    /// Lets a caller look up that waits.
    func rouse(_ caller: Caller) {
        if caller.isSitting { caller.seat.wake() }
        if watcher === caller { endLookout() }
    }

    /// Lets the watcher, where it sleeps, look what there is to be done.
    func endLookout() {
        if isLookingOut { roster.bell.signalAtOnce() }
    }

    /// Places have become free: whoever wanted one may have it.
    func offerPlaces() {
        for run in runs where run.wantsPlace { note(run) }
    }

    // MARK: Before a sleep

    /// How a caller is to wait.
    enum Rest {
        /// Not at all: there is something to do.
        case none
        /// In the place of all.
        case watch
        /// At its seat, for another one watches.
        case seat
    }

    /// Says from when on the watcher is to be woken, looks again, and says how a caller is to wait.
    mutating func rest(_ caller: Caller) -> Rest {
        if !caller.isWanted { look() }
        if caller.isWanted {
            caller.isCalled = false
            if !isWatched { segments.setWake(from: nil) }
            appoint()
            return .none
        }
        if isWatched {
            caller.isSitting = true
            return .seat
        }
        return .watch
    }

    /// Others may be asleep with a wish that was for what was out before.
    mutating func watchAnew() {
        if isWatched { look() }
    }

    private mutating func look() {
        repeat {
            segments.setWake(from: places.wish(of: runs))
            faultPoint("wished")
            collect()
        } while grantWhereAllWait()
    }

    // MARK: The watch

    /// Lets somebody who waits watch, where nobody does.
    func appoint() {
        guard runs.count > 1, !isWatched, !runs.contains(where: \.caller.isAppointed),
            let next = runs.lazy.map(\.caller).first(where: { $0.isSitting && !$0.isWanted })
        else { return }
        next.isAppointed = true
        next.seat.wake()
    }

    /// What somebody who sleeps for all has to know.
    struct Watch {
        var items: [PollItem]
        let tick: Duration
        /// How many of the items were ready, when, and how long it took.
        var ready = 0
        var end = Instant.earliest
        var slept = Duration.zero
    }

    mutating func beginWatch(_ caller: Caller, for time: Duration) -> Watch {
        watcher = caller
        isLookingOut = true
        var items: [PollItem] = []
        swap(&items, &watched)
        let (input, interruption) = (caller.awaitedInput, caller.interruption)
        if watchedSpawns != roster.spawned || input != nil || interruption != nil
            || items.count != roster.pollItems.count
        {
            // The bell comes first.
            items.replaceSubrange(items.indices, with: roster.pollItems)
            watchedSpawns = roster.spawned
            if let input { items.append(PollItem(descriptor: input, wants: .read)) }
            if let interruption { items.append(interruption.pollItem) }
            if input != nil || interruption != nil { watchedSpawns = -1 }
        }
        var tick = time
        if timedRuns > 0 { tick = min(tick, timeToLook()) }
        if options.memoryLimit != nil { tick = min(tick, Engine.Options.weighingInterval) }
        return Watch(items: items, tick: tick)
    }

    /// How long nobody need look at the clock for those that are timed.
    private func timeToLook() -> Duration {
        runs.reduce(.seconds(1)) { time, run in
            let limit = run.limits.timeLimit.map { $0 / 4 } ?? time
            let rest = run.request.deadline.map { max($0 - .now, .zero) } ?? time
            return min(time, limit, rest)
        }
    }

    /// Whether a chunk has been left for which its claimer should have woken us.
    var isMissed: Bool {
        guard let wish = places.wish(of: runs) else { return false }
        return places.out.contains { place, chunk in chunk.sequence >= wish && places.hasLeft(place) }
    }

    /// Does what a sleep has shown to be necessary.
    mutating func hear(_ watch: inout Watch, _ caller: Caller) throws {
        isLookingOut = false
        defer { endWatch(&watch) }
        // The signal that ends us may have gone to our workers too, whose deaths are then no news.
        if caller.interruption?.check() != nil { return }
        let isRung = watch.items[0].isReady
        if isRung { roster.bell.drain() }
        // By hand where there is one, for which a loop takes as long as the rest.
        if runs.count == 1 { runs[0].hear(isRung) } else { for run in runs { run.hear(isRung) } }
        if timedRuns > 0 { for run in runs where run.request.isDue(at: watch.end) { note(run) } }
        if watch.ready > (isRung ? 1 : 0) { try buryDead() }
        if watch.ready == 0 || runs.count > 1 { collect() }
        self.watch(slept: watch.slept, at: watch.end)
    }

    mutating func endWatch(_ watch: inout Watch) {
        isLookingOut = false
        swap(&watched, &watch.items)
        watcher = nil
        segments.setWake(from: nil)
        appoint()
    }
}

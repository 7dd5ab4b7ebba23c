import ProcessionSegment
import ProcessionSystem

/// Sleeping until a worker has left enough, a worker has died, input has come, or a record's time is up.
extension Supervisor {
    /// The parent never sleeps longer than this, so that a wake-up which got lost with its sender costs no more.
    private static let tick = Duration.milliseconds(100)

    func wait(_ run: inout Run) throws {
        if leavesSoon(&run) { return }
        // First say from which chunk on we want to be woken, then look again: a worker either sees the wish when it
        // leaves, or has left before we look.
        let target = places.middleSequence
        segments.setWake(from: target)
        faultPoint("wished")
        defer { segments.setWake(from: nil) }
        if collect(&run) { return }

        var items = [PollItem(descriptor: roster.bell.descriptor.number, wants: .read)]
        items += roster.handles.map { PollItem(descriptor: $0, wants: .read) }
        if let input = run.awaitedInput { items.append(PollItem(descriptor: input, wants: .read)) }
        if let interruption { items.append(interruption.pollItem) }
        let tick = options.timeLimit.map { min(Self.tick, $0 / 4) } ?? Self.tick
        let start = Clock.monotonic()
        try poll(&items, timeout: tick)
        // A sleep that was longer than asked for is one in which we were stopped: the kernel goes on with what was left
        // of it then, so that its length is the time in which we ran.
        let slept = min(tick, Duration.nanoseconds(Int64(Clock.monotonic() - start)))
        // A worker may have been stopped between its last word and the bell. One that has not rung it a tick later has
        // been rescued, which is a bug.
        let isQuiet = !items.contains { $0.isReady }
        if isQuiet, hasLeft(from: target), try poll(&items, timeout: Self.tick) == 0 {
            statistics.rescues += 1
        }

        run.nextLook = 0
        // The signal that ends us may have gone to our workers too, whose deaths are then no news.
        if interruption?.check() != nil { return }
        run.isRung = items[0].isReady
        if run.isRung { roster.bell.drain() }
        if items.dropFirst().contains(where: { $0.isReady }) { try buryDead(&run) }
        if !items.contains(where: { $0.isReady }) { collect(&run) }
        if let limit = options.timeLimit { enforce(limit, slept: slept, &run) }
        run.unclaimed += slept
        // By the clock, because a worker that never stops ringing must not keep us from it.
        if Clock.monotonic() >= run.nextSearch {
            run.nextSearch = Clock.monotonic() + UInt64(Self.tick.nanoseconds)
            findLostPlaces(&run)
            findStuckWorkers(&run)
            segments.wakeAll()
        }
    }

    /// Looks a little while whether the one chunk of a run is left, when a worker was awake to take it. To spin for more
    /// than that would keep cores from workers; and one that is being woken may be on its way to the very core we are on.
    private func leavesSoon(_ run: inout Run) -> Bool {
        guard run.isAwaited, run.isExhausted, run.waiting.isEmpty, !places.hasCondemned, places.occupied.count == 1
        else {
            return false
        }
        run.isAwaited = false
        return Spin.until(nanoseconds: Spin.nanoseconds) {
            places.occupied.contains(where: places.hasLeft)
        }
    }

    /// Looks up from the work, not too often: must the run end, and is somebody to be told how far it is?
    func lookUp<Source: RecordSource>(_ run: inout Run, _ source: inout Source) throws {
        guard interruption != nil || onProgress != nil else { return }
        let now = Clock.monotonic()
        guard now >= run.nextLook else { return }
        run.nextLook = now + Self.lookInterval
        if let signal = interruption?.check() {
            // What is finished by now is still written; what goes wrong in that does not matter any more.
            collect(&run)
            try? drain(&run, &source)
            throw Interrupted(signal: signal)
        }
        if let onProgress, now >= run.nextProgress {
            run.nextProgress = now + Self.progressInterval
            onProgress(progress(of: run.chunks))
        }
    }

    /// Nanoseconds. A signal waits no longer while the parent is busy.
    private static let lookInterval: UInt64 = 10_000_000
    private static let progressInterval: UInt64 = 100_000_000

    /// Whether a chunk has been left for which its claimer should have woken us.
    private func hasLeft(from target: Int?) -> Bool {
        guard let target else { return false }
        return places.out.contains { place, chunk in chunk.sequence >= target && places.hasLeft(place) }
    }

    /// Reaps who has died, settles what they had claimed, and replaces them.
    func buryDead(_ run: inout Run) throws {
        let losses = try roster.reap()
        guard !losses.isEmpty else { return }
        faultPoint("reaped")
        collect(&run)
        for loss in losses {
            statistics.workersReplaced += 1
            let cause = cause(of: loss, &run)
            let wasSuspected = mourn(loss.worker, &run)
            let waited = settleParked(by: loss.worker, cause, &run)
            let claimed = places.claims(of: loss.worker)
            // It was working at the oldest that is not done; what it had claimed beside that is not to blame.
            let current =
                waited ? nil : claimed.firstIndex { Int(exactly: $0.report.done) != $0.chunk.items.upperBound }
            for (number, claim) in claimed.enumerated() {
                places.vacate(claim.place)
                if let published = published(of: claim.chunk, claim.report) {
                    settle(
                        claim.chunk, claim.report, published, ending: cause, isToBlame: number == current, &run)
                } else {
                    settleDamaged(claim.chunk, &run)
                }
            }
            if claimed.isEmpty, !wasSuspected, !waited { run.idleDeaths += 1 }
        }
        // A worker that dies on a record costs that record. One that dies without any would be replaced for ever.
        guard run.idleDeaths <= 2 * roster.capacity else {
            throw PoolError(
                .workersDie,
                "\(run.idleDeaths) workers died before they finished anything; the last one \(losses[losses.count - 1].ending)"
            )
        }
        roster.fill()
        try requireWorkers()
    }

    private func cause(of loss: WorkerRoster.Loss, _ run: inout Run) -> RecordFailure.Cause {
        if run.timedOut.remove(loss.worker) != nil, let limit = options.timeLimit { return .timedOut(limit) }
        return switch loss.ending {
        case .exited(let status): .exited(status)
        case .signalled(let number):
            .signalled(
                number, name: Ending.signalName(number), memoryWasShort: loss.ending.isKill && shortage.hasKilled())
        case .statusLost: .statusLost
        }
    }

    /// Kills workers whose record has not moved for too long. Only time in which we ourselves were running counts.
    private func enforce(_ limit: Duration, slept: Duration, _ run: inout Run) {
        // A worker that holds several chunks is working at the oldest; one that waits for room, at none.
        var seen = Set(places.parked.values)
        for (place, _) in places.out.sorted(by: { $0.chunk.sequence < $1.chunk.sequence }) {
            let report = places.look(at: place)
            guard !report.isOpen else { continue }
            let worker = report.claimer.flatMap { roster.isLiving($0) ? $0 : nil }
            if let worker, !seen.insert(worker).inserted { continue }
            switch places.tick(place, report, slept: slept, countsLife: options.workersKeepTime) {
            case .still(let time) where time >= limit:
                if let worker {
                    if run.timedOut.insert(worker).inserted { roster.kill(worker) }
                } else {
                    condemn(place, report, &run)
                }
            case .still: continue
            case .isNoise: condemn(place, report, &run)
            }
        }
    }
}

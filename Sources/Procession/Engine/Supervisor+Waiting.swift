import ProcessionSegment
import ProcessionSystem

/// Sleeping until a worker has left enough, a worker has died, input has come, or a record's time is up.
extension Supervisor {
    /// The parent never sleeps longer than this, so that a wake-up which got lost with its sender costs no more.
    private static let tick = Duration.milliseconds(100)

    mutating func sleep(_ run: inout Run) throws {
        if leavesSoon(&run) { return }
        // First say from which chunk on we want to be woken, then look again: a worker either sees the wish when it
        // leaves, or has left before we look.
        let target = places.middleSequence
        segments.setWake(from: target)
        faultPoint("wished")
        defer { segments.setWake(from: nil) }
        if collect(&run) { return }

        // The bell comes first.
        watched.replaceSubrange(watched.indices, with: roster.pollItems)
        if let input = run.awaitedInput { watched.append(PollItem(descriptor: input, wants: .read)) }
        if let interruption = run.request.interruption { watched.append(interruption.pollItem) }
        var tick = options.timeLimit.map { min(Self.tick, $0 / 4) } ?? Self.tick
        if options.memoryLimit != nil { tick = min(tick, Engine.Options.weighingInterval) }
        let start = Instant.now
        var ready = try poll(&watched, timeout: tick)
        // A sleep that was longer than asked for is one in which we were stopped: the kernel goes on with what was left
        // of it then, so that its length is the time in which we ran.
        let slept = min(tick, .now - start)
        // A worker may have been stopped between its last word and the bell. One that has not rung it a tick later has
        // been rescued, which is a bug.
        if ready == 0, hasLeft(from: target) {
            ready = try poll(&watched, timeout: Self.tick)
            if ready == 0 { board.count { $0.rescues += 1 } }
        }

        run.nextLook = .earliest
        // The signal that ends us may have gone to our workers too, whose deaths are then no news.
        if run.request.interruption?.check() != nil { return }
        run.isRung = watched[0].isReady
        if run.isRung { roster.bell.drain() }
        if ready > (run.isRung ? 1 : 0) { try buryDead(&run) }
        if ready == 0 { collect(&run) }
        watch(&run, slept: slept)
    }

    /// Looks a little while whether the one chunk of a run is left, when a worker was awake to take it. To spin for
    /// more than that would keep cores from workers; and one that is being woken may be on its way to the very core we
    /// are on.
    private mutating func leavesSoon(_ run: inout Run) -> Bool {
        guard run.isAwaited, run.isExhausted, run.waiting.isEmpty, !places.hasCondemned, places.occupied.count == 1
        else {
            return false
        }
        run.isAwaited = false
        return Spin.until(within: Spin.time) {
            places.occupied.contains(where: places.hasLeft)
        }
    }

    /// Looks up from the work, not too often: must the run end, and is somebody to be told how far it is?
    mutating func lookUp<Source: RecordSource>(_ run: inout Run, _ source: inout Source) throws {
        let (interruption, onProgress) = (run.request.interruption, run.request.onProgress)
        guard interruption != nil || onProgress != nil || options.memoryLimit != nil else { return }
        let now = Instant.now
        guard now >= run.nextLook else { return }
        run.nextLook = now + Self.lookInterval
        if options.memoryLimit != nil, now >= run.nextWeighing {
            run.nextWeighing = now + Engine.Options.weighingInterval
            weigh(&run)
        }
        if let signal = interruption?.check() {
            // What is finished by now is still written; what goes wrong in that does not matter any more.
            collect(&run)
            try? drain(&run, &source)
            throw Interrupted(signal: signal)
        }
        if let onProgress, now >= run.nextProgress {
            run.nextProgress = now + Self.progressInterval
            onProgress(RunWatch(run.chunks, segments).progress)
        }
    }

    /// A signal waits no longer while the parent is busy.
    private static let lookInterval = Duration.milliseconds(10)
    private static let progressInterval = Duration.milliseconds(100)

    /// Whether a chunk has been left for which its claimer should have woken us.
    private func hasLeft(from target: Int?) -> Bool {
        guard let target else { return false }
        return places.out.contains { place, chunk in chunk.sequence >= target && places.hasLeft(place) }
    }
}

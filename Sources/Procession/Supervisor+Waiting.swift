import ProcessionSegment
import ProcessionSystem

/// Sleeping until a worker has left enough, a worker has died, input has come, or a record's time is up.
extension Supervisor {
    /// The parent never sleeps longer than this, so that a wake-up which got lost with its sender costs no more.
    private static let tick = Duration.milliseconds(100)

    func wait(for input: Int32?) throws {
        // First say from which chunk on we want to be woken, then look again: a worker either sees the wish when it
        // leaves, or has left before we look.
        let target = wakeTarget()
        segments.setWake(from: target)
        defer { segments.setWake(from: nil) }
        if collect() { return }

        var items = [PollItem(descriptor: roster.bell.descriptor.number, wants: .read)]
        items += roster.handles.map { PollItem(descriptor: $0, wants: .read) }
        if let input { items.append(PollItem(descriptor: input, wants: .read)) }
        let limit = options.timeLimit.map { min(Self.tick, $0 / 4) } ?? Self.tick
        let start = Clock.monotonic()
        try poll(&items, timeout: limit)
        let slept = min(Duration.nanoseconds(Int64(Clock.monotonic() - start)), limit * 2)

        if items[0].ready != [] { roster.bell.drain() }
        if items.dropFirst().contains(where: { $0.ready != [] }) { try buryDead() }
        if items.allSatisfy({ $0.ready == [] }) {
            if collect() { statistics.rescues += 1 }
            try recoverOrphans()
        }
        if let limit = options.timeLimit { enforce(limit, slept: slept) }
    }

    /// The sequence of the chunk in the middle of those that are out: waking for each would take a core from the workers.
    private func wakeTarget() -> Int? {
        let out = places.lazy.compactMap { $0.chunk?.sequence }.sorted()
        return out.isEmpty ? nil : out[(out.count - 1) / 2]
    }

    /// Reaps who has died, settles what they had claimed, and replaces them.
    func buryDead() throws {
        let losses = try roster.reap()
        guard !losses.isEmpty else { return }
        collect()
        for loss in losses {
            statistics.workersReplaced += 1
            let cause = cause(of: loss)
            var hadWork = false
            for place in places.indices {
                guard let chunk = places[place].chunk else { continue }
                let report = segments.look(at: place, generation: places[place].generation)
                guard report.claimer(generation: places[place].generation) == loss.worker else { continue }
                hadWork = true
                onLoss?(
                    "worker \(loss.worker) \(loss.ending), record \(chunk.first + chunk.items.lowerBound) and on are mapped again"
                )
                vacate(place)
                settle(chunk, report, ending: cause)
            }
            if !hadWork { idleDeaths += 1 }
        }
        // A worker that dies on a record costs that record. One that dies without any would be replaced for ever.
        guard idleDeaths <= 2 * roster.capacity else {
            throw PoolError(
                .workersDie,
                "\(idleDeaths) workers died before they finished anything; the last one \(losses[losses.count - 1].ending)"
            )
        }
        roster.fill()
        try requireWorkers()
    }

    private func cause(of loss: WorkerRoster.Loss) -> RecordFailure.Cause {
        if timedOut.remove(loss.worker) != nil, let limit = options.timeLimit { return .timedOut(limit) }
        return switch loss.ending {
        case .exited(let status): .exited(status)
        case .signalled(let number): .signalled(number, name: Ending.signalName(number))
        case .statusLost: .statusLost
        }
    }

    /// Kills workers whose record has not moved for too long. Only time in which we ourselves were running counts.
    private func enforce(_ limit: Duration, slept: Duration) {
        // A worker that holds several chunks is working at the oldest.
        var seen: Set<Int> = []
        let claimed = places.indices.filter { places[$0].chunk != nil }.sorted {
            places[$0].chunk!.sequence < places[$1].chunk!.sequence
        }
        for place in claimed {
            guard let chunk = places[place].chunk else { continue }
            let report = segments.look(at: place, generation: places[place].generation)
            guard let worker = report.claimer(generation: places[place].generation), seen.insert(worker).inserted else {
                continue
            }
            let done = Int(truncatingIfNeeded: report.done)
            if done != chunk.seenDone {
                chunk.seenDone = done
                chunk.stalled = .zero
            } else {
                chunk.stalled += slept
            }
            if chunk.stalled >= limit, roster.isLiving(worker), timedOut.insert(worker).inserted { roster.kill(worker) }
        }
    }

    /// Nobody has stirred for a tick: looks for places whose owner word was damaged, which nobody would ever leave.
    private func recoverOrphans() throws {
        for place in places.indices {
            guard let chunk = places[place].chunk else { continue }
            let generation = places[place].generation
            let report = segments.look(at: place, generation: generation)
            let isOpen = report.owner == UInt64(generation) << 16 | 1
            let claimer = report.claimer(generation: generation)
            if isOpen || claimer.map(roster.isLiving) == true { continue }
            vacate(place)
            settle(chunk, report, ending: .damaged)
        }
        segments.wakeSleepers(.max, of: roster.capacity)
    }
}

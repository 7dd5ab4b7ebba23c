import ProcessionSegment
import ProcessionSystem

/// Workers that scribble: what the parent can see of it, and what becomes of the records it concerns.
///
/// A place whose words no worker writes is *condemned*: whoever may hold it is killed, and only after the reap, when
/// nobody writes there any more, its records are tried again. What a worker writes into its results cannot be told from
/// results, and is not looked for.
extension Supervisor {
    /// How far a chunk has come, and what failed in it; nil when that is not what a worker writes.
    func published(of chunk: Chunk, _ report: PlaceReport) -> (done: Int, failures: Chunk.Failures)? {
        guard let done = Int(exactly: report.done), (chunk.items.lowerBound...chunk.items.upperBound).contains(done),
            let failures = failures(of: chunk, report, upTo: done, keeping: options.failuresByName)
        else { return nil }
        return (done, failures)
    }

    /// Looks for places that are claimed, by their owner words, and that nobody holds: the owner word was damaged, or the
    /// word that says that the place was left.
    ///
    /// A worker that sleeps holds nothing, because it has left all it had before. So when all do, what has not been left
    /// never will be, unless its claimer waits for room at another place. The order makes this exact: owners first, sleepers
    /// next, and `left` at the end. A line that says "awake" of a sleeper is put right when all are woken.
    func findLostPlaces() {
        var claimed: [(place: Int, report: PlaceReport)] = []
        for place in occupied where condemned[place] == nil {
            let report = segments.look(at: place, generation: places[place].generation)
            guard !report.isOpen(generation: places[place].generation), !isParked(claimer(of: place, report)) else {
                continue
            }
            claimed.append((place, report))
        }
        guard !claimed.isEmpty, roster.livingNumbers.allSatisfy({ isParked($0) || segments.isAsleep(worker: $0) })
        else { return }
        for (place, report) in claimed
        where !segments.hasLeft(place: place, generation: places[place].generation) {
            condemn(place, report)
        }
    }

    /// Replaces all workers that do not wait for room, when chunks are out and for long nobody has worked at any: whoever
    /// should have claimed one is stuck, perhaps since an earlier run that it was taken for done with, or writes over the
    /// words of their places.
    func findStuckWorkers() {
        let handedOut = occupied.filter { condemned[$0] == nil }
        let reports = handedOut.map { segments.look(at: $0, generation: places[$0].generation) }
        let isWorkedAt = zip(handedOut, reports).contains { place, report in
            claimer(of: place, report).map { roster.isLiving($0) && !isParked($0) } == true
        }
        if handedOut.isEmpty || isWorkedAt { unclaimed = .zero }
        guard unclaimed >= max(options.timeLimit ?? .zero, Self.longestStart) else { return }
        unclaimed = .zero
        for (place, report) in zip(handedOut, reports)
        where !report.isOpen(generation: places[place].generation) && !isParked(claimer(of: place, report)) {
            condemn(place, report)
        }
        for worker in roster.livingNumbers where !isParked(worker) { roster.kill(worker) }
    }

    private func claimer(of place: Int, _ report: PlaceReport) -> Int? {
        report.claimer(generation: places[place].generation)
    }

    /// Longer than any worker takes to start and to claim.
    private static let longestStart = Duration.seconds(5)

    /// Takes a place out of use whose words are damaged, until whoever may hold it is reaped: the worker that the owner
    /// word names; when it names none, those who are awake and named nowhere; and when there are none, anybody.
    func condemn(_ place: Int, _ report: PlaceReport) {
        var suspects: Set<Int>
        if let claimer = report.claimer(generation: places[place].generation), roster.isLiving(claimer) {
            suspects = [claimer]
        } else {
            let named = occupied.compactMap {
                let generation = places[$0].generation
                return segments.look(at: $0, generation: generation).claimer(generation: generation)
            }
            suspects = Set(roster.livingNumbers.filter { !segments.isAsleep(worker: $0) && !isParked($0) })
                .subtracting(named)
            if suspects.isEmpty { suspects = Set(roster.livingNumbers) }
        }
        for worker in suspects { roster.kill(worker) }
        condemned[place] = suspects
        settleIfReaped(place)
    }

    /// A worker was reaped: settles the places that waited for it alone, and says whether any did wait for it.
    func mourn(_ worker: Int) -> Bool {
        let waiting = condemned.keys.filter { condemned[$0]?.remove(worker) != nil }
        waiting.forEach(settleIfReaped)
        return !waiting.isEmpty
    }

    private func settleIfReaped(_ place: Int) {
        guard condemned[place]?.isEmpty == true, let chunk = places[place].chunk else { return }
        vacate(place)
        settleDamaged(chunk)
    }

    /// Takes care that nobody claims a place, none of which holds a chunk, because its owner word was written over.
    func closeFreePlaces() {
        for place in places.indices {
            segments.keepClosed(place: place, generation: places[place].generation)
        }
    }

    /// Nothing that was published in a damaged chunk can be told from noise, so every item is tried again, and fails when
    /// that happens once more.
    func settleDamaged(_ chunk: Chunk) {
        statistics.damaged += 1
        chunk.attempts += 1
        chunk.failures = Chunk.Failures()
        if chunk.attempts > options.retries {
            while true {
                let item = isolateFirst(of: chunk)
                item.state = .failed(.damaged)
                guard item !== chunk else { return }
            }
        }
        waiting.append(chunk)
    }
}

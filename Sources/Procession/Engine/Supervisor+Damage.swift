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
    func findLostPlaces(_ run: inout Run) {
        let claimed = places.out.map { ($0.place, places.look(at: $0.place)) }
            .filter { _, report in !report.isOpen && !places.isParked(report.claimer) }
        guard !claimed.isEmpty,
            roster.livingNumbers.allSatisfy({ places.isParked($0) || segments.isAsleep(worker: $0) })
        else { return }
        for (place, report) in claimed where !places.hasLeft(place) { condemn(place, report, &run) }
    }

    /// Replaces all workers that do not wait for room, when chunks are out and for long nobody has worked at any: whoever
    /// should have claimed one is stuck, perhaps since an earlier run that it was taken for done with, or writes over the
    /// words of their places.
    func findStuckWorkers(_ run: inout Run) {
        let reports = places.out.map { ($0.place, places.look(at: $0.place)) }
        let isWorkedAt = reports.contains { _, report in
            report.claimer.map { roster.isLiving($0) && !places.isParked($0) } == true
        }
        if reports.isEmpty || isWorkedAt { run.unclaimed = .zero }
        guard run.unclaimed >= max(options.timeLimit ?? .zero, Self.longestStart) else { return }
        run.unclaimed = .zero
        for (place, report) in reports where !report.isOpen && !places.isParked(report.claimer) {
            condemn(place, report, &run)
        }
        for worker in roster.livingNumbers where !places.isParked(worker) { roster.kill(worker) }
    }

    /// Longer than any worker takes to start and to claim.
    private static let longestStart = Duration.seconds(5)

    /// Takes a place out of use whose words are damaged, until whoever may hold it is reaped: the worker that the owner
    /// word names; when it names none, those who are awake and named nowhere; and when there are none, anybody.
    func condemn(_ place: Int, _ report: PlaceReport, _ run: inout Run) {
        var suspects: Set<Int>
        if let claimer = report.claimer, roster.isLiving(claimer) {
            suspects = [claimer]
        } else {
            let named = places.occupied.compactMap { places.look(at: $0).claimer }
            suspects = Set(roster.livingNumbers.filter { !segments.isAsleep(worker: $0) && !places.isParked($0) })
                .subtracting(named)
            if suspects.isEmpty { suspects = Set(roster.livingNumbers) }
        }
        for worker in suspects { roster.kill(worker) }
        places.condemn(place, suspects: suspects)
        guard suspects.isEmpty else { return }
        for chunk in places.vacateUnsuspected() { settleDamaged(chunk, &run) }
    }

    /// A worker was reaped: settles the places that waited for it alone, and says whether any did wait for it.
    func mourn(_ worker: Int, _ run: inout Run) -> Bool {
        let (wasSuspect, freed) = places.acquit(worker)
        for chunk in freed { settleDamaged(chunk, &run) }
        return wasSuspect
    }

    /// Nothing that was published in a damaged chunk can be told from noise, so every item is tried again, and fails when
    /// that happens once more.
    func settleDamaged(_ chunk: Chunk, _ run: inout Run) {
        statistics.damaged += 1
        chunk.attempts += 1
        chunk.failures = Chunk.Failures()
        if chunk.attempts > options.retries {
            while true {
                let item = isolateFirst(of: chunk, &run)
                item.state = .failed(.damaged)
                guard item !== chunk else { return }
            }
        }
        run.waiting.append(chunk)
    }
}

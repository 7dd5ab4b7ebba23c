import ProcessionSegment
import ProcessionSystem

/// Workers that are no more, or must not be: the dead are reaped and replaced, whoever takes too long or scribbles is
/// killed.
///
/// A place whose words no worker writes is *condemned*: whoever may hold it is killed, and only after the reap, when
/// nobody writes there any more, its records are tried again. What a worker writes into its results cannot be told from
/// results, and is not looked for.
extension Supervisor {
    /// Reaps who has died, settles what they had claimed, and replaces them.
    mutating func buryDead(_ run: inout Run) throws {
        let losses = try roster.reap()
        guard let last = losses.last else { return }
        faultPoint("reaped")
        collect(&run)
        for loss in losses { bury(loss, &run) }
        // A worker that dies on a record costs that record. One that dies without any would be replaced for ever.
        guard run.idleDeaths <= 2 * roster.capacity else {
            throw PoolError(
                .workersDie,
                "\(run.idleDeaths) workers died before they finished anything; the last one \(last.ending)")
        }
        roster.fill()
        try roster.requireWorkers()
    }

    private mutating func bury(_ loss: WorkerRoster.Loss, _ run: inout Run) {
        let cause = cause(of: loss, &run)
        let (wasSuspected, freed) = places.acquit(loss.worker)
        settleDamaged(freed, &run)
        let waited = settleParked(by: loss.worker, cause, &run)
        let claims = places.claims(of: loss.worker)
        // It was working at the oldest that is not done; what it had claimed beside that is not to blame.
        let current = waited ? nil : claims.firstIndex { Int(exactly: $0.report.done) != $0.chunk.items.upperBound }
        for (number, claim) in claims.enumerated() {
            places.vacate(claim.place)
            guard let published = published(of: claim.chunk, claim.report, run) else {
                settleDamaged([claim.chunk], &run)
                continue
            }
            run.wait(
                with: settle(claim.chunk, claim.report, published, .died(cause, isToBlame: number == current), &run))
        }
        let wasIdle = claims.isEmpty && !wasSuspected && !waited
        if wasIdle, WorkerExit.lastWord(loss.ending) != nil {
            board.count { $0.workersRetired += 1 }
        } else {
            board.count { $0.workersReplaced += 1 }
            if wasIdle { run.idleDeaths += 1 }
        }
    }

    private mutating func cause(of loss: WorkerRoster.Loss, _ run: inout Run) -> RecordFailure.Cause {
        if let limit = run.watchdog.limitBroken(by: loss.worker) { return limit }
        return switch loss.ending {
        case .exited(let status): .exited(status)
        case .signalled(let number):
            .signalled(
                number, name: Ending.signalName(number), memoryWasShort: loss.ending.isKill && shortage.hasKilled())
        case .statusLost: .statusLost
        }
    }

    /// Looks after those that are out, after a sleep, and does what the watchdog says.
    mutating func watch(_ run: inout Run, slept: Duration) {
        if run.watchdog.limit != nil {
            let sights = places.sights
            obey(run.watchdog.enforce(sights, crew, slept: slept), sights, &run)
        }
        run.watchdog.noteSleep(slept)
        guard run.watchdog.isDue(at: .now) else { return }
        // In this order: places, workers, and once more the places.
        var sights = places.sights
        let lost = run.watchdog.lost(sights, crew).filter { !places.hasLeft($0) }
        obey(lost.map { .condemn(place: $0) }, sights, &run)
        sights = places.sights
        obey(run.watchdog.replaceStuck(sights, crew), sights, &run)
        // A line that says "awake" of a sleeper is put right.
        segments.wakeAll()
    }

    /// Looks how much memory each worker has, and does what the watchdog says.
    mutating func weigh(_ run: inout Run) {
        let bytes = roster.livingNumbers.map { ($0, roster.pid(of: $0).flatMap(ResourceCensus.ownBytes) ?? 0) }
        obey(run.watchdog.weigh(Dictionary(uniqueKeysWithValues: bytes)), [], &run)
    }

    private mutating func obey(_ orders: [Watchdog.Order], _ sights: [Watchdog.Sight], _ run: inout Run) {
        for order in orders {
            switch order {
            case .kill(let worker): roster.kill(worker)
            case .condemn(let place):
                if let sight = sights.first(where: { $0.place == place }) { condemn(place, sight.report, &run) }
            }
        }
    }

    /// Takes a place out of use whose words are damaged, until whoever may hold it is reaped.
    mutating func condemn(_ place: Int, _ report: PlaceReport, _ run: inout Run) {
        let suspects = Watchdog.suspects(report, claimers: places.claimers, crew)
        for worker in suspects { roster.kill(worker) }
        places.condemn(place, suspects: suspects)
        if suspects.isEmpty { settleDamaged(places.vacateUnsuspected(), &run) }
    }

    private var crew: Watchdog.Crew {
        let living = Set(roster.livingNumbers)
        return Watchdog.Crew(
            living: living, asleep: living.filter(segments.isAsleep), parked: Set(places.parked.values))
    }
}

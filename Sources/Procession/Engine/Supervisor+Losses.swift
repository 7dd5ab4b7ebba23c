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
    mutating func buryDead() throws {
        do {
            try buryAll()
        } catch {
            breakAll(PoolError(ending: error))
            throw error
        }
    }

    private mutating func buryAll() throws {
        let losses = try roster.reap()
        guard let last = losses.last else { return }
        faultPoint("reaped")
        collect()
        for loss in losses { bury(loss) }
        offerPlaces()
        // A worker that dies on a record costs that record. One that dies without any would be replaced for ever.
        guard idleDeaths <= 2 * roster.capacity else {
            throw PoolError(
                .workersDie,
                "\(idleDeaths) workers died before they finished anything; the last one \(last.ending)")
        }
        try fillRoster()
    }

    private mutating func bury(_ loss: WorkerRoster.Loss) {
        let cause = cause(of: loss)
        let (wasSuspected, freed) = places.acquit(loss.worker)
        settleDamaged(freed)
        // Where it was killed because a run was forgotten, nothing of other runs is to blame.
        let forgotten = dismissed.removeValue(forKey: loss.worker)
        let waited = settleParked(by: loss.worker, cause, after: forgotten)
        let claims = places.claims(of: loss.worker)
        // It was working at the oldest that is not done; what it had claimed beside that is not to blame.
        var current = waited ? nil : claims.firstIndex { Int(exactly: $0.report.done) != $0.chunk.items.upperBound }
        if let at = current, claims[at].run.isInnocent(after: forgotten) { current = nil }
        for (number, claim) in claims.enumerated() {
            places.vacate(claim.place)
            guard let published = published(of: claim.chunk, claim.report, claim.run) else {
                settleDamaged([(claim.chunk, claim.run)])
                continue
            }
            claim.run.wait(
                with: settle(
                    claim.chunk, claim.report, published, .died(cause, isToBlame: number == current), claim.run))
            note(claim.run)
        }
        let wasIdle = claims.isEmpty && !wasSuspected && !waited
        if wasIdle, WorkerExit.lastWord(loss.ending) != nil {
            board.count { $0.workersRetired += 1 }
        } else {
            board.count { $0.workersReplaced += 1 }
            if wasIdle, forgotten == nil { idleDeaths += 1 }
        }
    }

    private mutating func cause(of loss: WorkerRoster.Loss) -> RecordFailure.Cause {
        if let limit = watchdog.limitBroken(by: loss.worker) { return limit }
        let line = loss.lastLine.map(plain)
        return switch loss.ending {
        case .exited(let status): .exited(status, lastLine: line)
        case .signalled(let number):
            .signalled(
                number, name: Ending.signalName(number), memoryWasShort: loss.ending.isKill && shortage.hasKilled(),
                lastLine: loss.ending.isKill ? nil : line)
        case .statusLost: .statusLost
        }
    }

    /// Looks after those that are out, after a sleep, and does what the watchdog says.
    mutating func watch(slept: Duration, at now: Instant) {
        if timedRuns > 0 {
            let sights = places.sights
            obey(watchdog.enforce(sights, crew, slept: slept), sights)
        }
        watchdog.noteSleep(slept)
        guard watchdog.isDue(at: now) else { return }
        // In this order: places, workers, and once more the places.
        var sights = places.sights
        let lost = watchdog.lost(sights, crew).filter { !places.hasLeft($0) }
        obey(lost.map { .condemn(place: $0) }, sights)
        sights = places.sights
        obey(watchdog.replaceStuck(sights, crew), sights)
        // A line that says "awake" of a sleeper is put right.
        segments.wakeAll()
    }

    /// Looks how much memory each worker has, and does what the watchdog says.
    mutating func weigh(at now: Instant) {
        guard now >= nextWeighing else { return }
        nextWeighing = now + Engine.Options.weighingInterval
        let bytes = roster.livingNumbers.map { worker in
            let pid = roster.pid(of: worker)
            let programs = options.weighsPrograms ? pid.map(ResourceCensus.ownBytes(under:)) : nil
            return (worker, (pid.flatMap(ResourceCensus.ownBytes(of:)) ?? 0) + (programs ?? 0))
        }
        obey(watchdog.weigh(Dictionary(uniqueKeysWithValues: bytes)), [])
    }

    private mutating func obey(_ orders: [Watchdog.Order], _ sights: [Watchdog.Sight]) {
        for order in orders {
            switch order {
            case .kill(let worker): roster.kill(worker)
            case .condemn(let place):
                if let sight = sights.first(where: { $0.place == place }) { condemn(place, sight.report) }
            }
        }
    }

    /// Takes a place out of use whose words are damaged, until whoever may hold it is reaped.
    mutating func condemn(_ place: Int, _ report: PlaceReport) {
        let suspects = Watchdog.suspects(report, claimers: places.claimers, crew)
        for worker in suspects { roster.kill(worker) }
        places.condemn(place, suspects: suspects)
        if suspects.isEmpty { settleDamaged(places.vacateUnsuspected()) }
    }

    private var crew: Watchdog.Crew {
        let living = Set(roster.livingNumbers)
        return Watchdog.Crew(
            living: living, asleep: living.filter(segments.isAsleep), parked: Set(places.parked.values))
    }
}

/// A line of somebody else's, with nothing in it that moves a cursor.
private func plain(_ line: String) -> String {
    String(String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
}

import ProcessionSegment
import ProcessionSystem

/// The end of a run before its time, and of the pool.
extension Supervisor {
    /// Nothing of a run is wanted any more: what nobody has claimed is taken back at once.
    mutating func forget(_ run: Run) {
        run.forget()
        for (place, _, _) in places.waiters(of: run) { places.dismissWaiter(at: place) }
        places.revoke(of: run, beyond: 0)
        watchAnew()
        offerPlaces()
    }

    /// Whether a worker may be at work on a run that is forgotten; what was left of it is taken back.
    mutating func isAtWork(_ run: Run) -> Bool {
        run.takeNews()
        collect()
        return places.holds(run)
    }

    /// Kills who is at work on chunks of a run. Where an owner word is damaged, or changes all the time, anybody may
    /// be.
    mutating func killClaimers(of run: Run) {
        for place in places.held(by: run) {
            let report = places.look(at: place)
            if let claimer = report.claimer, roster.isLiving(claimer) {
                dismissed[claimer] = run.number
                roster.kill(claimer)
            } else {
                condemn(place, report)
            }
        }
    }

    /// Kills all workers, and closes all places.
    mutating func killAll() {
        roster.killAll()
        for run in runs { run.forget() }
        for (place, _, _) in places.waiters { places.dismissWaiter(at: place) }
        for place in places.occupied { places.vacate(place) }
    }

    /// Sends the workers home, and says what they had to say.
    mutating func dismiss(within time: Duration, unless interruption: Interruption?) -> LastWord {
        guard options.dismissesWorkers else {
            roster.end()
            return .fine
        }
        return roster.disband(within: time, unless: interruption)
    }
}

import ProcessionSegment
import ProcessionSystem

/// The end of a run before its time, and of the pool.
extension Supervisor {
    /// Ends a run before its end: takes back what nobody has claimed, waits a moment for what somebody has, and kills
    /// whoever is still at it, so that the next run finds every place closed.
    func abandon(_ run: inout Run) {
        guard birthplace.isHere else { return }
        run.chunks.reset()
        run.waiting = []
        sizes.learn(run.sizer.found, of: run.function)
        for place in places.parked.keys { places.dismissWaiter(at: place) }
        let deadline = Clock.monotonic() + 100_000_000
        for place in places.occupied { places.revoke(place) }
        func isBusy() -> Bool { !places.occupied.isEmpty }
        while isBusy(), Clock.monotonic() < deadline {
            var item = [PollItem(descriptor: roster.bell.descriptor.number, wants: .read)]
            segments.setWake(from: 0)
            vacate { $0.hasLeft }
            if isBusy() { _ = try? poll(&item, timeout: .milliseconds(10)) }
            roster.bell.drain()
        }
        segments.setWake(from: nil)
        vacate { $0.hasLeft }
        let patience = Clock.monotonic() + 1_000_000_000
        while isBusy() {
            let claimers = places.occupied.map { places.look(at: $0).claimer }
            // Where an owner word is damaged, or changes all the time, anybody may hold the place.
            guard claimers.allSatisfy({ $0.map(roster.isLiving) == true }), Clock.monotonic() < patience else {
                roster.killAll()
                vacate { _ in true }
                break
            }
            for worker in claimers { roster.kill(worker!) }
            var items = roster.handles.map { PollItem(descriptor: $0, wants: .read) }
            _ = try? poll(&items, timeout: .milliseconds(100))
            let losses = (try? roster.reap()) ?? []
            vacate { $0.hasLeft }
            for loss in losses { vacate { $0.claimer == loss.worker } }
        }
        roster.fill()
        post()
    }

    /// Closes the places of which that is true.
    private func vacate(where isFree: (PlaceReport) -> Bool) {
        for place in places.occupied where isFree(places.look(at: place)) { places.vacate(place) }
    }

    /// Sends the workers home. The pool cannot be used afterwards.
    package func shutDown() { _ = end(within: .seconds(1)) }

    /// Sends the workers home after a run that went well, and waits for what they have to say: they may find only now that
    /// something was wrong, and have said so on standard error. They bound themselves how long that takes.
    package func hearLastWords() -> LastWord { end(within: .seconds(15)) }

    private func end(within time: Duration) -> LastWord {
        guard birthplace.isHere else { return .fine }
        defer { post() }
        guard options.dismissesWorkers else {
            roster.end()
            return .fine
        }
        return roster.disband(within: time, unless: interruption)
    }
}

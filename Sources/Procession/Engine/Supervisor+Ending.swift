import ProcessionSegment
import ProcessionSystem

/// The end of a run before its time, and of the pool.
extension Supervisor {
    /// Takes back what nobody has claimed, waits a moment for what somebody has, and kills whoever is still at it.
    mutating func clearPlaces() {
        for place in places.parked.keys { places.dismissWaiter(at: place) }
        let deadline = Instant.now + .milliseconds(100)
        for place in places.occupied { places.revoke(place) }
        while !places.occupied.isEmpty, Instant.now < deadline {
            var item = [PollItem(descriptor: roster.bell.descriptor.number, wants: .read)]
            segments.setWake(from: 0)
            vacate { $0.hasLeft }
            if !places.occupied.isEmpty { _ = try? poll(&item, timeout: .milliseconds(10)) }
            roster.bell.drain()
        }
        segments.setWake(from: nil)
        vacate { $0.hasLeft }
        let patience = Instant.now + .seconds(1)
        while !places.occupied.isEmpty {
            let claimers = places.occupied.map { places.look(at: $0).claimer }
            // Where an owner word is damaged, or changes all the time, anybody may hold the place.
            guard claimers.allSatisfy({ $0.map(roster.isLiving) == true }), Instant.now < patience else {
                roster.killAll()
                vacate { _ in true }
                break
            }
            for worker in claimers { roster.kill(worker!) }
            var items = Array(roster.pollItems.dropFirst())
            _ = try? poll(&items, timeout: .milliseconds(100))
            let losses = (try? roster.reap()) ?? []
            vacate { $0.hasLeft }
            for loss in losses { vacate { $0.claimer == loss.worker } }
        }
        roster.fill()
    }

    /// Closes the places of which that is true.
    private mutating func vacate(where isFree: (PlaceReport) -> Bool) {
        for place in places.occupied where isFree(places.look(at: place)) { places.vacate(place) }
    }

    /// Sends the workers home, and says what they had to say.
    mutating func dismiss(within time: Duration, unless interruption: Interruption?) -> LastWord {
        guard birthplace.isHere else { return .fine }
        guard options.dismissesWorkers else {
            roster.end()
            return .fine
        }
        return roster.disband(within: time, unless: interruption)
    }
}

import ProcessionSegment
import ProcessionSystem

/// Chunks that were left, and what becomes of them: places are taken back, and records go out again.
extension Supervisor {
    /// Takes back the places whose claimers have left, for all runs.
    mutating func collect() {
        var found = false
        // Where they stand in the list, and from its end, because those that are taken back leave it.
        for position in places.occupied.indices.reversed() where position < places.occupied.count {
            let place = places.occupied[position]
            guard places.hasLeft(place), let (chunk, run) = places.holding(place) else { continue }
            found = true
            faultPoint("collected")
            let report = places.look(at: place)
            note(run)
            guard let published = published(of: chunk, report, run) else {
                condemn(place, report)
                continue
            }
            idleDeaths = 0
            if published.done < chunk.items.upperBound, places.waitsForRoom(at: place) {
                park(place, chunk, report, published, run)
            } else {
                places.vacate(place)
                run.wait(with: settle(chunk, report, published, .left, run))
            }
        }
        if found { offerPlaces() }
    }

    /// How far the claimer of a chunk has come; nil when what its place says is nothing that a worker writes.
    func published(of chunk: Chunk, _ report: PlaceReport, _ run: Run) -> Published? {
        chunk.published(report, from: segments.resultReader, naming: run.failuresByName)
    }

    /// Settles a chunk that nobody works at any more. Returns the chunks of what goes out again.
    mutating func settle(
        _ chunk: Chunk, _ report: PlaceReport, _ published: Published, _ ending: Settlement.Ending, _ run: Run
    ) -> [Chunk] {
        let settlement = Settlement(of: chunk.facts, report, done: published.done, ending, policy(of: run))
        if let surrender = settlement.surrender {
            run.end(because: surrender, lastWords(of: chunk, report, behind: published.done))
        }
        let (count, retries) = (published.done - chunk.items.lowerBound, settlement.retries)
        board.count { statistics in
            statistics.published += count
            statistics.retried += retries
        }
        return run.carryOut(settlement, of: chunk, published.failures)
    }

    /// What a worker that gives up says of the item that it has come to.
    private func lastWords(of chunk: Chunk, _ report: PlaceReport, behind done: Int) -> String? {
        FailureEntries(
            endingWith: report.failure, in: chunk.overflow?.range, of: chunk.items, below: done + 1, naming: .max,
            from: segments.resultReader)?.named.last?.reason
    }

    /// Settles chunks whose places were damaged, and are out of use no more.
    func settleDamaged(_ chunks: [(chunk: Chunk, run: Run)]) {
        for (chunk, run) in chunks {
            board.count { $0.damaged += 1 }
            run.wait(with: run.carryOut(Settlement(damaged: chunk.facts, policy(of: run)), of: chunk, ItemFailures()))
            note(run)
        }
    }

    func policy(of run: Run) -> Settlement.Policy {
        Settlement.Policy(retries: run.limits.retries, mostRoom: segments.layout.resultBytes / 4)
    }
}

import ProcessionSegment
import ProcessionSystem

/// What becomes of a chunk that was left, or whose claimer died: places are taken back, and records go out again.
extension Supervisor {
    /// Takes back the places whose claimers have left. Returns whether there were any.
    @discardableResult
    func collect(_ run: inout Run) -> Bool {
        var found = false
        for place in places.occupied where places.hasLeft(place) {
            guard let chunk = places.chunk(at: place) else { continue }
            found = true
            faultPoint("collected")
            let report = places.look(at: place)
            guard let published = published(of: chunk, report) else {
                condemn(place, report, &run)
                continue
            }
            run.idleDeaths = 0
            let isIncomplete = published.done < chunk.items.upperBound
            if isIncomplete, places.waitsForRoom(at: place) {
                park(place, report, published, &run)
            } else {
                places.vacate(place)
                settle(chunk, report, published, ending: nil, &run)
            }
        }
        return found
    }

    /// Decides what becomes of a chunk whose claimer has left it, or was reaped (`ending`).
    ///
    /// What was published stays. An item that its worker died on goes out again in a chunk of its own, or has failed; the
    /// rest goes out again elsewhere, with as much room as it wanted. A worker that had claimed
    /// several chunks died on an item of one of them: `isToBlame`.
    func settle(
        _ chunk: Chunk, _ report: PlaceReport, _ published: (done: Int, failures: Chunk.Failures),
        ending: RecordFailure.Cause?, isToBlame: Bool = true, _ run: inout Run
    ) {
        guard let rest = takePublished(chunk, report, published, isDead: ending != nil, &run) else { return }
        if let ending, isToBlame {
            separate(rest, cause: ending, &run)
        } else if ending != nil {
            run.waiting.append(rest)
        } else if let rest = wantRoom(rest, after: chunk, report, &run) {
            run.waiting.append(rest)
        }
    }

    /// Finishes the part of a chunk that is published. Returns the others, if there are any.
    func takePublished(
        _ chunk: Chunk, _ report: PlaceReport, _ published: (done: Int, failures: Chunk.Failures), isDead: Bool,
        _ run: inout Run
    ) -> Chunk? {
        let items = chunk.items
        let (done, failures) = published
        if let surrender = Surrender(rawValue: report.wanted) {
            let reason = self.failures(of: chunk, report, upTo: done + 1, keeping: .max)?.first.last?.reason
            run.broken = PoolError(
                surrender == .systemRefused ? .system : .functionBroken, reason ?? "a worker gave up without saying why"
            )
        }
        chunk.failures = failures
        statistics.published += done - items.lowerBound
        if done == items.upperBound {
            // A claimer that died had no time to say how much it used.
            finish(
                chunk, used: isDead ? nil : report.overflowUsed, nanoseconds: isDead ? nil : report.nanoseconds, &run)
            return nil
        }
        // The part that is published keeps the chunk's position; the item at `done` and the rest follow it.
        let rest = chunk.part(done..<items.upperBound)
        if done > items.lowerBound {
            chunk.items = items.lowerBound..<done
            finish(chunk, used: nil, nanoseconds: nil, &run)
            run.chunks.insert(rest, after: chunk)
        } else {
            run.chunks.replace(chunk, with: rest)
            rest.attempts = chunk.attempts
        }
        return rest
    }

    /// Notes how much room the rest of a chunk wants, and returns it. An item that wants more than there can be has failed,
    /// and what follows it is returned, if anything does.
    func wantRoom(_ rest: Chunk, after chunk: Chunk, _ report: PlaceReport, _ run: inout Run) -> Chunk? {
        // Where a part was published, that is a chunk of its own now.
        rest.isStuck = rest.items.lowerBound == chunk.items.lowerBound
        // What comes back untouched gets more than it had, whatever the worker says, or it might come for ever.
        let room = rest.isStuck ? chunk.overflow?.range.count ?? 1 : 1
        rest.roomWanted = max(Int(clamping: report.wanted), room)
        guard rest.roomWanted > memory.segments.layout.resultBytes / 4 else { return rest }
        let item = isolateFirst(of: rest, &run)
        item.state = .failed(.tooLarge(rest.roomWanted))
        (rest.roomWanted, rest.isStuck) = (0, false)
        return item === rest ? nil : rest
    }

    /// The item a worker died on gets a chunk of its own and one more attempt, or has failed; what follows it goes on.
    func separate(_ rest: Chunk, cause: RecordFailure.Cause, _ run: inout Run) {
        let item = isolateFirst(of: rest, &run)
        item.attempts = rest.attempts + 1
        if item.attempts > options.retries {
            item.state = .failed(cause)
        } else {
            statistics.retried += 1
            run.waiting.append(item)
        }
        if rest !== item {
            rest.attempts = 0
            run.waiting.append(rest)
        }
    }

    /// Splits the first item off a chunk that is waiting; the chunk itself when it has only one.
    func isolateFirst(of chunk: Chunk, _ run: inout Run) -> Chunk {
        guard chunk.items.count > 1 else { return chunk }
        let rest = chunk.items.dropFirst()
        let item = chunk.part(chunk.items.lowerBound..<rest.lowerBound)
        item.attempts = chunk.attempts
        run.chunks.replace(chunk, with: item)
        chunk.items = rest.lowerBound..<rest.upperBound
        run.chunks.insert(chunk, after: item)
        return item
    }

    private func finish(_ chunk: Chunk, used: UInt64?, nanoseconds: UInt64?, _ run: inout Run) {
        chunk.state = .finished
        if let used, let extent = chunk.overflow, let used = Int(exactly: used), used <= extent.range.count {
            extent.shrink(to: used)
        }
        if let nanoseconds { run.sizer.learn(records: chunk.items.count, nanoseconds: nanoseconds) }
    }
}

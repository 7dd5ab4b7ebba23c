import ProcessionSegment
import ProcessionSystem

/// Workers that wait for room: each keeps a result that has outgrown its chunk's, so that no record is mapped twice.
///
/// The place of such a chunk is *parked*: what was published is settled, the rest is the place's chunk and goes on there,
/// in the hands of the same worker. Meanwhile it is out of the books of what workers are at, so that no time limit runs.
/// Memory may be refused for now, where it is a window's that a slow record holds; but never when nobody else is left to
/// work at the oldest chunk, because the others would wait for that one for ever.
extension Supervisor {
    func isParked(_ worker: Int?) -> Bool { parked.values.contains { $0 == worker } }

    /// The claimer of a place has left it and waits there for room.
    func park(_ place: Int, _ report: PlaceReport, _ published: (done: Int, failures: Chunk.Failures)) {
        let worker = report.claimer(generation: places[place].generation)
        guard let worker, worker < roster.capacity, let chunk = places[place].chunk else {
            return condemn(place, report)
        }
        withdraw(place)
        parked[place] = worker
        let rest = takePublished(chunk, report, published, isDead: false)
        places[place].chunk = rest.flatMap { wantRoom($0, after: chunk, report) }
        guard let rest = places[place].chunk else { return dismissWaiter(at: place) }
        rest.sequence = chunk.sequence
    }

    /// Gives room to those that wait for it and may have it, the oldest records first. Returns whether there were any.
    func grantRoom<Source: RecordSource>(_ source: Source) throws(PoolError) -> Bool {
        guard !parked.isEmpty else { return false }
        let waiters = parked.compactMap { place, worker in places[place].chunk.map { (place, worker, $0) } }
            .sorted { $0.2.first + $0.2.items.lowerBound < $1.2.first + $1.2.items.lowerBound }
        var hasGranted = false
        for (place, worker, chunk) in waiters {
            guard roster.isLiving(worker) else {
                // Nobody's number, or one that died before it was seen to wait: whoever comes next maps the records.
                dismissWaiter(at: place)
                waiting.append(chunk)
                continue
            }
            guard source.mayGrow(isHead: isUrgent(chunk, of: worker)) else { continue }
            try makeRoom(for: chunk, source)
            parked[place] = nil
            occupy(place, with: chunk)
            segments.grant(
                place: place, generation: places[place].generation, sequence: chunk.sequence, to: worker,
                chunk.descriptor(run: runNumber))
            hasGranted = true
        }
        return hasGranted
    }

    /// Whether the oldest chunk cannot go on before a worker has room for this one: it is the oldest itself, its worker
    /// holds that too, or no worker or no place is left for it.
    private func isUrgent(_ chunk: Chunk, of worker: Int) -> Bool {
        guard let head = chunks.head, head !== chunk, parked.count < min(roster.living, places.count) else {
            return true
        }
        guard case .open(let place, let generation) = head.state else { return false }
        return segments.look(at: place, generation: generation).claimer(generation: generation) == worker
    }

    /// Takes a place from the worker that waits there.
    func dismissWaiter(at place: Int) {
        segments.close(place: place, generation: places[place].generation)
        segments.refuse(place: place, generation: places[place].generation)
        parked[place] = nil
        places[place].chunk = nil
        freePlaces.append(place)
    }

    /// A worker was reaped: settles what it waited with, and says whether there was anything. Its result went with it.
    func settleParked(by worker: Int, _ cause: RecordFailure.Cause) -> Bool {
        let kept = parked.filter { $0.value == worker }.compactMap { place, _ in places[place].chunk.map { (place, $0) }
        }
        for (place, chunk) in kept {
            dismissWaiter(at: place)
            separate(chunk, cause: cause)
        }
        return !kept.isEmpty
    }
}

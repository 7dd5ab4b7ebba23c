import ProcessionSegment
import ProcessionSystem

/// Workers that wait for room: each keeps a result that has outgrown its chunk's, so that no record is mapped twice.
///
/// The place of such a chunk is *parked*: what was published is settled, the rest is the place's chunk and goes on
/// there, in the hands of the same worker. Meanwhile it is out of the books of what workers are at, so that no time
/// limit runs. Memory may be refused for now, where it is a window's that a slow record holds; but never when nobody
/// else is left to work at the oldest chunk, because the others would wait for that one for ever.
extension Supervisor {
    /// The claimer of a place has left it and waits there for room.
    mutating func park(_ place: Int, _ chunk: Chunk, _ report: PlaceReport, _ published: Published, _ run: Run) {
        guard let worker = report.claimer, worker < roster.capacity else { return condemn(place, report) }
        let rest = settle(chunk, report, published, .left, run)
        // Where the item it waits with wants more than there can be, and has failed, it goes on behind that.
        if let rest = rest.first, !run.isForgotten {
            places.park(place, by: worker, with: rest)
        } else {
            places.dismissWaiter(at: place)
        }
    }

    /// Gives room to those that wait for it and may have it, the oldest records first. Returns whether there were any.
    mutating func grantRoom<Source: RecordSource>(_ run: Run, _ source: inout Source) throws(PoolError) -> Bool {
        guard !places.parked.isEmpty else { return false }
        var hasGranted = false
        for (place, worker, chunk) in places.waiters(of: run) {
            guard roster.isLiving(worker) else {
                // Nobody's number, or one that died before it was seen to wait: whoever comes next maps the records.
                places.dismissWaiter(at: place)
                run.wait(with: [chunk])
                continue
            }
            guard source.mayGrow(isHead: isUrgent(chunk, of: worker, run.chunks)) else { continue }
            try memory.makeRoom(for: chunk, &source)
            places.grant(place)
            hasGranted = true
        }
        return hasGranted
    }

    /// Where all workers wait for room, and other runs have chunks that somebody should work at: lets the oldest go on,
    /// whatever its run's window is. Its caller may be busy with what depends on these others.
    mutating func grantWhereAllWait() -> Bool {
        guard runs.count > 1, !places.parked.isEmpty, places.parked.count >= roster.living, !places.occupied.isEmpty,
            let first = places.waiters.first, let (chunk, run) = places.holding(first.place),
            (try? memory.makeRoom(for: chunk, 0, limit: .max, run.meter)) != nil
        else { return false }
        places.grant(first.place)
        return true
    }

    /// Whether the oldest chunk cannot go on before a worker has room for this one: it is the oldest itself, its worker
    /// holds that too, or no worker or no place is left for it.
    private func isUrgent(_ chunk: Chunk, of worker: Int, _ chunks: ChunkList) -> Bool {
        guard let head = chunks.head, head !== chunk, places.parked.count < min(roster.living, places.count) else {
            return true
        }
        guard case .open(let place) = head.state else { return false }
        return places.look(at: place).claimer == worker
    }

    /// A worker was reaped: settles what it waited with, and says whether there was anything. Its result went with it.
    mutating func settleParked(by worker: Int, _ cause: RecordFailure.Cause, after forgotten: Int? = nil) -> Bool {
        let kept = places.waiters.filter { $0.worker == worker }
        for (place, _, chunk) in kept {
            guard let run = places.holding(place)?.run else { continue }
            let isToBlame = !run.isInnocent(after: forgotten)
            let settlement = Settlement(parked: chunk.facts, cause, isToBlame: isToBlame, policy(of: run))
            board.count { $0.retried += settlement.retries }
            run.wait(with: run.carryOut(settlement, of: chunk, ItemFailures()))
            places.dismissWaiter(at: place)
            note(run)
        }
        return !kept.isEmpty
    }
}

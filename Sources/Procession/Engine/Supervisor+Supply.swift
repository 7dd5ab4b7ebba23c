import ProcessionSegment
import ProcessionSystem

/// Finished chunks go back to their run in order, and further ones are opened in the places that are free.
///
/// Alone, a run may have all places. Beside others that have chunks out it has no more than its share, so that whoever
/// comes waits for no more than the chunks that workers are at, and a few that come before: workers take the oldest
/// first, and chunks are about as long in every run. When a run opens its first chunk, the others take back what is
/// more than that and claimed by nobody.
extension Supervisor {
    mutating func drain<Source: RecordSource>(_ run: Run, _ source: inout Source) throws {
        while let chunk = run.chunks.head, chunk.isDrainable {
            // What ended us may have ended its workers too, and a failure that came of that is none.
            if !chunk.failures.isEmpty, let signal = run.request.interruption?.check() {
                try source.flush()
                throw Interrupted(signal: signal)
            }
            run.chunks.drainHead()
            board.count { statistics in
                statistics.failed += chunk.failures.count
                statistics.records += chunk.items.count
            }
            faultPoint("draining")
            try source.drain(chunk)
        }
        try source.flush()
        faultPoint("drained")
    }

    /// Gives room to workers that wait for it, and opens chunks until enough are ahead of the workers. Returns whether
    /// there were any.
    mutating func refill<Source: RecordSource>(_ run: Run, _ source: inout Source) throws -> Bool {
        var opened = 0
        run.awaitedInput = nil
        let hasGranted = try grantRoom(run, &source)
        var bytesAhead = runs.count == 1 ? places.bytesOut : places.bytesOut(of: run)
        var mostAhead = roster.capacity * Self.bytesAhead
        if source.areChunksGathered {
            bytesAhead -= noticeTaking(run)
            mostAhead /= 2
        }
        run.sortWaiting()
        while runs.count == 1 ? places.hasFree : hasPlace(for: run) {
            if let chunk = run.oldestWaiting {
                // Results that are larger than expected must not fill the memory behind a record that is slow.
                guard source.mayGrow(isHead: chunk === run.chunks.head) else { break }
                run.takeOldestWaiting()
                faultPoint("reopening")
                try open(chunk, run, &source)
            } else {
                guard !run.isExhausted, bytesAhead < mostAhead, run.sizer.allows(beside: places.occupied.count),
                    let chunk = try next(run, &source)
                else { break }
                try open(chunk, run, &source)
                bytesAhead += chunk.input.count
            }
            opened += 1
        }
        guard opened > 0 else { return hasGranted }
        // Only of the last chunk there is, and where a worker was awake to take it, is it known who is at it.
        if segments.wakeSleepers(opened, of: roster.capacity), run.isExhausted, places.occupied.count == 1 {
            run.lonePlace = places.mark(of: places.occupied[0])
        }
        if source.areChunksGathered { run.lastOpened = .now }
        watchAnew()
        return true
    }

    /// Bytes of input that each worker may have before it, with what it is at work on: memory that was touched before
    /// is worth far more than a long way ahead. Half of that where workers gather chunks, beside what they have
    /// gathered: as much as the pipe that a filter is fed through.
    private static let bytesAhead = 2 << 20

    /// The bytes of chunks that workers have taken. When somebody asks for more, because what is left is the part of
    /// others, and they have taken half of the last ones, the sizer hears of it.
    private func noticeTaking(_ run: Run) -> Int {
        let taken = places.out.filter { !places.look(at: $0.place).isOpen }
        let out = places.occupied.count
        if run.isRung, out - taken.count <= roster.capacity {
            var sizer = run.sizer
            sizer.areTaken(out, in: .now - run.lastOpened, isFull: !places.hasFree)
            run.sizer = sizer
        }
        run.isRung = false
        return taken.reduce(0) { $0 + $1.chunk.input.count }
    }

    private mutating func next<Source: RecordSource>(_ run: Run, _ source: inout Source) throws -> Chunk? {
        switch try source.next(limit: run.sizer.next(remaining: source.remaining)) {
        case .chunk(let chunk, let isEarly):
            if isEarly { run.chunks.appendEarly(chunk) } else { run.chunks.append(chunk) }
            // Said before the chunk is opened, so that whoever has finished it knows.
            if source.remaining == 0 { exhaust(run) }
            return chunk
        case .notNow(let descriptor): run.awaitedInput = descriptor
        case .end: exhaust(run)
        }
        return nil
    }

    private func exhaust(_ run: Run) {
        run.isExhausted = true
        run.chunks.close()
        tellSupply()
    }

    private mutating func open<Source: RecordSource>(
        _ chunk: Chunk, _ run: Run, _ source: inout Source
    ) throws(PoolError) {
        try memory.makeRoom(for: chunk, &source)
        if runs.count > 1, !places.holds(run) { makeWay(for: run) }
        places.open(chunk, run: run)
    }

    // MARK: Beside other runs

    /// Whether a run may have another place, beside others. One that may not hears when that may have changed.
    private func hasPlace(for run: Run) -> Bool {
        let others = places.holders(beside: run)
        run.wantsPlace = !places.hasFree || others > 0 && places.count(of: run) >= share(among: others + 1)
        return !run.wantsPlace
    }

    /// Places that each of several runs may have: enough for every worker to have work of its own while the parent
    /// sleeps, where there are few runs.
    private func share(among runs: Int) -> Int { max(roster.capacity, 4 * roster.capacity / runs) }

    /// Takes back what others have out beyond their share.
    private mutating func makeWay(for run: Run) {
        let share = share(among: places.holders(beside: run) + 1)
        for other in runs where other !== run && other.places > share {
            other.wait(with: places.revoke(of: other, beyond: share))
        }
    }
}

extension SharedMemory {
    /// Bytes of results that may take memory before a worker has written them.
    private static var mostForGranted: Int { 4 << 20 }

    /// Gives a chunk the overflow bytes that it is going to take, for all we know, if it has none.
    func makeRoom<Source: RecordSource>(for chunk: Chunk, _ source: inout Source) throws(PoolError) {
        let estimate = source.overflowEstimate(records: chunk.items.count, inputBytes: chunk.input.count)
        try makeRoom(for: chunk, estimate, limit: source.overflowLimit, source.meter)
    }

    func makeRoom(for chunk: Chunk, _ estimate: Int, limit: Int, _ meter: Meter?) throws(PoolError) {
        // Room for what is known to be wanted, twice over when it was wanted before, and for a few failures' texts. No
        // more than its share of a window, unless the first record alone wants more. None where nothing is expected: a
        // record that fails nevertheless waits for some.
        let wanted = max(estimate, chunk.roomWanted * 2)
        guard wanted > 0, chunk.overflow == nil else { return }
        let bytes = (chunk.isStuck ? wanted : max(min(wanted, limit), chunk.roomWanted)) + 512
        // What a worker wants may be a lie.
        let isSparse = bytes > Self.mostForGranted
        guard let overflow = allocateResult(bytes, meter: meter, isSparse: isSparse) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of results in shared memory")
        }
        chunk.overflow = overflow
    }
}

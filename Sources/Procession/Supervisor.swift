import ProcessionSegment
package import ProcessionSystem

/// The parent's side of a pool: hands out chunks, notices what became of them, keeps the order, and survives its workers.
///
/// One run at a time. The loop is: *collect* what workers have left, *drain* what is finished at the head, *refill* the
/// open places, *wait*. It trusts its own copies of places, ranges and generations; from the result segment it takes
/// private copies of words and checks them.
///
/// Sendable because its pool lends it to one caller at a time, under a lock.
package final class Supervisor: @unchecked Sendable {
    package struct Options: Sendable {
        package var workers: Int
        /// Attempts after one that killed its worker.
        package var retries = 1
        package var timeLimit: Duration?
        package var chunkSize: Int?
        package var backtraces = false
        /// Cores that there are for parent and workers to wait awake for each other at the ends of a run; 1: they sleep.
        package var cores = 1
        /// Kill what dead workers had started. Only for a process that has no children but the workers.
        package var adoptsOrphans = false
        /// Let workers leave by themselves at the end, which takes longer than to kill them. What a function keeps between
        /// chunks hears of the end then, and may complain.
        package var dismissesWorkers = true
        /// Spawn workers without a thread of their own for that, which takes a while to start. Only where whoever makes and
        /// runs the supervisor is a thread that lives as long as the process: workers die with the thread that spawned them.
        package var spawnsByItself = false

        package init(workers: Int) { self.workers = workers }
    }

    package let memory: SharedMemory
    let roster: WorkerRoster
    let options: Options
    /// Workers that are running, as far as has been noticed.
    package var livingWorkers: Int { roster.living }
    var segments: ParentSegments { memory.segments }

    /// One per place: the chunk in it, and the generation it was last opened under.
    var places: [(chunk: Chunk?, generation: Int)]
    var freePlaces: [Int]
    /// The places that hold a chunk, in no order; and the bytes of input that these have.
    var occupied: [Int] = []
    var bytesOut = 0
    /// Chunks opened over the pool's life.
    var sequence = 0
    var runNumber = 0
    /// What workers read of the run that is on, beside its records.
    var runExtents: [Extent] = []
    /// The source has no further records.
    var isExhausted = false
    let chunks = ChunkList()
    /// Chunks that must be opened again, lowest records first.
    var waiting: [Chunk] = []
    var sizer: ChunkSizer
    /// Where the source said that it waits for input, the last time it was asked.
    var awaitedInput: Int32?
    /// Deaths of workers that had claimed nothing, since a chunk was last finished.
    var idleDeaths = 0
    /// Why the run cannot go on, if a worker has said so.
    var broken: PoolError?
    /// Places whose words are damaged, and the workers that were killed for it and are not reaped yet: until then, one of
    /// them may write there.
    var condemned: [Int: Set<Int>] = [:]
    /// When to ask for workers that have died the next time, between two runs.
    var nextRollCall: UInt64 = 0
    /// When to look for places that nobody holds the next time.
    var nextSearch: UInt64 = 0
    /// Workers killed because their record took too long, until they are reaped.
    var timedOut: Set<Int> = []
    /// For how long chunks were open and nobody worked at any. For the time limit.
    var unclaimed = Duration.zero
    /// What was opened last is the chunk that a worker was spinning for.
    var isAwaited = false
    /// Asked when a worker was killed and nobody here has done it.
    var shortage: MemoryShortage
    /// What the pool has done so far.
    package internal(set) var statistics = PoolStatistics()
    /// What others may know of the pool, without waiting for a run to end.
    let board = PoolBoard()
    /// Asked before every step whether the run has to end: `run` then throws `Interrupted`.
    package var interruption: Interruption?
    /// Told now and then, a few times a second, how far the pool has come.
    package var onProgress: ((PoolStatistics) -> Void)?
    /// When to look up from the work the next time.
    var nextLook: UInt64 = 0
    var nextProgress: UInt64 = 0

    package init(_ options: Options) throws(PoolError) {
        self.options = options
        sizer = ChunkSizer(fixed: options.chunkSize, workers: options.workers)
        memory = try SharedMemory(workers: options.workers, spin: options.cores > 1 ? Spin.nanoseconds : 0)
        do {
            roster = try WorkerRoster(
                segments: memory.segments, workers: options.workers, backtraces: options.backtraces,
                adoptsOrphans: options.adoptsOrphans, spawnsByItself: options.spawnsByItself)
        } catch {
            throw PoolError(.system, "cannot start a pool: \(error)")
        }
        places = Array(repeating: (nil, 0), count: memory.segments.layout.placeCount)
        freePlaces = Array(places.indices.reversed())
        roster.fill()
        // Workers start meanwhile.
        shortage = MemoryShortage()
        try requireWorkers()
        post()
    }

    // MARK: Collect

    /// Takes back the places whose claimers have left. Returns whether there were any.
    @discardableResult
    func collect() -> Bool {
        var found = false
        for place in occupied where segments.hasLeft(place: place, generation: places[place].generation) {
            guard let chunk = places[place].chunk, condemned[place] == nil else { continue }
            found = true
            faultPoint("collected")
            let report = segments.look(at: place, generation: places[place].generation)
            guard let published = published(of: chunk, report) else {
                condemn(place, report)
                continue
            }
            vacate(place)
            settle(chunk, report, published, ending: nil)
            idleDeaths = 0
        }
        return found
    }

    /// Closes a place nobody writes any more.
    func vacate(_ place: Int) {
        segments.close(place: place, generation: places[place].generation)
        faultPoint("vacated")
        release(place)
    }

    /// Decides what becomes of a chunk whose claimer has left it, or was reaped (`ending`).
    ///
    /// What was published stays. An item that wanted more room goes out again with more; one that its worker died on
    /// goes out again in a chunk of its own, or has failed; the rest goes out again elsewhere. A worker that had claimed
    /// several chunks died on an item of one of them: `isToBlame`.
    func settle(
        _ chunk: Chunk, _ report: PlaceReport, _ published: (done: Int, failures: [Chunk.Failure]),
        ending: RecordFailure.Cause?, isToBlame: Bool = true
    ) {
        let items = chunk.items
        let (done, failures) = published
        if let surrender = Surrender(rawValue: report.wanted) {
            let reason = self.failures(of: chunk, report, upTo: done + 1)?.last?.reason
            broken = PoolError(
                surrender == .systemRefused ? .system : .functionBroken, reason ?? "a worker gave up without saying why"
            )
        }
        chunk.failures = failures
        statistics.published += done - items.lowerBound
        if done == items.upperBound {
            // A claimer that died had no time to say how much it used.
            finish(
                chunk, used: ending == nil ? report.overflowUsed : nil,
                nanoseconds: ending == nil ? report.nanoseconds : nil)
            return
        }
        // The part that is published keeps the chunk's position; the item at `done` and the rest follow it.
        let rest = chunk.part(done..<items.upperBound)
        if done > items.lowerBound {
            chunk.items = items.lowerBound..<done
            finish(chunk, used: nil, nanoseconds: nil)
            chunks.insert(rest, after: chunk)
        } else {
            chunks.replace(chunk, with: rest)
            rest.attempts = chunk.attempts
        }
        if let ending, isToBlame {
            separate(rest, cause: ending)
        } else if ending != nil {
            waiting.append(rest)
        } else {
            rest.isStuck = done == items.lowerBound
            // What comes back untouched gets more than it had, whatever the worker says, or it might come for ever.
            let room = rest.isStuck ? chunk.overflow?.range.count ?? 1 : 1
            rest.roomWanted = max(Int(clamping: report.wanted), room)
            if rest.roomWanted > memory.segments.layout.resultBytes / 4 {
                let item = isolateFirst(of: rest)
                item.state = .failed(.tooLarge(rest.roomWanted))
                (rest.roomWanted, rest.isStuck) = (0, false)
            }
            if case .waiting = rest.state { waiting.append(rest) }
        }
    }

    /// The item a worker died on gets a chunk of its own and one more attempt, or has failed; what follows it goes on.
    private func separate(_ rest: Chunk, cause: RecordFailure.Cause) {
        let item = isolateFirst(of: rest)
        item.attempts = rest.attempts + 1
        if item.attempts > options.retries {
            item.state = .failed(cause)
        } else {
            statistics.retried += 1
            waiting.append(item)
        }
        if rest !== item {
            rest.attempts = 0
            waiting.append(rest)
        }
    }

    /// Splits the first item off a chunk that is waiting; the chunk itself when it has only one.
    func isolateFirst(of chunk: Chunk) -> Chunk {
        guard chunk.items.count > 1 else { return chunk }
        let rest = chunk.items.dropFirst()
        let item = chunk.part(chunk.items.lowerBound..<rest.lowerBound)
        item.attempts = chunk.attempts
        chunks.replace(chunk, with: item)
        chunk.items = rest.lowerBound..<rest.upperBound
        chunks.insert(chunk, after: item)
        return item
    }

    private func finish(_ chunk: Chunk, used: UInt64?, nanoseconds: UInt64?) {
        chunk.state = .finished
        if let used, let extent = chunk.overflow, let used = Int(exactly: used), used <= extent.range.count {
            extent.shrink(to: used)
        }
        if let nanoseconds { sizer.learn(records: chunk.items.count, nanoseconds: nanoseconds) }
    }

    // MARK: Drain

    func drain<Source: RecordSource>(_ source: inout Source) throws {
        while let chunk = chunks.head, chunk.isDrainable {
            // What ended us may have ended its workers too, and a failure that came of that is none.
            if chunk.hasFailed, let signal = interruption?.check() {
                try source.flush()
                throw Interrupted(signal: signal)
            }
            chunks.remove(chunk)
            statistics.failed += chunk.failures.count + (chunk.cause == nil ? 0 : 1)
            statistics.records += chunk.items.count
            // The parts of a split chunk share their input; one of them holds its first item.
            if chunk.items.lowerBound == 0 { statistics.inputBytes += chunk.input.count }
            faultPoint("draining")
            try source.drain(chunk)
        }
        try source.flush()
        faultPoint("drained")
    }

    // MARK: Refill

    /// Opens chunks until enough are ahead of the workers. Returns whether any was.
    func refill<Source: RecordSource>(_ source: inout Source) throws -> Bool {
        // Memory that was touched before is worth far more than a long way ahead.
        let bytesAhead = roster.capacity * Self.bytesAheadPerWorker
        var opened = 0
        awaitedInput = nil
        if waiting.count > 1 { waiting.sort { $0.first + $0.items.lowerBound > $1.first + $1.items.lowerBound } }
        while !freePlaces.isEmpty {
            if let chunk = waiting.last {
                // Results that are larger than expected must not fill the memory behind a record that is slow.
                guard source.mayGrow(isHead: chunk === chunks.head) else { break }
                waiting.removeLast()
                faultPoint("reopening")
                try open(chunk, for: source)
            } else {
                guard !isExhausted, bytesOut < bytesAhead, let chunk = try next(&source) else { break }
                try open(chunk, for: source)
            }
            opened += 1
        }
        if opened > 0 { isAwaited = segments.wakeSleepers(opened, of: roster.capacity) }
        return opened > 0
    }

    /// Two of the pipes that a filter is fed through.
    private static let bytesAheadPerWorker = 2 << 20

    private func next<Source: RecordSource>(_ source: inout Source) throws -> Chunk? {
        switch try source.next(limit: sizer.next(remaining: source.remaining)) {
        case .chunk(let chunk, let isEarly):
            if isEarly { chunks.appendEarly(chunk) } else { chunks.append(chunk) }
            // Said before the chunk is opened, so that whoever has finished it knows.
            if source.remaining == 0 { exhaust() }
            return chunk
        case .notNow(let descriptor): awaitedInput = descriptor
        case .end: exhaust()
        }
        return nil
    }

    private func exhaust() {
        isExhausted = true
        chunks.close()
        segments.setSupplied(true)
    }

    private func open<Source: RecordSource>(_ chunk: Chunk, for source: Source) throws(PoolError) {
        let estimate = source.overflowEstimate(records: chunk.items.count, inputBytes: chunk.input.count)
        // Room for what is known to be wanted, twice over when it was wanted before, and for a few failures' texts. Only
        // a chunk whose first record alone was too large may have more than its share of a window.
        let wanted = max(estimate, chunk.roomWanted * 2)
        let bytes = (chunk.isStuck ? wanted : min(wanted, source.overflowLimit)) + 512
        guard let overflow = memory.allocateResult(bytes, meter: source.meter) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of results in shared memory")
        }
        chunk.overflow = overflow
        chunk.failures = []
        // Sound as an index: `refill` and `reopen` come here only while places are free.
        let place = freePlaces.removeLast()
        places[place].chunk = chunk
        occupied.append(place)
        bytesOut += chunk.input.count
        places[place].generation += 1
        chunk.state = .open(place: place, generation: places[place].generation)
        chunk.sequence = sequence
        chunk.seenDone = -1
        chunk.stalled = .zero
        segments.open(
            place: place, generation: places[place].generation, sequence: sequence,
            chunk.descriptor(run: runNumber))
        sequence += 1
    }

    // MARK: Beginning and ending

    /// Bytes that workers read, somewhere in the input segment.
    func layOut(_ bytes: [UInt8]) throws(PoolError) -> (extent: Extent, used: Range<Int>) {
        guard let extent = memory.allocateInput(bytes.count) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes.count)) that all workers share")
        }
        segments.inputWriter(overflow: 0..<0).store(bytes: bytes.span, at: extent.range.lowerBound)
        return (extent, extent.range.prefix(bytes.count))
    }

    func requireWorkers() throws(PoolError) {
        guard roster.living == 0 else { return }
        guard let error = roster.spawnError else { throw PoolError(.system, "no worker could be started") }
        // Where there is /proc, the running executable is there too, even when its file was deleted.
        let wayOut =
            error.isMissingFile
            ? "workers are started from /proc/self/exe: is /proc mounted?"
            : "raise the limit on processes or descriptors, or ask for fewer workers"
        throw PoolError(.system, "no worker: \(error); \(wayOut)")
    }

    /// Ends a run before its end: takes back what nobody has claimed, waits a moment for what somebody has, and kills
    /// whoever is still at it, so that the next run finds every place closed.
    func abandon() {
        chunks.reset()
        waiting = []
        let deadline = Clock.monotonic() + 100_000_000
        for place in occupied where segments.revoke(place: place, generation: places[place].generation) {
            release(place)
        }
        func isBusy() -> Bool { !occupied.isEmpty }
        while isBusy(), Clock.monotonic() < deadline {
            var item = [PollItem(descriptor: roster.bell.descriptor.number, wants: .read)]
            segments.setWake(from: 0)
            releaseLeft()
            if isBusy() { _ = try? poll(&item, timeout: .milliseconds(10)) }
            roster.bell.drain()
        }
        segments.setWake(from: nil)
        releaseLeft()
        let patience = Clock.monotonic() + 1_000_000_000
        while isBusy() {
            let claimers = occupied.map { place in
                let generation = places[place].generation
                return segments.look(at: place, generation: generation).claimer(generation: generation)
            }
            // Where an owner word is damaged, or changes all the time, anybody may hold the place.
            guard claimers.allSatisfy({ $0.map(roster.isLiving) == true }), Clock.monotonic() < patience else {
                roster.killAll()
                for place in occupied { vacate(place) }
                break
            }
            for worker in claimers { roster.kill(worker!) }
            var items = roster.handles.map { PollItem(descriptor: $0, wants: .read) }
            _ = try? poll(&items, timeout: .milliseconds(100))
            let losses = (try? roster.reap()) ?? []
            releaseLeft()
            for loss in losses { releaseClaims(of: loss.worker) }
        }
        roster.fill()
        runExtents = []
        post()
    }

    private func release(_ place: Int) {
        condemned[place] = nil
        bytesOut -= places[place].chunk?.input.count ?? 0
        places[place].chunk = nil
        occupied.remove(at: occupied.firstIndex(of: place)!)
        freePlaces.append(place)
    }

    private func releaseLeft() {
        for place in occupied where segments.hasLeft(place: place, generation: places[place].generation) {
            vacate(place)
        }
    }

    private func releaseClaims(of worker: Int) {
        for place in occupied {
            let generation = places[place].generation
            if segments.look(at: place, generation: generation).claimer(generation: generation) == worker {
                vacate(place)
            }
        }
    }

    /// Sends the workers home. The pool cannot be used afterwards.
    ///
    /// - Returns: Whether one of them found only now that something was wrong; it has said so on standard error.
    @discardableResult
    package func shutDown() -> Bool {
        defer { post() }
        guard options.dismissesWorkers else {
            roster.end()
            return false
        }
        return roster.disband(unless: interruption)
    }
}

extension Range<Int> {
    func prefix(_ count: Int) -> Range<Int> { lowerBound..<lowerBound + count }
}

import ProcessionSegment
import ProcessionSystem

/// A run from its beginning to its end: all at once, or step by step in the hands of whoever takes the results.
extension Supervisor {
    /// What a step has come to.
    package enum Step {
        /// Chunks were opened; there may be more to do at once.
        case moved
        /// Nothing can be done before a worker leaves a chunk, or memory or input comes: `wait`, or take results.
        case stalled
        /// All records are drained.
        case over
    }

    /// Maps all records of `source`. Throws what the source throws, a `PoolError` when the run cannot go on, or
    /// `Interrupted`, after which the pool cannot be used any more.
    ///
    /// - Parameter watching: Told at the beginning where to look how far the run has come.
    package func run<Source: RecordSource>(
        _ source: inout Source, _ function: FunctionImage, watching: (RunWatch) -> Void = { _ in }
    ) throws {
        var run = try begin(function, target: source.chunkTarget, gathers: source.areChunksGathered)
        watching(RunWatch(run.chunks, of: self))
        if run.sizer.isLong(source.remaining) { roster.spread() }
        while true {
            switch try step(&run, &source) {
            case .moved: continue
            case .stalled: try waitForMore(&run)
            case .over: return
            }
        }
    }

    /// Begins a run. It lasts until a step says that it is over, a step or a wait throws, or `abandon`.
    func begin(_ function: FunctionImage, target: Duration, gathers: Bool = false) throws -> Run {
        let name = try layOut(Array(function.name.utf8))
        let context = try layOut(function.context)
        runs += 1
        var run = Run(
            number: runs, function.name, extents: [name.extent, context.extent, function.state],
            failuresByName: options.failuresByName,
            sizes.sizer(for: function.name, target: target, gathers: gathers),
            Watchdog(limit: options.timeLimit, countsLife: options.workersKeepTime))
        segments.setRun(
            run.number, function: name.used, state: function.state.range.start(function.stateBytes),
            context: context.used)
        segments.setSupplied(false)
        places.closeFree()
        do {
            let now = Clock.monotonic()
            if now >= nextRollCall {
                nextRollCall = now + Self.rollCallInterval
                try buryDead(&run)
            }
            roster.fill()
            try requireWorkers()
            post()
        } catch {
            end(&run, with: error)
            throw error
        }
        return run
    }

    /// Nanoseconds in which nobody is asked whether workers have died between two runs: it takes as long as a small run,
    /// and whoever waits for one that has died is told.
    private static let rollCallInterval: UInt64 = 1_000_000

    /// Collects what workers have left, drains what is finished at the head, opens further chunks. Never sleeps.
    func step<Source: RecordSource>(_ run: inout Run, _ source: inout Source) throws -> Step {
        guard birthplace.isHere else { throw Self.forked }
        do {
            if let error = board.interruption { throw error }
            collect(&run)
            if let broken = run.broken { throw broken }
            try lookUp(&run, &source)
            try drain(&run, &source)
            let moved = try refill(&run, &source)
            post()
            guard run.chunks.isOver else { return moved ? .moved : .stalled }
            sizes.learn(run.sizer.found, of: run.function)
            return .over
        } catch {
            end(&run, with: error)
            throw error
        }
    }

    /// Sleeps until a step may find something to do.
    func waitForMore(_ run: inout Run) throws {
        do {
            try wait(&run)
        } catch {
            end(&run, with: error)
            throw error
        }
    }

    static var forked: PoolError {
        PoolError(.forked, "the pool belongs to the process of which this one is a copy (fork); make another pool here")
    }

    /// Ends the wait that is on, or else the next one. From any thread.
    package func wakeUp() { roster.bell.signalAtOnce() }

    /// Publishes what others may know.
    func post() {
        board.post(statistics, roster)
    }

    private func end(_ run: inout Run, with error: any Error) {
        if options.servesOneRun || error is Interrupted { roster.killAll() } else { abandon(&run) }
    }
}

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
    package func run<Source: RecordSource>(_ source: inout Source, _ function: FunctionImage) throws {
        try begin(function, target: source.chunkTarget, gathers: source.areChunksGathered)
        if sizer.isLong(source.remaining) { roster.spread() }
        while true {
            switch try step(&source) {
            case .moved: continue
            case .stalled: try waitForMore()
            case .over: return
            }
        }
    }

    /// Begins a run. It lasts until a step says that it is over, a step or a wait throws, or `abandon`.
    func begin(_ function: FunctionImage, target: Duration, gathers: Bool = false) throws {
        let name = try layOut(Array(function.name.utf8))
        let context = try layOut(function.context)
        runExtents = [name.extent, context.extent, function.state]
        runNumber += 1
        segments.setRun(
            runNumber, function: name.used, state: function.state.range.prefix(function.stateBytes),
            context: context.used)
        sizer.begin(function.name, target: target, gathers: gathers)
        idleDeaths = 0
        unclaimed = .zero
        broken = nil
        isExhausted = false
        chunks.reset()
        segments.setSupplied(false)
        places.closeFree()
        try abandoningOnError {
            let now = Clock.monotonic()
            if now >= nextRollCall {
                nextRollCall = now + Self.rollCallInterval
                try buryDead()
            }
            roster.fill()
            try requireWorkers()
            post()
        }
    }

    /// Nanoseconds in which nobody is asked whether workers have died between two runs: it takes as long as a small run,
    /// and whoever waits for one that has died is told.
    private static let rollCallInterval: UInt64 = 1_000_000

    /// Collects what workers have left, drains what is finished at the head, opens further chunks. Never sleeps.
    func step<Source: RecordSource>(_ source: inout Source) throws -> Step {
        guard birthplace.isHere else { throw Self.forked }
        return try abandoningOnError {
            if let error = board.interruption { throw error }
            collect()
            if let broken { throw broken }
            try lookUp(&source)
            try drain(&source)
            let moved = try refill(&source)
            post()
            if chunks.isOver {
                runExtents = []
                return .over
            }
            return moved ? .moved : .stalled
        }
    }

    /// Sleeps until a step may find something to do.
    func waitForMore() throws {
        try abandoningOnError { try wait(for: awaitedInput) }
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

    private func abandoningOnError<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            if options.servesOneRun || error is Interrupted { roster.killAll() } else { abandon() }
            throw error
        }
    }
}

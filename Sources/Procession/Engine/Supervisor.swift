import ProcessionSegment
import ProcessionSystem

/// The loop of the parent: hands out chunks, notices what became of them, keeps the order, and survives its workers.
///
/// *Collect* what workers have left (`+Settling`), *drain* what is finished at the head and *refill* the open places
/// (`+Supply`), *wait* (`+Waiting`). It trusts its own copies of places, ranges and generations; from the result
/// segment it takes private copies of words and checks them.
///
/// It has what outlives a run. All of a run is in a `Run`, which it is lent.
struct Supervisor: ~Copyable {
    let options: Engine.Options
    let memory: SharedMemory
    let roster: WorkerRoster
    let board: PoolBoard
    let birthplace = Birthplace()
    var places: PlaceTable
    private(set) var sizes: ChunkSizes
    /// Runs begun so far.
    private var runs = 0
    /// When to ask for workers that have died the next time, between two runs.
    private var nextRollCall = Instant.earliest
    /// What the last sleep has watched, whose memory the next one uses.
    var watched: [PollItem] = []
    /// Asked when a worker was killed and nobody here has done it.
    var shortage = MemoryShortage()

    init(
        _ options: Engine.Options, _ memory: SharedMemory, _ roster: WorkerRoster, _ board: PoolBoard,
        _ sizes: ChunkSizes?
    ) {
        self.options = options
        self.memory = memory
        self.roster = roster
        self.board = board
        self.sizes =
            sizes
            ?? ChunkSizes(
                fixed: options.chunkSize, longest: options.term?.longestChunk ?? .max, workers: options.workers)
        places = PlaceTable(memory.segments)
    }

    var segments: ParentSegments { memory.segments }

    /// What a step has come to.
    enum Step {
        /// Chunks were opened; there may be more to do at once.
        case moved
        /// Nothing can be done before a worker leaves a chunk, or memory or input comes: `wait`, or take results.
        case stalled
        /// All records are drained.
        case over
    }

    /// A run from its beginning to its end.
    mutating func run<Source: RecordSource>(
        _ source: inout Source, _ function: FunctionImage, _ request: RunRequest
    ) throws {
        var run = try begin(function, target: source.chunkTarget, gathers: source.areChunksGathered, request)
        request.onBegin?(RunWatch(run.chunks, segments))
        if run.sizer.isLong(source.remaining) { roster.spread() }
        while true {
            switch try step(&run, &source) {
            case .moved: continue
            case .stalled: try wait(&run)
            case .over: return
            }
        }
    }

    mutating func begin(
        _ function: FunctionImage, target: Duration, gathers: Bool = false, _ request: RunRequest = RunRequest()
    ) throws -> Run {
        runs += 1
        let now = Instant.now
        var run = Run(
            number: runs, function.name, function.extent, failuresByName: options.failuresByName,
            sizes.sizer(for: function.name, target: target, gathers: gathers),
            Watchdog(
                limit: options.timeLimit, countsLife: options.workersKeepTime, memoryLimit: options.memoryLimit,
                from: now), request)
        segments.setRun(function.descriptor(run: run.number))
        segments.setSupplied(false)
        places.closeFree()
        do {
            try callTheRoll(&run, now)
            roster.fill()
            try roster.requireWorkers()
        } catch {
            end(&run, with: error)
            throw error
        }
        return run
    }

    /// Replaces workers that have died since the last run; but not at once, because to ask takes as long as a small
    /// run, and whoever waits for one that has died is told.
    private mutating func callTheRoll(_ run: inout Run, _ now: Instant) throws {
        guard now >= nextRollCall else { return }
        nextRollCall = now + Self.rollCallInterval
        try buryDead(&run)
    }

    private static let rollCallInterval = Duration.milliseconds(1)

    /// Collects what workers have left, drains what is finished at the head, opens further chunks. Never sleeps.
    mutating func step<Source: RecordSource>(_ run: inout Run, _ source: inout Source) throws -> Step {
        guard birthplace.isHere else { throw PoolError.forked }
        do {
            if let error = board.interruption { throw error }
            collect(&run)
            if let broken = run.broken { throw broken }
            try lookUp(&run, &source)
            try drain(&run, &source)
            let moved = try refill(&run, &source)
            guard run.chunks.isOver else { return moved && !run.isExhausted ? .moved : .stalled }
            sizes.learn(run.sizer.found, of: run.function)
            return .over
        } catch {
            end(&run, with: error)
            throw error
        }
    }

    mutating func wait(_ run: inout Run) throws {
        do {
            try sleep(&run)
        } catch {
            end(&run, with: error)
            throw error
        }
    }

    /// Ends a run before its end, so that the next one finds every place closed.
    mutating func abandon(_ run: inout Run) {
        guard birthplace.isHere else { return }
        run.forget()
        sizes.learn(run.sizer.found, of: run.function)
        clearPlaces()
    }

    private mutating func end(_ run: inout Run, with error: any Error) {
        if options.servesOneRun || error is Interrupted { roster.killAll() } else { abandon(&run) }
    }
}

extension PoolError {
    static var forked: PoolError {
        PoolError(.forked, "the pool belongs to the process of which this one is a copy (fork); make another pool here")
    }
}

import ProcessionSegment
import ProcessionSystem

/// The workers and places of a pool, and the runs that are on: what the callers do to them, one step at a time.
///
/// Each caller steps its own run (`Engine`), and whoever *collects* what workers have left does it for all
/// (`+Settling`). It trusts its own copies of places, ranges and generations; from the result segment it takes private
/// copies of words and checks them.
///
/// It has what outlives a run. All of a run is in a `Run`.
struct Supervisor: ~Copyable {
    let options: Engine.Options
    let memory: SharedMemory
    let roster: WorkerRoster
    let board: PoolBoard
    var places: PlaceTable
    var watchdog: Watchdog
    private(set) var sizes: ChunkSizes
    /// Those that are on, in the order in which they began.
    private(set) var runs: [Run] = []
    /// So many of them are timed.
    private(set) var timedRuns = 0
    /// Runs begun so far.
    private var begun = 0
    /// Deaths of workers that had claimed nothing, since a chunk was last left.
    var idleDeaths = 0
    /// When to ask for workers that have died the next time, where nobody has told us.
    private var nextRollCall = Instant.earliest
    /// When to weigh the workers the next time.
    var nextWeighing = Instant.earliest
    /// Who sleeps for all.
    var watcher: Caller?
    /// It is out of the lock.
    var isLookingOut = false
    /// Workers killed because a run was forgotten, until they are reaped: by the run's number.
    var dismissed: [Int: Int] = [:]
    /// What the last sleep has watched, whose memory the next one uses.
    var watched: [PollItem] = []
    /// These are the handles of the workers that there were when so many had been spawned, and nothing else.
    var watchedSpawns = -1
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
            ?? ChunkSizes(longest: options.term?.longestChunk ?? .max, workers: options.workers)
        places = PlaceTable(memory.segments)
        watchdog = Watchdog(countsLife: options.workersKeepTime, memoryLimit: options.memoryLimit)
    }

    var segments: ParentSegments { memory.segments }

    // MARK: Runs

    mutating func begin<Source: RecordSource>(
        _ function: FunctionImage, _ source: inout Source, _ request: RunRequest, by driver: Caller? = nil
    ) throws -> Run {
        let now = Instant.now
        begun += 1
        let limits = request.limits ?? options.limits
        let run = Run(
            function.tag(run: begun), function.name, function.extent, failuresByName: options.failuresByName,
            sizes.sizer(
                for: function.name, fixed: limits.chunkSize, target: source.chunkTarget,
                gathers: source.areChunksGathered),
            source.meter, request, limits, driver: driver)
        if runs.isEmpty { watchdog.begin(at: now) }
        try callTheRoll(now)
        try fillRoster()
        if runs.isEmpty, run.sizer.isLong(source.remaining) { roster.spread() }
        add(run)
        return run
    }

    mutating func add(_ run: Run) {
        runs.append(run)
        if run.isTimed { timedRuns += 1 }
        tellSupply()
    }

    /// Replaces workers that have died since the last run, and closes places that look open; but not at once, because
    /// to ask takes as long as a small run, and whoever waits for one that has died is told.
    private mutating func callTheRoll(_ now: Instant) throws {
        guard now >= nextRollCall else { return }
        nextRollCall = now + Self.rollCallInterval
        try buryDead()
        if runs.isEmpty { places.closeFree() }
    }

    private static let rollCallInterval = Duration.milliseconds(1)

    /// What a step has come to.
    enum Step {
        /// Chunks were opened; there may be more to do at once.
        case moved
        /// Nothing can be done before a worker leaves a chunk, or memory or input comes: `wait`, or take results.
        case stalled
        /// All records are drained.
        case over
    }

    /// *Collects* what workers have left, *drains* what is finished at the run's head, and *refills* the places that it
    /// may have.
    mutating func step<Source: RecordSource>(_ run: Run, _ source: inout Source) throws -> Step {
        if let error = board.interruption(since: run.request.moment) { throw error }
        run.takeNews()
        collect()
        if let broken = run.broken { throw broken }
        try lookUp(run, &source)
        try drain(run, &source)
        let moved = try refill(run, &source)
        guard run.chunks.isOver else { return moved && !run.isExhausted ? .moved : .stalled }
        end(run)
        if run.request.tellsProgress { run.keep(progress(of: run, source)) }
        return .over
    }

    /// Looks up from the work, not too often: must the run end, and is somebody to be told how far it is?
    mutating func lookUp<Source: RecordSource>(_ run: Run, _ source: inout Source) throws {
        if run.request.isPlain, options.memoryLimit == nil { return }
        let now = Instant.now
        guard now >= run.nextLook else { return }
        run.nextLook = now + Self.lookInterval
        if options.memoryLimit != nil { weigh(at: now) }
        if let signal = run.request.interruption?.check() {
            // What is finished by now is still written; what goes wrong in that does not matter any more.
            collect()
            try? drain(run, &source)
            throw Interrupted(signal: signal)
        }
        if let deadline = run.request.deadline, now >= deadline { throw PoolError.deadlinePassed }
        if run.request.tellsProgress, now >= run.nextProgress {
            run.nextProgress = now + Self.progressInterval
            run.keep(progress(of: run, source))
        }
    }

    private func progress<Source: RecordSource>(of run: Run, _ source: borrowing Source) -> RunProgress {
        var progress = RunWatch(run.chunks, segments).progress
        progress.total = source.remaining.map { $0 + progress.handedOut }
        return progress
    }

    /// A signal waits no longer while the parent is busy.
    private static let lookInterval = Duration.milliseconds(10)
    private static let progressInterval = Duration.milliseconds(100)

    /// A run has no chunk in a place any more.
    mutating func end(_ run: Run) {
        sizes.learn(run.sizer.found, of: run.function)
        run.takeNews()
        if run.isTimed { timedRuns -= 1 }
        if runs.count == 1, runs[0] === run { return _ = runs.removeLast() }
        runs.removeAll { $0 === run }
        tellSupply()
        offerPlaces()
    }

    /// Says whether further chunks are to be expected.
    func tellSupply() {
        segments.setSupplied(runs.count == 1 ? runs[0].isExhausted : runs.allSatisfy { $0.isExhausted })
    }

    /// Starts workers in the place of those that are no more. The watcher has the handles of these.
    func fillRoster() throws(PoolError) {
        let before = roster.spawned
        roster.fill()
        if roster.spawned != before { endLookout() }
        try roster.requireWorkers()
    }

    /// All runs that are on cannot go on.
    mutating func breakAll(_ error: PoolError) {
        for run in runs {
            run.end(error)
            note(run)
        }
    }
}

extension PoolError {
    static var deadlinePassed: PoolError {
        PoolError(.deadlinePassed, "not all records were mapped by the deadline")
    }

    static var forked: PoolError {
        PoolError(.forked, "the pool belongs to the process of which this one is a copy (fork); make another pool here")
    }
}

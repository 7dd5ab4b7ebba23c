import ProcessionSegment
package import ProcessionSystem

/// The parent's side of a pool, as the pool lends it to one caller at a time.
///
/// Whoever has it runs its supervisor, the loop, which nobody else may touch meanwhile. What any thread may touch at
/// any time lies beside it: the memory, the board, and the bell that ends a sleep.
package final class Engine: @unchecked Sendable {
    package let memory: SharedMemory
    let options: Options
    let board: PoolBoard
    private let roster: WorkerRoster
    private var supervisor: Supervisor

    package convenience init(_ options: Options) throws(PoolError) {
        try Self.requireEntry()
        try self.init(options, in: Self.memory(options))
    }

    /// Memory for another engine with these options.
    static func memory(_ options: Options) throws(PoolError) -> SharedMemory {
        try SharedMemory(
            workers: options.workers, spin: options.cores > 1 ? Spin.time : .zero, term: options.term)
    }

    /// - Parameter legacy: What was left by the engine whose place this one takes.
    init(_ options: Options, in memory: SharedMemory, _ legacy: Legacy? = nil) throws(PoolError) {
        self.options = options
        self.memory = memory
        board = legacy?.board ?? PoolBoard()
        do {
            roster = try WorkerRoster(segments: memory.segments, options, board, legacy?.surroundings)
        } catch {
            throw PoolError(.system, "cannot start a pool: \(error)")
        }
        roster.fill()
        // Workers start meanwhile.
        supervisor = Supervisor(options, memory, roster, board, legacy?.sizes)
        try roster.requireWorkers()
    }

    /// What an engine leaves to the next one of its pool, besides neither workers nor memory.
    struct Legacy: Sendable {
        let options: Options
        fileprivate let board: PoolBoard
        fileprivate let sizes: ChunkSizes
        fileprivate let surroundings: Surroundings
    }

    var legacy: Legacy {
        Legacy(
            options: options, board: board, sizes: supervisor.sizes, surroundings: roster.surroundings)
    }

    /// Workers are copies of the running program, and become workers before its `main`: so that the entry is in it, and
    /// not in something that another program has loaded, must be known before the first of them is started.
    private static func requireEntry() throws(PoolError) {
        if Program.isPrivileged {
            throw PoolError(
                .unsuitableHost, "a program with more rights than who started it (setuid) can have no workers")
        }
        guard let entry = Program.entryFile, let program = Program.executable, entry != program else { return }
        throw PoolError(
            .unsuitableHost,
            "Procession is in \(entry), but the running program is \(program), and workers are copies of that: "
                + "link Procession into the program itself, and start it without naming ld.so")
    }
}

// MARK: What any thread may ask

extension Engine {
    /// What the pool has done so far.
    package var statistics: PoolStatistics { board.statistics }

    /// Workers that are running, as far as has been noticed.
    package var livingWorkers: Int { board.processIDs.count }

    /// Ends the wait that is on, or else the next one.
    package func wakeUp() { roster.bell.signalAtOnce() }
}

// MARK: What is its caller's alone

extension Engine {
    /// Maps all records of `source`. Throws what the source throws, a `PoolError` when the run cannot go on, or
    /// `Interrupted`, after which the pool cannot be used any more.
    package func run<Source: RecordSource>(
        _ source: inout Source, _ function: FunctionImage, _ request: RunRequest = RunRequest()
    ) throws {
        try supervisor.run(&source, function, request)
    }

    /// Begins a run. It lasts until a step says that it is over, a step or a wait throws, or `abandon`.
    func begin(_ function: FunctionImage, target: Duration) throws -> Run {
        try supervisor.begin(function, target: target)
    }

    func step<Source: RecordSource>(_ run: inout Run, _ source: inout Source) throws -> Supervisor.Step {
        try supervisor.step(&run, &source)
    }

    /// Sleeps until a step may find something to do.
    func wait(_ run: inout Run) throws { try supervisor.wait(&run) }

    /// Ends a run before its end.
    func abandon(_ run: inout Run) { supervisor.abandon(&run) }

    /// Sends the workers home. The pool cannot be used afterwards.
    ///
    /// - Parameter interruption: Ends the wait for them.
    package func shutDown(unless interruption: Interruption? = nil) {
        _ = supervisor.dismiss(within: .seconds(1), unless: interruption)
    }

    /// Sends the workers home after a run that went well, and waits for what they have to say: they may find only now
    /// that something was wrong, and have said so on standard error. They bound themselves how long that takes.
    package func hearLastWords(unless interruption: Interruption?) -> LastWord {
        supervisor.dismiss(within: .seconds(15), unless: interruption)
    }
}

import ProcessionSegment
package import ProcessionSystem

/// The parent's side of a pool: what its callers share, each of which steps a run of its own.
///
/// All of it is under one lock. A caller that has nothing to do opens it and sleeps (`+Waiting`), one of them for all.
package final class Engine: @unchecked Sendable {
    package let memory: SharedMemory
    let options: Options
    let board: PoolBoard
    let birthplace = Birthplace()
    private let roster: WorkerRoster
    /// Whoever touches the supervisor, or what it keeps of runs, has it.
    let lock: Lock<Supervisor>

    package convenience init(_ options: Options) throws(PoolError) {
        try Self.requireEntry(options)
        try self.init(options, in: Self.memory(options))
    }

    /// Memory for another engine with these options.
    static func memory(_ options: Options) throws(PoolError) -> SharedMemory {
        try SharedMemory(
            workers: options.workers, spin: options.cores > 1 ? Spin.time : .zero, term: options.term)
    }

    /// - Parameter legacy: What was left by the engine whose place this one takes.
    convenience init(_ options: Options, in memory: SharedMemory, _ legacy: Legacy? = nil) throws(PoolError) {
        let board = legacy?.board ?? PoolBoard()
        let roster: WorkerRoster
        do {
            roster = try WorkerRoster(segments: memory.segments, options, board, legacy?.surroundings)
        } catch {
            throw PoolError(.system, "cannot start a pool: \(error)")
        }
        roster.fill()
        // Workers start meanwhile.
        self.init(options, memory, roster, board, legacy?.sizes)
        try roster.requireWorkers()
    }

    /// With the workers that there are.
    init(
        _ options: Options, _ memory: SharedMemory, _ roster: WorkerRoster, _ board: PoolBoard, _ sizes: ChunkSizes?
    ) {
        self.options = options
        self.memory = memory
        self.roster = roster
        self.board = board
        lock = Lock(Supervisor(options, memory, roster, board, sizes))
    }

    /// For who has the lock.
    var supervisor: Supervisor {
        _read { yield lock.state }
        _modify { yield &lock.state }
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
            options: options, board: board, sizes: lock { $0.sizes }, surroundings: roster.surroundings)
    }

    /// Workers are copies of the running program, unless another one is named, and become workers before its `main`: so
    /// that the entry is in it, and not in something that another program has loaded, must be known before the first of
    /// them is started.
    private static func requireEntry(_ options: Options) throws(PoolError) {
        if Program.isPrivileged {
            throw PoolError(
                .unsuitableHost, "a program with more rights than who started it (setuid) can have no workers")
        }
        guard options.executable == nil, let entry = Program.entryFile, let program = Program.executable,
            entry != program
        else { return }
        throw PoolError(
            .unsuitableHost,
            "Procession is in \(entry), but the running program is \(program), and workers are copies of that: "
                + "link Procession into the program itself, and start it without naming ld.so; "
                + "or name a program that has the same functions (executable:)")
    }
}

// MARK: What any thread may ask

extension Engine {
    /// What the pool has done so far.
    package var statistics: PoolStatistics { board.statistics }

    /// Workers that are running, as far as has been noticed.
    package var livingWorkers: Int { board.processIDs.count }

    /// Ends the waits that are on, and those that would begin before a caller has taken another step.
    package func wakeUp() {
        guard birthplace.isHere else { return }
        lock { supervisor in for run in supervisor.runs { supervisor.note(run) } }
    }

    /// The same for the caller of one run; nothing when that has ended.
    package func wakeUp(run number: Int) {
        guard birthplace.isHere else { return }
        lock { supervisor in
            if let run = supervisor.runs.first(where: { $0.number == number }) { supervisor.note(run) }
        }
    }

    /// Sends the workers home. The pool cannot be used afterwards.
    ///
    /// - Parameter interruption: Ends the wait for them.
    package func shutDown(unless interruption: Interruption? = nil) {
        _ = dismiss(within: .seconds(1), unless: interruption)
    }

    /// Sends the workers home after a run that went well, and waits for what they have to say: they may find only now
    /// that something was wrong, and have said so on standard error. They bound themselves how long that takes.
    package func hearLastWords(unless interruption: Interruption?) -> LastWord {
        dismiss(within: .seconds(15), unless: interruption)
    }

    private func dismiss(within time: Duration, unless interruption: Interruption?) -> LastWord {
        guard birthplace.isHere else { return .fine }
        return lock { $0.dismiss(within: time, unless: interruption) }
    }
}

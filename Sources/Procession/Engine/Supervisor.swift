import ProcessionSegment
package import ProcessionSystem

/// The parent's side of a pool: hands out chunks, notices what became of them, keeps the order, and survives its workers.
///
/// One run at a time (`Supervisor+Run`). The loop is: *collect* what workers have left (`+Settling`), *drain* what is
/// finished at the head and *refill* the open places (`+Supply`), *wait* (`+Waiting`). It trusts its own copies of places,
/// ranges and generations; from the result segment it takes private copies of words and checks them.
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
        /// Of how many failures in a chunk, the first ones, the reasons are read; the others are only counted.
        package var failuresByName = Int.max
        /// Cores that there are for parent and workers to wait awake for each other at the ends of a run; 1: they sleep.
        package var cores = 1
        /// The process waits for no other child than the workers: those that came to it, being the first process of a
        /// container for example, and have ended are no use to anybody.
        package var buriesStrangers = false
        /// What a function has started ends with its worker. Costs a process more for each.
        package var guardsWorkers = false
        /// The pool serves one run: when that fails, it need not be made ready for another.
        package var servesOneRun = false
        /// Let workers leave by themselves at the end, which takes longer than to kill them. What a function keeps between
        /// chunks hears of the end then, and may complain.
        package var dismissesWorkers = true
        /// Workers enforce the time limit themselves, and show that they live (`ClaimedChunk.showLife`).
        package var workersKeepTime = false
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

    var places: PlaceTable
    var sizes: ChunkSizes
    /// Runs begun so far.
    var runs = 0
    /// When to ask for workers that have died the next time, between two runs.
    var nextRollCall: UInt64 = 0
    /// Asked when a worker was killed and nobody here has done it.
    var shortage: MemoryShortage
    /// What the pool has done so far.
    package internal(set) var statistics: PoolStatistics
    /// What others may know of the pool, without waiting for a run to end.
    let board: PoolBoard
    let birthplace = Birthplace()
    /// Asked before every step whether the run has to end: it then throws `Interrupted`.
    package var interruption: Interruption?
    /// Told now and then, a few times a second, how far a run has come.
    package var onProgress: ((RunProgress) -> Void)?

    package convenience init(_ options: Options) throws(PoolError) {
        try Self.requireEntry()
        try self.init(options, in: Self.memory(options))
    }

    /// Memory for another supervisor with these options.
    static func memory(_ options: Options) throws(PoolError) -> SharedMemory {
        try SharedMemory(workers: options.workers, spin: options.cores > 1 ? Spin.nanoseconds : 0)
    }

    /// - Parameter legacy: What was left by the supervisor whose place this one takes.
    init(_ options: Options, in memory: SharedMemory, _ legacy: Legacy? = nil) throws(PoolError) {
        self.options = options
        self.memory = memory
        sizes = legacy?.sizes ?? ChunkSizes(fixed: options.chunkSize, workers: options.workers)
        statistics = legacy?.statistics ?? PoolStatistics()
        board = legacy?.board ?? PoolBoard()
        do {
            roster = try WorkerRoster(segments: memory.segments, options, legacy?.roster)
        } catch {
            throw PoolError(.system, "cannot start a pool: \(error)")
        }
        places = PlaceTable(memory.segments)
        roster.fill()
        // Workers start meanwhile.
        shortage = MemoryShortage()
        try requireWorkers()
        post()
    }

    /// What a supervisor leaves to the next one of its pool, besides neither workers nor memory.
    struct Legacy: Sendable {
        let options: Options
        fileprivate let sizes: ChunkSizes
        fileprivate let statistics: PoolStatistics
        fileprivate let board: PoolBoard
        fileprivate let roster: WorkerRoster.Legacy
    }

    var legacy: Legacy {
        Legacy(options: options, sizes: sizes, statistics: statistics, board: board, roster: roster.legacy)
    }

    /// Bytes that workers read, somewhere in the input segment.
    func layOut(_ bytes: [UInt8]) throws(PoolError) -> (extent: Extent, used: Range<Int>) {
        guard let extent = memory.allocateInput(bytes.count) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes.count)) that all workers share")
        }
        segments.inputWriter(overflow: 0..<0).store(bytes: bytes.span, at: extent.range.lowerBound)
        return (extent, extent.range.start(bytes.count))
    }

    func requireWorkers() throws(PoolError) {
        guard roster.living == 0 else { return }
        guard let error = roster.spawnError else { throw PoolError(.system, "no worker could be started") }
        throw PoolError(.system, "no worker: \(error)\(wayOut(of: error))")
    }

    private func wayOut(of error: SystemError) -> String {
        if error.isMissingFile {
            // Where there is /proc, the running executable is there too, even when its file was deleted.
            return Program.hasNull
                ? "; workers are started from /proc/self/exe: is /proc mounted?"
                : "; workers get /dev/null for their standard input, and there is none"
        }
        return error.isUnavailable ? "" : "; raise the limit on processes or descriptors, or ask for fewer workers"
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

extension Range<Int> {
    func start(_ count: Int) -> Range<Int> { lowerBound..<lowerBound + count }
}

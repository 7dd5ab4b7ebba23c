import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A pool of worker processes that stays warm between maps.
///
///     let pool = try WorkerPool()                           // one worker per available core
///     let quotes = try pool.map(prices, Quote(rate: 2))     // same keys, same order
///
/// Workers are copies of the running executable, started once; they die with the process, however it dies, and what
/// they have started dies with them. The pool belongs to the process that made it, and not to one that `fork` makes. A
/// record whose function crashes, exits or never returns costs that record and not the map. Any
/// number of threads and tasks may map on a pool at the same time: each gets its part of the workers, in turn.
///
/// A map occupies its calling thread until it is done; with `await` it suspends its task and occupies none. `call` maps
/// a single record. The pool shuts down when the last reference to it goes; results outlive it.
public final class WorkerPool: Sendable {
    let home: Mutex<MemoryHome>
    /// Workers that the pool was to have.
    let capacity: Int
    let board: PoolBoard
    let gate: Monitor<Gate>
    /// Steps the runs of tasks.
    let driver = Driver()
    /// Where single calls wait, by their functions' types.
    let desks = Mutex<[ObjectIdentifier: CallDesk]>([:])
    let birthplace = Birthplace()
    /// Somebody wants all idle memory back, and it could not be had yet.
    let isTrimming = Atomic(false)

    /// Who uses the engine.
    struct Gate: Sendable {
        var engine: Engine?
        /// Where there is no engine, what its successor needs, which has not been started; nil when the pool is shut
        /// down.
        var legacy: Engine.Legacy?
        /// How many of each are on.
        var maps = 0, streams = 0
        /// Nobody may begin: it is being exchanged for another one.
        var isBarred = false
        /// Nobody may begin any more. It is shut down when the last stream has ended.
        var isClosing = false

        var isUsed: Bool { maps + streams > 0 }

        mutating func count(_ use: Use, _ change: Int) {
            switch use {
            case .map: maps += change
            case .stream: streams += change
            }
        }
    }

    enum Use { case map, stream }

    /// Starts the workers.
    ///
    /// - Parameters:
    ///   - workers: How many. By default one per core that this process may use (affinity and cgroup quota).
    ///   - retries: Further attempts for a record whose worker died on it. What throws is not tried again.
    ///   - timeLimit: How long one record may take before its worker is killed; nil for no limit.
    ///   - memoryLimit: How many bytes a worker may have, beside what all workers share, before it is killed; nil for
    ///     no
    ///     limit. The record that it is at has then failed, or is tried again, as after a crash. Looked at 20 times a
    ///     second: a limit for what leaks or runs away, and not one that no worker ever exceeds.
    ///   - recordsPerWorker: How many records a worker may map before another process takes its place, and with it what
    ///     the function has leaked; nil for any number. No record is lost by that, and none is mapped twice. Each new
    ///     process costs a millisecond or so.
    ///   - chunkSize: Records handed out at a time; by default about 500 µs of work, 150 in a stream.
    ///   - backtraces: Print Swift's backtrace when a function crashes. Each then costs some 30 ms.
    /// - Throws: `PoolError` when no worker at all, or no shared memory, can be had. Fewer workers than asked for are
    ///   no
    ///   error: see `workerCount`.
    /// - Complexity: It waits for no worker: they start, in some milliseconds, while the caller goes on.
    public init(
        workers: Int? = nil, retries: Int = 1, timeLimit: Duration? = nil, memoryLimit: Int? = nil,
        recordsPerWorker: Int? = nil, chunkSize: Int? = nil, backtraces: Bool = false
    ) throws(PoolError) {
        require(workers ?? 1 >= 1, "a pool needs at least one worker")
        require(retries >= 0, "retries cannot be negative")
        require(timeLimit ?? .seconds(1) > .zero, "a time limit must be longer than nothing")
        require(
            memoryLimit ?? .max >= Self.smallestMemoryLimit,
            "a worker needs 16 MiB of memory before it maps anything")
        require(recordsPerWorker ?? 1 >= 1, "a worker maps at least one record")
        require(chunkSize ?? 1 >= 1, "a chunk has at least one record")
        let cores = Machine.availableCores()
        var options = Engine.Options(workers: workers ?? cores)
        options.cores = cores
        options.retries = retries
        options.timeLimit = timeLimit
        options.memoryLimit = memoryLimit
        options.recordsPerWorker = recordsPerWorker
        options.chunkSize = chunkSize
        options.backtraces = backtraces
        options.guardsWorkers = true
        let engine = try Engine(options)
        home = Mutex(MemoryHome(memory: engine.memory))
        capacity = options.workers
        board = engine.board
        gate = Monitor(Gate(engine: engine))
    }

    /// The least that `memoryLimit` may be, in bytes: what Swift and its libraries take to start, and as much again.
    public static var smallestMemoryLimit: Int { 16 << 20 }

    deinit {
        shutDown()
        driver.stop()
    }

    /// Workers that are running.
    public var workerCount: Int { board.processIDs.count }

    /// Process ids of the workers that are running, for people and tests.
    public var workerProcessIDs: [Int32] { board.processIDs }

    /// Bytes of shared memory that inputs and results hold at the moment.
    public var sharedBytesInUse: Int { home.withLock { $0.bytesInUse } }

    /// What the pool has done so far. From another thread, it says how far the map has come that is running.
    public var statistics: PoolStatistics { board.statistics }

    /// Ends all maps and streams that are running, from another thread or task.
    ///
    /// They throw a `PoolError` whose `code` is `.cancelled`. Workers that do not finish their records within 100 ms
    /// are replaced.
    ///
    /// - Complexity: O(1). It does not wait for the end.
    public func cancel() {
        guard birthplace.isHere else { return }
        board.cancel()
        gate { $0.engine }?.wakeUp()
    }

    /// Sends the workers home and waits for it. Results that were returned stay valid; another map throws.
    ///
    /// All shared memory is given back, except for that of results: it goes when the last of them goes. Maps that
    /// are running are finished before. A stream is ended: the next that is asked of it is the error.
    ///
    /// - Complexity: The time of the maps that are running. Workers that do not end within a second are killed.
    public func shutDown() {
        guard birthplace.isHere else { return }
        gate.when({ !$0.isBarred }) { $0.isClosing = true }
        let engine = gate.when({ $0.maps == 0 }) { gate in
            board.shutDown()
            if !gate.isUsed { close(&gate) }
            return gate.engine
        }
        engine?.wakeUp()
    }

    private func close(_ gate: inout Gate) {
        gate.engine?.shutDown()
        (gate.engine, gate.legacy) = (nil, nil)
        home.withLock { $0.close() }
    }

    // MARK: Calls

    /// A map or stream that was called and may be cancelled, though it has not begun.
    @usableFromInline
    struct Call: Sendable {
        /// Where its input and its results lie.
        let memory: SharedMemory
        /// Keeps that from being exchanged meanwhile. What lies in it is the function.
        fileprivate let pin: Extent<_InputSegment>
        let pool: WorkerPool
        /// When it was called.
        fileprivate let moment: Int

        /// Throws when the pool was cancelled since.
        @usableFromInline
        func check() throws(PoolError) {
            if let error = pool.board.interruption(since: moment) { throw error }
        }

        /// What workers have to know of its function.
        @inline(__always)
        func image<Function: _ChunkFunction>(of function: Function) throws(PoolError) -> FunctionImage {
            try FunctionImage(function, in: memory, pin)
        }

        /// Of its run.
        var request: RunRequest {
            var request = RunRequest()
            request.moment = moment
            return request
        }
    }

    @usableFromInline
    func call() throws(PoolError) -> Call {
        // Before any lock, which a thread may have held that the copy of a process has not.
        guard birthplace.isHere else { throw .forked }
        let moment = board.moment
        guard let (memory, pin) = try home.withLock({ (home) throws(PoolError) in try home.pin() }) else {
            throw .wasShutDown
        }
        return Call(memory: memory, pin: pin, pool: self, moment: moment)
    }

    /// The engine, which is there until `giveBack`.
    func borrow(for use: Use, _ call: Call) throws(PoolError) -> Engine {
        let engine = gate { gate -> Engine? in
            guard !gate.isBarred, !gate.isClosing, let engine = gate.engine else { return nil }
            gate.count(use, 1)
            return engine
        }
        if let engine { return engine }
        return try engineToBe(for: use, call)
    }

    /// The same where there is none at the moment.
    private func engineToBe(for use: Use, _ call: Call) throws(PoolError) -> Engine {
        let engine = gate.when({ !$0.isBarred }) { gate in
            Result { () throws(PoolError) in
                guard !gate.isClosing else { throw .wasShutDown }
                let engine = try Self.engine(&gate, in: call.memory)
                gate.count(use, 1)
                return engine
            }
        }
        return try engine.get()
    }

    private static func engine(_ gate: inout Gate, in memory: SharedMemory) throws(PoolError) -> Engine {
        if let engine = gate.engine { return engine }
        guard let legacy = gate.legacy else { throw .wasShutDown }
        let engine = try Engine(legacy.options, in: memory, legacy)
        (gate.engine, gate.legacy) = (engine, nil)
        return engine
    }

    func giveBack(_ use: Use) {
        let isAwaited = gate { gate in
            gate.count(use, -1)
            // Who shuts the pool down waits for the maps itself.
            if gate.isClosing, use == .stream, !gate.isUsed { close(&gate) }
            return gate.isClosing
        }
        if isAwaited { gate.when({ _ in true }) { _ in } }
    }

    /// Runs a map in this thread. Throws a `RecordFailure` or a `PoolError`.
    func run<Function: _ChunkFunction>(_ source: inout ArenaSource, _ function: Function, _ call: Call) throws {
        let engine = try borrow(for: .map, call)
        defer { giveBack(.map) }
        do {
            try engine.run(&source, call.image(of: function), call.request)
        } catch {
            throw ending(error)
        }
    }

    /// Runs a map in the driver's thread, while the task that has called waits. Throws a `RecordFailure`, a
    /// `PoolError`, or the task's `CancellationError`.
    func drive<Results: Sendable>(
        _ source: ArenaSource, _ function: FunctionImage, _ call: Call, _ results: @escaping (ArenaSource) -> Results
    ) async throws -> Results {
        let run = DrivenSource(source, call) { function }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                run.start { source, error in
                    let results = error.map { .failure(ending($0)) } ?? Result.success(results(source))
                    return { continuation.resume(with: results) }
                }
            }
        } onCancel: {
            run.cancel()
        }
    }
}

/// What a caller is thrown when its map has ended with an error.
private func ending(_ error: any Error) -> any Error {
    error is RecordFailure || error is CancellationError ? error : PoolError(ending: error)
}

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
/// record whose function crashes, exits or never returns costs that record and not the map. A pool runs one map at a
/// time; further callers wait.
///
/// A map occupies its calling thread until it is done. The pool shuts down when the last reference to it goes; results
/// outlive it.
public final class WorkerPool: Sendable {
    let home: Mutex<MemoryHome>
    /// Workers that the pool was to have.
    let capacity: Int
    private let board: PoolBoard
    let gate: Monitor<Gate>
    let birthplace = Birthplace()
    /// Somebody wants all idle memory back, and it could not be had yet.
    let isTrimming = Atomic(false)
    /// Cancellations that came while no run was on.
    private let cancellations = Atomic(0)

    /// Who may use the engine: one map or stream at a time.
    struct Gate: Sendable {
        var engine: Engine?
        /// Where there is no engine, what its successor needs, which has not been started; nil when the pool is shut
        /// down.
        var legacy: Engine.Legacy?
        var holder: Holder?
        /// To be shut down by the stream that has it now.
        var isClosing = false
    }

    enum Holder { case map, stream }

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

    deinit { shutDown() }

    /// Workers that are running.
    public var workerCount: Int { board.processIDs.count }

    /// Process ids of the workers that are running, for people and tests.
    public var workerProcessIDs: [Int32] { board.processIDs }

    /// Bytes of shared memory that inputs and results hold at the moment.
    public var sharedBytesInUse: Int { home.withLock { $0.bytesInUse } }

    /// What the pool has done so far. From another thread, it says how far the map has come that is running.
    public var statistics: PoolStatistics { board.statistics }

    /// Ends the map or stream that is running, from another thread or task.
    ///
    /// What runs throws a `PoolError` whose `code` is `.cancelled`. When nothing does, the maps that lay their input
    /// out end so. Workers that do not finish their records within 100 ms are replaced. Maps that wait for their turn
    /// are not ended.
    ///
    /// - Complexity: O(1). It does not wait for the end.
    public func cancel() {
        guard birthplace.isHere else { return }
        gate.when({ _ in true }) { gate in
            if gate.holder == nil {
                cancellations.add(1, ordering: .relaxed)
            } else {
                board.interrupt(Self.wasCancelled)
                gate.engine?.wakeUp()
            }
        }
    }

    /// Sends the workers home and waits for it. Results that were returned stay valid; another map throws.
    ///
    /// All shared memory is given back, except for that of results: it goes when the last of them goes. A map that is
    /// running is finished before. A stream is ended: the next that is asked of it is the error.
    ///
    /// - Complexity: The time of the map that is running. Workers that do not end within a second are killed.
    public func shutDown() {
        guard birthplace.isHere else { return }
        gate.when({ $0.holder != .map }) { gate in
            if gate.holder == .stream { gate.isClosing = true } else { close(&gate) }
        }
        board.interrupt(Self.wasShutDown)
        gate.when({ _ in true }) { $0.engine?.wakeUp() }
    }

    private func close(_ gate: inout Gate) {
        gate.engine?.shutDown()
        (gate.engine, gate.legacy) = (nil, nil)
        home.withLock { $0.close() }
    }

    private static var wasShutDown: PoolError { PoolError(.shutDown, "the pool was shut down; make another one") }

    private static var wasCancelled: PoolError { PoolError(.cancelled, "the run was cancelled") }

    // MARK: Taking turns

    /// A map or stream that was called and may be cancelled, though its turn has not come.
    @usableFromInline
    struct Call: Sendable {
        /// Where its input and its results lie.
        let memory: SharedMemory
        /// Keeps that from being exchanged meanwhile. What lies in it is the function.
        fileprivate let pin: Extent<_InputSegment>
        fileprivate let pool: WorkerPool
        fileprivate let cancellations: Int

        /// Throws when the pool was cancelled since.
        @usableFromInline
        func check() throws(PoolError) {
            if pool.cancellations.load(ordering: .relaxed) != cancellations { throw WorkerPool.wasCancelled }
        }
    }

    @usableFromInline
    func call() throws(PoolError) -> Call {
        let cancellations = cancellations.load(ordering: .relaxed)
        guard let (memory, pin) = try home.withLock({ (home) throws(PoolError) in try home.pin() }) else {
            throw Self.wasShutDown
        }
        return Call(memory: memory, pin: pin, pool: self, cancellations: cancellations)
    }

    /// Waits until nobody else uses the engine, which is then the caller's until `giveBack`.
    func borrow(for holder: Holder, _ call: Call) throws(PoolError) -> Engine {
        guard birthplace.isHere else { throw PoolError.forked }
        let engine = gate.when({ $0.holder == nil }) { gate in
            Result { () throws(PoolError) in
                let engine = try Self.engine(&gate, in: call.memory)
                try call.check()
                gate.holder = holder
                board.beginRun()
                return engine
            }
        }
        return try engine.get()
    }

    private static func engine(_ gate: inout Gate, in memory: SharedMemory) throws(PoolError) -> Engine {
        if let engine = gate.engine { return engine }
        guard let legacy = gate.legacy else { throw wasShutDown }
        let engine = try Engine(legacy.options, in: memory, legacy)
        (gate.engine, gate.legacy) = (engine, nil)
        return engine
    }

    func giveBack() {
        gate.when({ _ in true }) { gate in
            gate.holder = nil
            if gate.isClosing { close(&gate) }
        }
    }

    /// Runs one map while nobody else does. Throws a `RecordFailure` or a `PoolError`.
    func run<Function: _ChunkFunction>(_ source: inout ArenaSource, _ function: Function, _ call: Call) throws {
        let engine = try borrow(for: .map, call)
        defer { giveBack() }
        do {
            try engine.run(&source, FunctionImage(function, in: call.memory, call.pin))
        } catch let failure as RecordFailure {
            throw failure
        } catch {
            throw PoolError(ending: error)
        }
    }
}

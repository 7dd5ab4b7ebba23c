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
    let core: PoolCore
    /// What is asked for of each run.
    let wishes: RunRequest

    init(_ core: PoolCore, _ wishes: RunRequest) {
        self.core = core
        self.wishes = wishes
    }

    /// Starts the workers.
    ///
    /// - Parameters:
    ///   - workers: How many. By default one per core that this process may use (affinity and cgroup quota).
    ///   - retries: Further attempts for a record whose worker died on it. What throws is not tried again.
    ///   - timeLimit: How long one record may take before its worker is killed; nil for no limit.
    ///   - memoryLimit: How many bytes a worker may have, beside what all workers share, before it is killed; nil for
    ///     no limit. The record that it is at has then failed, or is tried again, as after a crash. Looked at 20 times
    ///     a second: a limit for what leaks or runs away, and not one that no worker ever exceeds.
    ///   - recordsPerWorker: How many records a worker may map before another process takes its place, and with it what
    ///     the function has leaked; nil for any number. No record is lost by that, and none is mapped twice. Each new
    ///     process costs a millisecond or so.
    ///   - chunkSize: Records handed out at a time; by default about 500 µs of work, 150 in a stream.
    ///   - backtraces: Print Swift's backtrace when a function crashes. Each then costs some 30 ms.
    ///   - executable: The path of a program that workers are started from, for a host that cannot be its own worker: a
    ///     plug-in in somebody else's program. It has to be linked with Procession, of the same version, and with the
    ///     same functions, in modules of the same names; its `main` is never run. By default it is the running program.
    ///   - onOutput: Told each line that a worker prints, on standard output and on standard error, which otherwise go to
    ///     the host's standard error. It is called for one line at a time, in a thread of the pool's, in the order in
    ///     which the worker has printed them on that stream; of one that has crashed, soon after the crash, and of all,
    ///     before `shutDown` returns. A worker that prints waits while it is busy, for a second at most: then lines are
    ///     dropped. It must not use the pool.
    /// - Throws: `PoolError` when no worker at all, or no shared memory, can be had. Fewer workers than asked for are
    ///   no error: see `workerCount`.
    /// - Complexity: It waits for no worker: they start, in some milliseconds, while the caller goes on.
    public convenience init(
        workers: Int? = nil, retries: Int = 1, timeLimit: Duration? = nil, memoryLimit: Int? = nil,
        recordsPerWorker: Int? = nil, chunkSize: Int? = nil, backtraces: Bool = false,
        executable: String? = nil, onOutput: (@Sendable (WorkerOutput) -> Void)? = nil
    ) throws(PoolError) {
        require(workers ?? 1 >= 1, "a pool needs at least one worker")
        require(
            memoryLimit ?? .max >= Self.smallestMemoryLimit,
            "a worker needs 16 MiB of memory before it maps anything")
        require(recordsPerWorker ?? 1 >= 1, "a worker maps at least one record")
        let cores = Machine.availableCores()
        var options = Engine.Options(workers: workers ?? cores)
        options.cores = cores
        options.limits = Self.limits(RunLimits(), timeLimit, retries, chunkSize)
        options.memoryLimit = memoryLimit
        options.recordsPerWorker = recordsPerWorker
        options.backtraces = backtraces
        options.executable = executable
        options.guardsWorkers = true
        if let onOutput {
            do {
                options.listener = try OutputListener(onOutput)
            } catch {
                throw PoolError(.system, "cannot listen to workers: \(error)")
            }
        }
        self.init(try PoolCore(options), RunRequest())
    }

    /// The least that `memoryLimit` may be, in bytes: what Swift and its libraries take to start, and as much again.
    public static var smallestMemoryLimit: Int { 16 << 20 }

    /// Workers that are running.
    public var workerCount: Int { core.board.processIDs.count }

    /// Process ids of the workers that are running, for people and tests.
    public var workerProcessIDs: [Int32] { core.board.processIDs }

    /// Bytes of shared memory that inputs and results hold at the moment.
    public var sharedBytesInUse: Int { core.home.withLock { $0.bytesInUse } }

    /// What the pool has done so far. From another thread, it says how far the map has come that is running.
    public var statistics: PoolStatistics { core.board.statistics }

    /// Ends all maps and streams that are running, from another thread or task.
    ///
    /// They throw a `PoolError` whose `code` is `.cancelled`. Workers that do not finish their records within 100 ms
    /// are replaced.
    ///
    /// - Complexity: O(1). It does not wait for the end.
    public func cancel() { core.cancel() }

    /// Sends the workers home and waits for it. Results that were returned stay valid; another map throws.
    ///
    /// All shared memory is given back, except for that of results: it goes when the last of them goes. Maps that
    /// are running are finished before. A stream is ended: the next that is asked of it is the error.
    ///
    /// - Complexity: The time of the maps that are running. Workers that do not end within a second are killed.
    public func shutDown() { core.shutDown() }

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
            if let error = pool.core.board.interruption(since: moment) { throw error }
        }

        /// What workers have to know of its function.
        @inline(__always)
        func image<Function: _ChunkFunction>(
            of function: Function, isOfCalls: Bool = false
        ) throws(PoolError) -> FunctionImage {
            try FunctionImage(function, isOfCalls: isOfCalls, in: memory, pin)
        }

        /// Of its run.
        @inline(__always)
        var request: RunRequest { pool.wishes.called(at: moment) }

        /// Of the run of several single calls, whose deadlines are their own.
        var requestOfCalls: RunRequest { pool.wishes.limitsAlone.called(at: moment) }
    }

    @usableFromInline
    func call() throws(PoolError) -> Call {
        // Before any lock, which a thread may have held that the copy of a process has not.
        guard core.birthplace.isHere else { throw .forked }
        let moment = core.board.moment
        guard let (memory, pin) = try core.home.withLock({ (home) throws(PoolError) in try home.pin() }) else {
            throw .wasShutDown
        }
        return Call(memory: memory, pin: pin, pool: self, moment: moment)
    }

    /// Runs a map in this thread. Throws a `RecordFailure` or a `PoolError`.
    func run<Function: _ChunkFunction>(_ source: inout ArenaSource, _ function: Function, _ call: Call) throws {
        let engine = try core.borrow(for: .map, call)
        defer { core.giveBack(.map) }
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
        let run = DrivenSource(source, call, call.request) { function }
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

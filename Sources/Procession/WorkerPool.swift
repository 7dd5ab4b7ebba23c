import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A pool of worker processes that stays warm between maps.
///
///     let pool = try WorkerPool()                           // one worker per available core
///     let quotes = try pool.map(prices, Quote(rate: 2))     // same keys, same order
///
/// Workers are copies of the running executable, started once; they die with the process, however it dies. A record
/// whose function crashes, exits or never returns costs that record and not the map. A pool runs one map at a time;
/// further callers wait.
///
/// A map occupies its calling thread until it is done. The pool shuts down when the last reference to it goes; results
/// outlive it.
public final class WorkerPool: Sendable {
    let memory: SharedMemory
    private let gate: Mutex<Supervisor?>

    /// Starts the workers.
    ///
    /// - Parameters:
    ///   - workers: How many. By default one per core that this process may use (affinity and cgroup quota).
    ///   - retries: Further attempts for a record whose worker died on it. What throws is not tried again.
    ///   - timeLimit: How long one record may take before its worker is killed; nil for no limit.
    ///   - chunkSize: Records handed out at a time; by default about 150 µs of work.
    ///   - backtraces: Print Swift's backtrace when a function crashes. Each then costs some 30 ms.
    /// - Throws: `PoolError` when no worker at all, or no shared memory, can be had. Fewer workers than asked for are no
    ///   error: see `workerCount`.
    public init(
        workers: Int? = nil, retries: Int = 1, timeLimit: Duration? = nil, chunkSize: Int? = nil,
        backtraces: Bool = false
    ) throws(PoolError) {
        precondition(workers ?? 1 >= 1, "a pool needs at least one worker")
        precondition(retries >= 0, "retries cannot be negative")
        precondition(timeLimit ?? .seconds(1) > .zero, "a time limit must be longer than nothing")
        precondition(chunkSize ?? 1 >= 1, "a chunk has at least one record")
        var options = Supervisor.Options(workers: workers ?? Machine.availableCores())
        options.retries = retries
        options.timeLimit = timeLimit
        options.chunkSize = chunkSize
        options.backtraces = backtraces
        let supervisor = try Supervisor(options)
        memory = supervisor.memory
        gate = Mutex(supervisor)
    }

    deinit { shutDown() }

    /// Workers that are running.
    public var workerCount: Int { gate.withLock { $0?.roster.living ?? 0 } }

    /// Process ids of the workers that are running, for people and tests.
    public var workerProcessIDs: [Int32] {
        gate.withLock { supervisor in
            guard let roster = supervisor?.roster else { return [] }
            return (0..<roster.capacity).compactMap { roster.pid(of: $0) }
        }
    }

    /// Bytes of shared memory that inputs and results hold at the moment.
    public var sharedBytesInUse: Int { memory.bytesInUse }

    /// What the pool has done so far.
    public var statistics: PoolStatistics { gate.withLock { $0?.statistics ?? PoolStatistics() } }

    /// Sends the workers home and waits for it. Results that were returned stay valid; another map throws.
    public func shutDown() {
        gate.withLock { supervisor in
            supervisor?.shutDown()
            supervisor = nil
        }
    }

    /// Runs one map while nobody else does.
    func run<Function: _ChunkFunction>(_ source: inout ArenaSource, _ function: Function) throws {
        try gate.withLock { supervisor in
            guard let supervisor else {
                throw PoolError(.shutDown, "the pool was shut down; make another one")
            }
            try supervisor.run(&source, FunctionImage(function, in: memory))
        }
    }
}

/// What a map does when a record fails.
public enum FailurePolicy: Hashable, Sendable {
    /// Throw the `RecordFailure` of the first record that failed, in the order of the input.
    case `throw`
    /// Go on; the results say which records failed, and why.
    case collect
}

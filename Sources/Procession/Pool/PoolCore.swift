import ProcessionSegment
import ProcessionSystem
import Synchronization

/// What a pool is, however many ways there are to it (`WorkerPool.with`): its engine, its memory, and who uses them.
final class PoolCore: Sendable {
    let home: Mutex<MemoryHome>
    /// Workers that the pool was to have.
    let capacity: Int
    /// Of whatever asks for no others.
    let limits: RunLimits
    let board: PoolBoard
    private let listener: OutputListener?
    let gate: Monitor<Gate>
    /// Steps the runs of tasks.
    let driver = Driver()
    /// Where single calls wait.
    let desks = Lock<[CallDesk.Kind: CallDesk]>([:])
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
    init(_ options: Engine.Options) throws(PoolError) {
        let engine = try Engine(options)
        home = Mutex(MemoryHome(memory: engine.memory))
        capacity = options.workers
        limits = options.limits
        listener = options.listener
        board = engine.board
        gate = Monitor(Gate(engine: engine))
    }

    deinit {
        shutDown()
        driver.stop()
    }

    func cancel() {
        guard birthplace.isHere else { return }
        board.cancel()
        gate { $0.engine }?.wakeUp()
    }

    func shutDown() {
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
        listener?.stop()
        (gate.engine, gate.legacy) = (nil, nil)
        home.withLock { $0.close() }
    }

    /// The engine, which is there until `giveBack`.
    func borrow(for use: Use, _ call: WorkerPool.Call) throws(PoolError) -> Engine {
        let engine = gate { gate -> Engine? in
            guard !gate.isBarred, !gate.isClosing, let engine = gate.engine else { return nil }
            gate.count(use, 1)
            return engine
        }
        if let engine { return engine }
        return try engineToBe(for: use, call)
    }

    /// The same where there is none at the moment.
    private func engineToBe(for use: Use, _ call: WorkerPool.Call) throws(PoolError) -> Engine {
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
}

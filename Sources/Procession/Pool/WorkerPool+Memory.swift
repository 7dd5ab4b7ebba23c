import ProcessionSegment
import ProcessionSystem
import Synchronization

/// Giving memory back that maps and streams have left behind.
///
/// Results lie in memory of which any part can be given back. What workers read is sealed, so that they cannot write
/// there, and the seal forbids to give a part of it back: it goes as a whole, when nothing lies there. The pool then
/// goes on with other memory, and with other workers, because those that ran map the old one.
extension WorkerPool {
    /// Gives all memory back to the system that no results and no values laid out (`ArenaArray`) need.
    ///
    /// A pool keeps memory, so that the next map finds warm pages; without being asked it gives back what the last
    /// eight maps or streams have not used (beyond 64 MiB for results, and 256 MiB for input), and at once what is more
    /// than an eighth, for input a quarter, of the machine's memory. `trim` leaves nothing of that.
    ///
    /// Any thread may call it at any time. What inputs have taken can be given back only while no map or stream runs
    /// and nothing is laid out: otherwise that happens at the end of the next map or stream for which it is so. Workers
    /// are replaced then, and what functions have kept in them is lost.
    ///
    /// - Complexity: What the kernel takes for the pages. The next map takes new ones, at about a tenth of a
    ///   millisecond per MiB.
    public func trim() { core.trim() }

    /// Runs `body`, which ends with a run and with nothing left in memory but its results; and then tidies up.
    @inlinable
    func _tidying<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        defer { tidy() }
        return try body()
    }

    @usableFromInline
    func tidy() { core.tidy() }
}

extension PoolCore {
    func trim() {
        guard birthplace.isHere else { return }
        isTrimming.store(true, ordering: .releasing)
        home.withLock { $0.memory }?.result.giveBack()
        exchangeInput()
    }

    /// After a run: gives back what has become idle beyond measure, or what was asked for and could not be had before.
    func tidy() {
        guard birthplace.isHere, let memory = home.withLock({ $0.memory }) else { return }
        _ = memory.result.endRun()
        let hasExcess = memory.input.endRun()
        let isTrimming = isTrimming.load(ordering: .acquiring)
        if isTrimming { memory.result.giveBack() }
        if isTrimming || hasExcess { exchangeInput() }
    }

    /// Lets other memory and other workers take the place of these, if nobody has anything there.
    private func exchangeInput() {
        let engine = gate { gate -> Engine? in
            // Who uses it tidies up afterwards.
            guard !gate.isUsed, !gate.isBarred, !gate.isClosing, let engine = gate.engine else { return nil }
            gate.isBarred = true
            return engine
        }
        guard let engine else { return }
        defer { gate.when({ _ in true }) { $0.isBarred = false } }
        let book = engine.memory.input.book
        guard book.bytesInUse == 0 else { return }
        guard book.idleBytes > Self.leastExchanged else { return isTrimming.store(false, ordering: .releasing) }
        guard let fresh = try? Engine.memory(engine.options), home.withLock({ $0.move(to: fresh) }) else {
            return
        }
        isTrimming.store(false, ordering: .releasing)
        engine.shutDown()
        let legacy = engine.legacy
        let successor = try? Engine(legacy.options, in: fresh, legacy)
        gate.when({ _ in true }) { gate in
            gate.engine = successor
            gate.legacy = successor == nil ? legacy : nil
        }
    }

    /// Bytes of input that are not worth new workers.
    private static var leastExchanged: Int { 1 << 20 }
}

/// Which memory a pool has.
struct MemoryHome: Sendable {
    /// Nil when the pool is shut down.
    private(set) var memory: SharedMemory?
    /// The books of what it had before, where results may still lie.
    private var earlier: [ExtentBook] = []
    /// What all workers may read (`WorkerPool.share`), by tokens.
    var shared: [UInt64: SharedPiece] = [:]

    init(memory: SharedMemory) { self.memory = memory }

    /// Keeps the memory from being exchanged, and what is shared now, as long as what is returned lives.
    func pin() throws(PoolError) -> (SharedMemory, Extent<_InputSegment>)? {
        guard let memory else { return nil }
        guard let extent = memory.allocateInput(FunctionImage.usualBytes) else {
            throw PoolError(.outOfMemory, "no room for input in shared memory")
        }
        if !shared.isEmpty { extent.keep(Array(shared.values)) }
        return (memory, extent)
    }

    /// Goes on in other memory, if nobody has input in this one. What results need of it stays.
    mutating func move(to other: SharedMemory) -> Bool {
        guard let memory, memory.input.book.bytesInUse == 0 else { return false }
        close()
        self.memory = other
        return true
    }

    mutating func close() {
        guard let memory else { return }
        earlier = (earlier + [memory.input.book, memory.result.book]).filter { $0.bytesInUse > 0 }
        self.memory = nil
        shared = [:]
    }

    var bytesInUse: Int { (memory?.bytesInUse ?? 0) + earlier.reduce(0) { $0 + $1.bytesInUse } }
}

import Synchronization

/// The books of a pool: what it has done and who works for it, counted here and nowhere else, for anybody to read at
/// any time; and where others leave word that the runs that are on should stop.
final class PoolBoard: Sendable {
    private struct Notes {
        var statistics = PoolStatistics()
        var processIDs: [Int32] = []
    }

    private let notes = Mutex(Notes())
    /// Twice the cancellations so far, and 1 more once the pool is shut down.
    private let stops = Atomic(0)

    var statistics: PoolStatistics { notes.withLock { $0.statistics } }

    func count(_ body: (inout PoolStatistics) -> Void) { notes.withLock { body(&$0.statistics) } }

    /// The workers that are running.
    var processIDs: [Int32] {
        get { notes.withLock { $0.processIDs } }
        set { notes.withLock { $0.processIDs = newValue } }
    }

    /// For whoever begins to use the pool, to be told later what has come since.
    var moment: Int { stops.load(ordering: .acquiring) }

    /// Why what began at a moment should end, if somebody wants that.
    func interruption(since moment: Int) -> PoolError? {
        let now = self.moment
        guard now != moment else { return nil }
        return now & 1 == 1 ? .wasShutDown : .wasCancelled
    }

    func cancel() { stops.add(2, ordering: .acquiringAndReleasing) }

    func shutDown() { stops.bitwiseOr(1, ordering: .acquiringAndReleasing) }
}

extension PoolError {
    static var wasShutDown: PoolError { PoolError(.shutDown, "the pool was shut down; make another one") }
    static var wasCancelled: PoolError { PoolError(.cancelled, "the run was cancelled") }
}

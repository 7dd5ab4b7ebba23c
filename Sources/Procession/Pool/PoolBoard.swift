import Synchronization

/// The books of a pool: what it has done and who works for it, counted here and nowhere else, for anybody to read at
/// any time; and where others leave word that a run should stop.
final class PoolBoard: Sendable {
    private struct Notes {
        var statistics = PoolStatistics()
        var processIDs: [Int32] = []
        var interruption: PoolError?
    }

    private let notes = Mutex(Notes())
    /// Whether there is an interruption, so that a run need not look for one at every step.
    private let isInterrupted = Atomic(false)

    var statistics: PoolStatistics { notes.withLock { $0.statistics } }

    func count(_ body: (inout PoolStatistics) -> Void) { notes.withLock { body(&$0.statistics) } }

    /// The workers that are running.
    var processIDs: [Int32] {
        get { notes.withLock { $0.processIDs } }
        set { notes.withLock { $0.processIDs = newValue } }
    }

    /// Why the run should end, if somebody wants that.
    var interruption: PoolError? {
        isInterrupted.load(ordering: .acquiring) ? notes.withLock { $0.interruption } : nil
    }

    func interrupt(_ error: PoolError) {
        notes.withLock { notes in
            notes.interruption = error
            isInterrupted.store(true, ordering: .releasing)
        }
    }

    /// Forgets a cancellation that was meant for an earlier run. A pool that was shut down stays so.
    func beginRun() {
        guard isInterrupted.load(ordering: .acquiring) else { return }
        notes.withLock { notes in
            guard notes.interruption?.code == .cancelled else { return }
            notes.interruption = nil
            isInterrupted.store(false, ordering: .releasing)
        }
    }
}

import Synchronization

/// Where a supervisor posts what others may know while it works, and others leave word that it should stop.
final class PoolBoard: Sendable {
    private struct Notes {
        var statistics = PoolStatistics()
        var processIDs: [Int32] = []
        var rosterChanges = 0
        var interruption: PoolError?
    }

    private let notes = Mutex(Notes())

    var statistics: PoolStatistics { notes.withLock { $0.statistics } }
    var processIDs: [Int32] { notes.withLock { $0.processIDs } }

    func post(_ statistics: PoolStatistics, _ roster: WorkerRoster) {
        let changes = roster.changes
        let processIDs =
            notes.withLock { notes in
                notes.statistics = statistics
                return notes.rosterChanges == changes
            } ? nil : roster.processIDs
        guard let processIDs else { return }
        notes.withLock { notes in
            notes.processIDs = processIDs
            notes.rosterChanges = changes
        }
    }

    /// Why the run should end, if somebody wants that.
    var interruption: PoolError? { notes.withLock { $0.interruption } }

    func interrupt(_ error: PoolError) { notes.withLock { $0.interruption = error } }

    /// Forgets a cancellation that was meant for an earlier run. A pool that was shut down stays so.
    func beginRun() {
        notes.withLock { notes in
            if notes.interruption?.code == .cancelled { notes.interruption = nil }
        }
    }
}

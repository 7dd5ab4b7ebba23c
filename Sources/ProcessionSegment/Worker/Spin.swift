import CProcessionShims
import ProcessionSystem

/// Waiting awake: for what comes within microseconds, where to sleep and be woken takes tens of them.
package enum Spin {
    /// As long as it takes to sleep and be woken: who spins in vain has lost no more than that.
    package static var time: Duration { .microseconds(20) }

    /// Looks until `condition` holds, and says whether it did before the time was over.
    package static func until(within time: Duration, _ condition: () -> Bool) -> Bool {
        let end = Instant.now + time
        repeat {
            // The clock takes longer than a look.
            for _ in 0..<16 {
                if condition() { return true }
                procession_relax()
            }
        } while Instant.now < end
        return false
    }
}

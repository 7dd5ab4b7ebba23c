import CProcessionShims
import Glibc

/// Sleeping until a word of shared memory changes (`futex`, between processes).
package enum Futex {
    package enum WaitResult: Hashable, Sendable {
        /// Somebody woke this word; or nobody did, which the kernel allows.
        case woken
        /// The word was not the expected one, so there was no sleep.
        case changed
        case timedOut
        /// A signal came.
        case interrupted
    }

    /// Sleeps while the word is `expecting`. Whatever the result, the caller looks at its condition again.
    ///
    /// The word must stay mapped during the wait, and be aligned to four bytes; it may be mapped read-only.
    @unsafe package static func wait(
        _ word: UnsafePointer<UInt32>, expecting: UInt32, timeout: Duration?
    ) -> WaitResult {
        do {
            // Safe: the caller keeps the word mapped. The kernel only reads it.
            _ = try system(.futexWait, restarting: false) {
                unsafe procession_futex_wait(word, expecting, timeout?.nanoseconds ?? -1)
            }
            return .woken
        } catch {
            switch error.code {
            case EAGAIN: return .changed
            case ETIMEDOUT: return .timedOut
            default: return .interrupted
            }
        }
    }

    /// Wakes up to `count` sleepers and returns how many there were. The word must be mapped.
    @unsafe @discardableResult package static func wake(_ word: UnsafePointer<UInt32>, count: Int32) -> Int {
        // Safe: the address only names the word; nothing is written. It can fail only for an address that is not ours.
        Int((try? system(.futexWake) { unsafe procession_futex_wake(word, count) }) ?? 0)
    }
}

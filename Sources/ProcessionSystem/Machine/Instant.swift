import Glibc

/// A moment of `CLOCK_MONOTONIC`, which nobody sets and which stands still while the machine sleeps.
///
/// What lies between two of them is a `Duration`. No arithmetic traps: deadlines that are too far off stay there.
@usableFromInline
package struct Instant: Comparable, Hashable, Sendable {
    /// Since the clock began to count. For words of shared memory; everything else has `Instant` and `Duration`.
    @usableFromInline package let nanoseconds: UInt64

    @inlinable
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Before all that `now` can say: as a deadline, one that is over.
    package static let earliest = Instant(nanoseconds: 0)

    package static var now: Instant {
        var now = timespec()
        // Safe: fills the structure it is given. It cannot fail for this clock, and it is no system call but a read of
        // shared kernel memory; hence outside the layer.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Instant(nanoseconds: UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec))
    }

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// How much later `left` is; negative when it is earlier.
    @inlinable
    package static func - (left: Instant, right: Instant) -> Duration {
        left < right
            ? .zero - .nanoseconds(Int64(clamping: right.nanoseconds - left.nanoseconds))
            : .nanoseconds(Int64(clamping: left.nanoseconds - right.nanoseconds))
    }

    /// The moment at which a wait of that length is over, which begins at `start`: at once, where it is negative.
    @inlinable
    package static func + (start: Instant, wait: Duration) -> Instant {
        let (sum, isTooFar) = start.nanoseconds.addingReportingOverflow(UInt64(wait.nanoseconds))
        return Instant(nanoseconds: isTooFar ? .max : sum)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded up, from zero to 292 years; what a wait can be told.
    @inlinable
    package var nanoseconds: Int64 {
        // Not by `components`, which takes ten times as long.
        guard attoseconds > 0 else { return 0 }
        // Up to 18 seconds, as nearly all are, one word, which is divided by a product.
        if let word = UInt64(exactly: attoseconds) { return Int64((word - 1) / 1_000_000_000 + 1) }
        return Int64(clamping: (attoseconds - 1) / 1_000_000_000 + 1)
    }

    package var seconds: Double { self / .seconds(1) }

    /// The processor time that the calling thread has had so far.
    package static var ofThisThread: Duration {
        var time = timespec()
        // Safe: fills the structure it is given. It cannot fail for this clock.
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

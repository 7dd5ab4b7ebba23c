import Glibc

package enum Clock {
    /// Nanoseconds of `CLOCK_MONOTONIC`, which nobody sets and which stands still while the machine sleeps.
    package static func monotonic() -> UInt64 {
        var now = timespec()
        // Safe: fills the structure it is given. It cannot fail for this clock, and it is no system call but a read of
        // shared kernel memory; hence outside the layer.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded up, from zero to 292 years; what a wait can be told.
    package var nanoseconds: Int64 {
        // Not by `components`, which takes ten times as long.
        guard attoseconds > 0 else { return 0 }
        return Int64(clamping: (attoseconds - 1) / 1_000_000_000 + 1)
    }
}

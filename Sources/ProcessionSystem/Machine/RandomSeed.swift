import CProcessionShims
import Glibc

package enum RandomSeed {
    /// 64 bits nobody can guess (`getrandom`): a nonce, or a seed to print.
    package static func random64() -> UInt64 {
        var value: UInt64 = 0
        // Safe: eight bytes of our own, and getrandom gives so few at once or not at all.
        let got = try? system(.getrandom) { unsafe procession_getrandom(&value, 8) }
        // Only a kernel without the call gets here; its clock is better than a constant.
        return got == 8 ? value : Instant.now.nanoseconds ^ UInt64(getpid()) << 40
    }
}

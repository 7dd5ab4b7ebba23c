import CProcessionShims
import Glibc

/// The cores that a thread may run on: its affinity.
package struct CoreSet: Equatable, Sendable {
    /// A bit for each core, in the kernel's order.
    private var words: [UInt64]

    /// Those of a process's first thread, or of the calling thread where `process` is 0.
    package init(of process: Int32) throws(SystemError) {
        words = Array(repeating: 0, count: 16)
        while true {
            do throws(SystemError) {
                // Safe: the kernel writes no more than it is told that there is room for.
                _ = try system(.getAffinity) { unsafe procession_get_affinity(process, &words, words.count * 8) }
                return
            } catch {
                // The set is too small for this kernel's number of cores.
                guard error.code == EINVAL, words.count < 1 << 14 else { throw error }
                words = Array(repeating: 0, count: words.count * 2)
            }
        }
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// One of them alone, by its rank.
    package func only(_ rank: Int) -> CoreSet {
        precondition((0..<count).contains(rank))
        var left = rank
        var one = self
        for index in words.indices {
            for bit in 0..<64 where words[index] >> UInt64(bit) & 1 == 1 {
                if left != 0 { one.words[index] &= ~(1 << UInt64(bit)) }
                left -= 1
            }
        }
        return one
    }

    /// Lets a process's first thread, or the calling one, run on these and no others.
    package func assign(to process: Int32) throws(SystemError) {
        // Safe: the kernel reads as much as it is told.
        _ = try system(.setAffinity) { unsafe procession_set_affinity(process, words, words.count * 8) }
    }
}

import ProcessionSystem

/// SplitMix64: the same numbers for the same seed, on every machine.
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A number of any magnitude: as many of small ones as of large ones, and often at a power of two.
    package mutating func anyMagnitude() -> Int {
        let bits = Int.random(in: 0...63, using: &self)
        let power = bits == 63 ? Int.max : 1 << bits
        switch next() % 4 {
        case 0: return power
        case 1: return power - 1
        default: return Int.random(in: 0...power, using: &self)
        }
    }
}

/// A seed for one test, printed so that a failure can be seen again: PROCESSION_SEED sets it.
package func printedSeed(_ test: String = #function) -> UInt64 {
    let seed = environment("PROCESSION_SEED").flatMap { UInt64($0) } ?? RandomSeed.random64()
    print("\(test): PROCESSION_SEED=\(seed)")
    return seed
}

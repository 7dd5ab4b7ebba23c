import Glibc
import ProcessionSystem

/// SplitMix64: the same numbers for the same seed, on every machine.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

/// A seed for one test, printed so that a failure can be seen again: PROCESSION_SEED sets it.
func printedSeed(_ test: String = #function) -> UInt64 {
    // Safe: nobody changes the environment of a test process.
    let given = unsafe getenv("PROCESSION_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
    let seed = given ?? RandomSeed.random64()
    print("\(test): PROCESSION_SEED=\(seed)")
    return seed
}

public import ProcessionSegment

/// A function of values that draws random numbers: the same ones for a record, whoever maps it and however often.
///
///     struct Simulate: SeededFunction {
///         var seed: UInt64
///         func callAsFunction(_ value: Double, using random: inout RecordRandom) -> Double {
///             value + Double.random(in: -1...1, using: &random)
///         }
///     }
///
/// What a record draws depends on `seed` and the record's index alone: not on workers, chunks or retries. A single call
/// draws what record 0 does.
public protocol SeededFunction: ValueFunction, _SeededFunction {
    // Said again, so that they are inferred from the requirement below, whichever of them is asked for first.
    associatedtype Key = NoKey
    associatedtype Value
    associatedtype Output

    /// The results of one record.
    ///
    /// - Parameters:
    ///   - value: The record's value.
    ///   - random: The record's random numbers.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(_ value: Value, using random: inout RecordRandom) throws -> Output
}

/// The same for functions that look at keys, too.
public protocol KeyedSeededFunction: WorkerFunction, _SeededFunction {
    // Said again, so that they are inferred from the requirement below.
    associatedtype Key
    associatedtype Value
    associatedtype Output

    /// The results of one record.
    ///
    /// - Parameters:
    ///   - key: The record's key.
    ///   - value: The record's value.
    ///   - random: The record's random numbers.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(key: Key, value: Value, using random: inout RecordRandom) throws -> Output
}

/// What both kinds of functions with a seed have in common. Not yours: conform to one of them.
public protocol _SeededFunction: WorkerFunction {
    /// What all records of a map have in common: another seed gives each other numbers.
    var seed: UInt64 { get }

    /// Calls the function with key, value and random numbers.
    func _call(_ key: Key, _ value: Value, _ random: inout RecordRandom) throws -> Output
}

/// The random numbers of one record.
///
/// xoshiro256** by Blackman and Vigna (2018, "Scrambled linear pseudorandom number generators"), its 256 bits of state
/// filled by SplitMix64 from seed and index: good for simulations and samples, and not for secrets. Those of other
/// records, and of other seeds, are independent of them.
public struct RecordRandom: RandomNumberGenerator, BitwiseCopyable, Hashable, Sendable {
    private var s0: UInt64, s1: UInt64, s2: UInt64, s3: UInt64

    init(state: (UInt64, UInt64, UInt64, UInt64)) { (s0, s1, s2, s3) = state }

    /// Those of a record.
    ///
    /// - Parameters:
    ///   - seed: The function's seed.
    ///   - index: The record's index in the input.
    /// - Complexity: O(1), some nanoseconds.
    public init(seed: UInt64, index: Int) {
        // Mixed once before the index comes in, so that seeds which lie close to each other share no records.
        var state = Self.mixed(seed &+ Self.step) ^ UInt64(truncatingIfNeeded: index)
        func next() -> UInt64 {
            state &+= Self.step
            return Self.mixed(state)
        }
        self.init(state: (next(), next(), next(), next()))
    }

    /// The next 64 random bits.
    ///
    /// - Returns: Any number, each as likely as the others.
    /// - Complexity: O(1), about a nanosecond.
    public mutating func next() -> UInt64 {
        func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word &<< count | word &>> (64 &- count) }
        let result = rotated(s1 &* 5, 7) &* 9
        let shifted = s1 &<< 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = rotated(s3, 45)
        return result
    }

    private static var step: UInt64 { 0x9e37_79b9_7f4a_7c15 }

    /// SplitMix64's output for a state.
    private static func mixed(_ state: UInt64) -> UInt64 {
        var word = state
        word = (word ^ (word &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word &>> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word &>> 31)
    }
}

extension SeededFunction {
    /// Calls the function as for record 0: outside of workers, as in a test, and for a single call.
    ///
    /// - Parameter value: The record's value.
    /// - Returns: What the function returns.
    /// - Throws: What the function throws.
    @inlinable
    public func callAsFunction(_ value: Value) throws -> Output {
        var random = RecordRandom(seed: seed, index: 0)
        return try callAsFunction(value, using: &random)
    }

    @inlinable @inline(__always)
    public func _call(_ key: NoKey, _ value: Value, _ random: inout RecordRandom) throws -> Output {
        try callAsFunction(value, using: &random)
    }
}

extension KeyedSeededFunction {
    /// Calls the function as for record 0: outside of workers, as in a test, and for a single call.
    ///
    /// - Parameters:
    ///   - key: The record's key.
    ///   - value: The record's value.
    /// - Returns: What the function returns.
    /// - Throws: What the function throws.
    @inlinable
    public func callAsFunction(key: Key, value: Value) throws -> Output {
        var random = RecordRandom(seed: seed, index: 0)
        return try callAsFunction(key: key, value: value, using: &random)
    }

    @inlinable @inline(__always)
    public func _call(_ key: Key, _ value: Value, _ random: inout RecordRandom) throws -> Output {
        try callAsFunction(key: key, value: value, using: &random)
    }
}

extension _SeededFunction {
    // More special than that of other functions, and so the one that is taken.
    @inlinable
    public static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        let function = chunk.input.load(at: chunk.stateOffset.bytes, as: Self.self)
        let seed = function.seed
        let step = worker._isAtCalls ? 0 : 1
        var index = (chunk.first &+ chunk.begin) &* step
        _mapAll(&chunk) { key, value in
            var random = RecordRandom(seed: seed, index: index)
            index &+= step
            return try function._call(key, value, &random)
        }
    }
}

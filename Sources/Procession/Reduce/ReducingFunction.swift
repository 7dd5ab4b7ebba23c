public import ProcessionSegment

/// A function whose results are combined to one, in the order of the records.
///
///     struct Sum: ReducingFunction {
///         func callAsFunction(_ value: Double) -> Double { value }
///         func combine(_ left: Double, _ right: Double) -> Double { left + right }
///     }
///
///     let sum = try pool.reduce(values, Sum())
public protocol ReducingFunction: ValueFunction {
    /// Combines what comes of records that follow each other. Called in workers.
    ///
    /// What comes of it should not depend on where a long row of records is divided. Where it does a little, as with
    /// sums of floating-point numbers, it is divided in the same places every time.
    ///
    /// - Parameters:
    ///   - left: What came of some records.
    ///   - right: What came of the records right behind them.
    /// - Returns: What comes of all of them.
    /// - Complexity: Should be O(1): it is called about once for every record.
    func combine(_ left: Output, _ right: Output) -> Output

    static func _fold(_ block: _Block<Value>, count: Int, _ function: Self) throws -> Output
}

extension ReducingFunction {
    // A requirement with a default for the same reason as `_map`: it is specialised in the user's module.
    @inlinable
    public static func _fold(_ block: _Block<Value>, count: Int, _ function: Self) throws -> Output {
        var block = block
        var result = try function(block[0])
        for place in 1..<max(count, 1) { result = function.combine(result, try function(block[place])) }
        return result
    }
}

/// Values that are combined by one worker, where they lie. Not yours.
public struct _Block<Value: SlotValue>: SlotValue {
    /// How many values a block has, but for the last. It is fixed, because sums of floating-point numbers depend on it.
    @usableFromInline static var length: Int { 1024 }

    @usableFromInline let offset: Int
    @usableFromInline var reader: _SlotReader

    @inlinable
    init(at offset: Int, _ reader: _SlotReader) { (self.offset, self.reader) = (offset, reader) }

    @inlinable
    subscript(place: Int) -> Value {
        mutating get { Value._load(at: offset &+ place &* Value._slotStride, from: &reader) }
    }

    public static var _slotStride: Int { length * Value._slotStride }

    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self { Self(at: offset, reader) }

    public func _store(at offset: Int, in writer: inout _SlotWriter) { misuse("blocks are laid out value by value") }
}

/// Combines the results of a block's records.
struct Fold<Function: ReducingFunction>: WorkerFunction {
    let function: Function
    /// How many values there are in all blocks.
    let count: Int

    func callAsFunction(key: Int, value: _Block<Function.Value>) throws -> Function.Output {
        let length = _Block<Function.Value>.length
        return try Function._fold(value, count: min(length, count - key * length), function)
    }
}

/// Combines what came of blocks.
struct Combination<Function: ReducingFunction>: ReducingFunction {
    let function: Function
    func callAsFunction(_ value: Function.Output) -> Function.Output { value }
    func combine(_ left: Function.Output, _ right: Function.Output) -> Function.Output { function.combine(left, right) }
}

extension Combination: Sendable where Function: Sendable {}

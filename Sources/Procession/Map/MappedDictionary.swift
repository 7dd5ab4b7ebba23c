public import OrderedCollections

/// The results of a map over an ordered dictionary: the same keys, in the same order.
///
///     quotes["b"]                                  // one result, found through the input's own key table
///     for (key, quote) in quotes { … }             // all, in order
///     OrderedDictionary(quotes)                    // copied out, without hashing a key again
///     let (doubled, text) = quotes.columns()       // one ordered dictionary per column, the same way
///
/// A view like `MappedArray`: it copies nothing until asked.
public struct MappedDictionary<Key: Hashable, Value, Output: SlotValue>: RandomAccessCollection {
    /// A key of the input and its result.
    public typealias Element = (key: Key, value: Output)

    /// The results without their keys.
    public let values: MappedArray<Output>
    @usableFromInline let input: OrderedDictionary<Key, Value>

    @inlinable
    init(_ input: OrderedDictionary<Key, Value>, _ values: MappedArray<Output>) {
        self.input = input
        self.values = values
    }

    /// The keys, in order: the input's own.
    @inlinable public var keys: OrderedSet<Key> { input.keys }
    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// Number of records, those that failed included.
    @inlinable public var endIndex: Int { values.endIndex }
    /// The records that failed, in order. Empty unless the map was told to `.collect`.
    @inlinable public var failures: [RecordFailure] { values.failures }

    /// The key and the result at a position. A record that failed, or an index out of range, traps.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Complexity: O(1), plus O(log failures) when there are any.
    @inlinable
    public subscript(index: Int) -> Element { (input.keys[index], values[index]) }

    /// The result of a key; nil when the input has no such key. A record that failed traps.
    ///
    /// - Parameter key: A key of the input.
    /// - Complexity: One look-up, plus O(log failures) when there are any.
    @inlinable
    public subscript(key: Key) -> Output? { input.index(forKey: key).map { values[$0] } }

    /// The result of a key, or why its record failed; nil when the input has no such key.
    ///
    /// - Parameter key: A key of the input.
    /// - Returns: Its result or its failure.
    /// - Complexity: One look-up, plus O(log failures) when there are any.
    @inlinable
    public func result(for key: Key) -> Result<Output, RecordFailure>? {
        input.index(forKey: key).map { values.result(at: $0) }
    }

    /// Every key with its result, or with the reason why it has none.
    ///
    /// - Returns: The input's keys, in order.
    /// - Complexity: O(n), without hashing a key.
    @inlinable
    public func results() -> OrderedDictionary<Key, Result<Output, RecordFailure>> {
        var index = -1
        var reader = values.lease.reader
        return input.mapValues { _ in
            index += 1
            return values.result(at: index, from: &reader)
        }
    }
}

extension MappedDictionary: Sendable where Key: Sendable, Value: Sendable {}

extension OrderedDictionary {
    /// The results of a map, copied out. It traps when a record failed.
    ///
    /// - Parameter mapped: What the map returned.
    /// - Complexity: O(n), without hashing a key.
    @inlinable
    public init<Input>(_ mapped: MappedDictionary<Key, Input, Value>) {
        var next = mapped.values.loader()
        self = withExtendedLifetime(mapped) { mapped.input.mapValues { _ in next.load() } }
    }
}

public import OrderedCollections

/// The results of a map over an ordered dictionary: the same keys, in the same order.
///
///     quotes["b"]                                  // one result, found through the input's own key table
///     quotes.elements[1]                           // a key and its result, by position
///     for (key, quote) in quotes { … }             // all, in order
///     OrderedDictionary(quotes)                    // copied out, without hashing a key again
///     let (doubled, text) = quotes.columns()       // one ordered dictionary per column, the same way
///
/// A view like `MappedArray`: it copies nothing until asked. Its subscript takes a key, as that of `OrderedDictionary`
/// does; what is read by position is read from `elements`, `keys` or `values`.
public struct MappedDictionary<Key: Hashable, Input, Output: SlotValue>: Sequence {
    /// A key of the input and its result.
    public typealias Element = (key: Key, value: Output)
    /// Keys and results by position.
    public typealias Elements = KeyedElements<Key, MappedArray<Output>>

    /// The results without their keys, in order.
    public let values: MappedArray<Output>
    @usableFromInline let input: OrderedDictionary<Key, Input>

    @inlinable
    init(_ input: OrderedDictionary<Key, Input>, _ values: MappedArray<Output>) {
        self.input = input
        self.values = values
    }

    /// The keys, in order: the input's own.
    @inlinable public var keys: OrderedSet<Key> { input.keys }
    /// The keys and their results, in order, as a collection.
    @inlinable public var elements: Elements { Elements(keys, values) }
    /// The number of records.
    @inlinable public var count: Int { values.count }
    /// Whether there are no records.
    @inlinable public var isEmpty: Bool { values.isEmpty }
    /// The number of records.
    @inlinable public var underestimatedCount: Int { values.count }

    /// The result of a key; nil when the input has no such key.
    ///
    /// - Parameter key: A key of the input.
    /// - Complexity: One look-up, and the cost of loading the result.
    @inlinable
    public subscript(key: Key) -> Output? { input.index(forKey: key).map { values[$0] } }

    /// Where a key stands in the order.
    ///
    /// - Parameter key: A key of the input.
    /// - Returns: Its position in `elements`, `keys` and `values`; nil when the input has no such key.
    /// - Complexity: One look-up.
    @inlinable
    public func index(forKey key: Key) -> Int? { input.index(forKey: key) }

    /// Goes through keys and results, in order.
    ///
    /// - Returns: An iterator over pairs.
    /// - Complexity: O(1).
    @inlinable
    public func makeIterator() -> Elements.Iterator { elements.makeIterator() }
}

extension MappedDictionary: Sendable where Key: Sendable, Input: Sendable {}

extension OrderedDictionary {
    /// The results of a map, copied out.
    ///
    /// - Parameter mapped: What the map returned.
    /// - Complexity: O(n), without hashing a key.
    @inlinable
    public init<Input>(_ mapped: MappedDictionary<Key, Input, Value>) {
        var next = mapped.values.loader()
        self = withExtendedLifetime(mapped) { mapped.input.mapValues { _ in next.load() } }
    }
}

/// Keys, and what a map has made for each of them, by position.
public struct KeyedElements<Key: Hashable, Values: RandomAccessCollection>: RandomAccessCollection
where Values.Index == Int {
    /// A key and what belongs to it.
    public typealias Element = (key: Key, value: Values.Element)

    /// The keys, in order.
    public let keys: OrderedSet<Key>
    /// What belongs to the keys, in the same order.
    public let values: Values

    @inlinable
    init(_ keys: OrderedSet<Key>, _ values: Values) {
        self.keys = keys
        self.values = values
    }

    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// The number of keys.
    @inlinable public var endIndex: Int { keys.count }

    /// A key and what belongs to it. A position that is out of range traps.
    ///
    /// - Parameter position: From 0 to below `count`.
    /// - Complexity: O(1), and the cost of loading the result.
    @inlinable
    public subscript(position: Int) -> (key: Key, value: Values.Element) { (keys[position], values[position]) }

    /// Goes through keys and values, in order.
    ///
    /// - Returns: An iterator over pairs.
    /// - Complexity: O(1).
    @inlinable
    public func makeIterator() -> Iterator { Iterator(keys.makeIterator(), values.makeIterator()) }

    /// Goes through keys and values side by side.
    public struct Iterator: IteratorProtocol {
        @usableFromInline var keys: OrderedSet<Key>.Iterator
        @usableFromInline var values: Values.Iterator

        @inlinable
        init(_ keys: OrderedSet<Key>.Iterator, _ values: Values.Iterator) {
            self.keys = keys
            self.values = values
        }

        /// The next key and what belongs to it; nil at the end.
        ///
        /// - Returns: A pair.
        /// - Complexity: O(1), and the cost of loading the result.
        @inlinable
        public mutating func next() -> (key: Key, value: Values.Element)? {
            guard let key = keys.next(), let value = values.next() else { return nil }
            return (key, value)
        }
    }
}

extension KeyedElements: Sendable where Key: Sendable, Values: Sendable {}

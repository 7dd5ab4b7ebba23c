public import OrderedCollections

/// What a map over an ordered dictionary that collects failures returns: for every key its result, or why it has none.
///
///     let quotes = try pool.map(prices, Quote(rate: 2), onFailure: .collect)
///     quotes["b"]                                      // a Result; nil when there is no such key
///     for (key, result) in quotes { … }                // all, in order
///     for (key, quote) in quotes.successes { … }       // those that have one
///     for failure in quotes.failures { print(failure) }
///     let all = try quotes.get()                       // every result, or the first failure thrown
///
/// A view like `MappedDictionary`: it copies nothing until asked.
public struct CollectedDictionary<Key: Hashable, Input, Output: SlotValue>: Sequence {
    /// A key of the input and its result, or why it has none.
    public typealias Element = (key: Key, value: Result<Output, RecordFailure>)
    /// Keys and results by position.
    public typealias Elements = KeyedElements<Key, CollectedArray<Output>>

    /// The results without their keys, in order.
    public let values: CollectedArray<Output>
    @usableFromInline let input: OrderedDictionary<Key, Input>

    @inlinable
    init(_ input: OrderedDictionary<Key, Input>, _ values: CollectedArray<Output>) {
        self.input = input
        self.values = values
    }

    /// The keys, in order: the input's own.
    @inlinable public var keys: OrderedSet<Key> { input.keys }
    /// The keys and their results, in order, as a collection.
    @inlinable public var elements: Elements { Elements(keys, values) }
    /// The number of records, those that failed included.
    @inlinable public var count: Int { values.count }
    /// Whether there are no records.
    @inlinable public var isEmpty: Bool { values.isEmpty }
    /// The number of records, those that failed included.
    @inlinable public var underestimatedCount: Int { values.count }
    /// The records that failed, in order.
    @inlinable public var failures: [RecordFailure] { values.failures }

    /// The result of a key, or why its record failed; nil when the input has no such key.
    ///
    /// - Parameter key: A key of the input.
    /// - Complexity: One look-up, plus O(log failures) when there are any.
    @inlinable
    public subscript(key: Key) -> Result<Output, RecordFailure>? { input.index(forKey: key).map { values[$0] } }

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

    /// All results, when no record failed.
    ///
    /// - Returns: The same view, of results alone.
    /// - Throws: The first of `failures`.
    /// - Complexity: O(1).
    @inlinable
    public func get() throws(RecordFailure) -> MappedDictionary<Key, Input, Output> {
        MappedDictionary(input, try values.get())
    }
}

extension CollectedDictionary: Sendable where Key: Sendable, Input: Sendable {}

extension CollectedDictionary {
    /// The records that did not fail, in order: their keys and results.
    ///
    /// - Complexity: O(1). To go through them is O(n).
    @inlinable public var successes: Successes { Successes(keys: keys, values: values.successes) }

    /// The records of a map that did not fail.
    public struct Successes: Sequence {
        /// A key of the input and its result.
        public typealias Element = (key: Key, value: Output)
        @usableFromInline let keys: OrderedSet<Key>
        @usableFromInline let values: CollectedArray<Output>.Successes

        @inlinable
        init(keys: OrderedSet<Key>, values: CollectedArray<Output>.Successes) {
            self.keys = keys
            self.values = values
        }

        /// How many there are, exactly.
        @inlinable public var underestimatedCount: Int { values.underestimatedCount }

        /// Goes through the records that did not fail, in order.
        ///
        /// - Returns: An iterator over keys and results.
        /// - Complexity: O(1).
        @inlinable
        public func makeIterator() -> Iterator { Iterator(keys, values.makeIterator()) }

        /// Goes through all records and leaves out those that failed.
        public struct Iterator: IteratorProtocol {
            @usableFromInline let keys: OrderedSet<Key>
            @usableFromInline var values: CollectedArray<Output>.Successes.Iterator

            @inlinable
            init(_ keys: OrderedSet<Key>, _ values: CollectedArray<Output>.Successes.Iterator) {
                self.keys = keys
                self.values = values
            }

            /// The next record that did not fail; nil at the end.
            ///
            /// - Returns: Its key and its result.
            /// - Complexity: O(1), and a step for each record that failed before it.
            @inlinable
            public mutating func next() -> (key: Key, value: Output)? {
                values.next().map { (keys[$0.index], $0.value) }
            }
        }
    }
}

extension CollectedDictionary.Successes: Sendable where Key: Sendable {}

extension CollectedDictionary {
    /// The same as the subscript.
    ///
    /// - Parameter key: A key of the input.
    /// - Returns: Its result or its failure; nil when the input has no such key.
    /// - Complexity: One look-up, plus O(log failures) when there are any.
    @inlinable
    public func result(for key: Key) -> Result<Output, RecordFailure>? { self[key] }

    /// The same as `OrderedDictionary(_:)` of these results.
    ///
    /// - Returns: The input's keys, in order, each with its result or its failure.
    /// - Complexity: O(n), without hashing a key.
    @inlinable
    public func results() -> OrderedDictionary<Key, Result<Output, RecordFailure>> { OrderedDictionary(self) }
}

extension OrderedDictionary {
    /// The results and failures of a map, copied out.
    ///
    /// - Parameter collected: What the map returned.
    /// - Complexity: O(n), without hashing a key.
    @inlinable
    public init<Input, Output>(_ collected: CollectedDictionary<Key, Input, Output>)
    where Value == Result<Output, RecordFailure> {
        var next = collected.values.makeIterator()
        self = collected.input.mapValues { _ in next.next()! }
    }
}

/// The results of a map that collects failures: for every record its result, or why it has none.
///
///     let squares = try pool.map(numbers, Square(), onFailure: .collect)
///     for result in squares { … }                          // a Result for every record, in order
///     for (index, square) in squares.successes { … }       // those that have one
///     for failure in squares.failures { print(failure) }   // those that have none
///     let all = try squares.get()                          // every result, or the first failure thrown
///
/// A view like `MappedArray`: it copies nothing until asked.
public struct CollectedArray<Output: SlotValue>: RandomAccessCollection, Sendable {
    /// A record's result, or why it has none.
    public typealias Element = Result<Output, RecordFailure>

    /// The records that failed, in order.
    public let failures: [RecordFailure]
    /// The slots of all records; those that failed have nothing in theirs.
    @usableFromInline let slots: MappedArray<Output>

    init(_ slots: MappedArray<Output>, failures: [RecordFailure]) {
        self.slots = slots
        self.failures = failures
    }

    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// The number of records, those that failed included.
    @inlinable public var endIndex: Int { slots.endIndex }

    /// The result of a record, or why it failed. An index that is out of range traps.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Complexity: O(1), plus O(log failures) when there are any.
    @inlinable
    public subscript(index: Int) -> Result<Output, RecordFailure> {
        if !failures.isEmpty, let failure = failure(at: index) { return .failure(failure) }
        return .success(slots[index])
    }

    /// Why a record failed; nil when it did not.
    @usableFromInline
    func failure(at index: Int) -> RecordFailure? {
        var low = 0
        var high = failures.count
        while low < high {
            let middle = (low + high) / 2
            if failures[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return low < failures.count && failures[low].index == index ? failures[low] : nil
    }

    /// All results, when no record failed.
    ///
    /// - Returns: The same view, of results alone.
    /// - Throws: The first of `failures`.
    /// - Complexity: O(1).
    public func get() throws(RecordFailure) -> MappedArray<Output> {
        if let first = failures.first { throw first }
        return slots
    }
}

extension CollectedArray {
    /// Goes through the records, in order.
    ///
    /// - Returns: An iterator over all results and failures.
    /// - Complexity: O(1).
    @inlinable
    public func makeIterator() -> Iterator { Iterator(self) }

    /// Goes through the records, and through their failures beside them.
    public struct Iterator: IteratorProtocol {
        @usableFromInline let results: CollectedArray
        @usableFromInline var loader: ResultLoader<Output>
        @usableFromInline var index = 0
        /// How many failures lie before `index`.
        @usableFromInline var failed = 0

        @inlinable
        init(_ results: CollectedArray) {
            self.results = results
            loader = results.slots.loader()
        }

        /// The next record's result, or why it has none; nil at the end.
        ///
        /// - Returns: A result or a failure.
        /// - Complexity: O(1), the cost of loading the result.
        @inlinable
        public mutating func next() -> Result<Output, RecordFailure>? {
            guard index < results.endIndex else { return nil }
            defer { index += 1 }
            guard failed < results.failures.count, results.failures[failed].index == index else {
                return .success(withExtendedLifetime(results) { loader.load() })
            }
            loader.skip()
            failed += 1
            return .failure(results.failures[failed - 1])
        }
    }

    /// The records that did not fail, in order: their indices and results.
    ///
    /// - Complexity: O(1). To go through them is O(n).
    @inlinable public var successes: Successes { Successes(results: self) }

    /// The records of a map that did not fail.
    public struct Successes: Sequence, Sendable {
        /// A record's index in the input and its result.
        public typealias Element = (index: Int, value: Output)
        @usableFromInline let results: CollectedArray

        @inlinable
        init(results: CollectedArray) { self.results = results }

        /// How many there are, exactly.
        @inlinable public var underestimatedCount: Int { results.count - results.failures.count }

        /// Goes through the records that did not fail, in order.
        ///
        /// - Returns: An iterator over indices and results.
        /// - Complexity: O(1).
        @inlinable
        public func makeIterator() -> Iterator { Iterator(results.makeIterator()) }

        /// Goes through all records and leaves out those that failed.
        public struct Iterator: IteratorProtocol {
            @usableFromInline var base: CollectedArray.Iterator

            @inlinable
            init(_ base: CollectedArray.Iterator) { self.base = base }

            /// The next record that did not fail; nil at the end.
            ///
            /// - Returns: Its index and its result.
            /// - Complexity: O(1), and a step for each record that failed before it.
            @inlinable
            public mutating func next() -> (index: Int, value: Output)? {
                while let result = base.next() {
                    if case .success(let value) = result { return (base.index - 1, value) }
                }
                return nil
            }
        }
    }
}

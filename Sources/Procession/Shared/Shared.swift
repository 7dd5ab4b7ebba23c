public import OrderedCollections
public import ProcessionSegment

/// A value that lies in a pool's memory once, where all of its workers read it.
///
///     let weights = try pool.share([0.2, 0.3, 0.5])
///     let sums = try pool.map(rows, Weighted(by: weights))
///
/// It is what `WorkerPool.share` returns: the place of the value and not the value, so that a function can capture it.
/// A map refuses a function with one that its pool does not share; where that cannot be seen, in an enum's case or in
/// a record, whoever reads the value is stopped (`fatalError`).
public struct Shared<Value: SlotValue>: BitwiseCopyable, Hashable, Sendable {
    /// Of this value alone: the eight bytes before its slot.
    @usableFromInline let token: UInt64
    /// Where its slot is.
    @usableFromInline let slot: Int
    /// Where the positions of a table's keys are, by the keys' order.
    @usableFromInline let order: Int

    init(token: UInt64, slot: Int, order: Int) { (self.token, self.slot, self.order) = (token, slot, order) }

    /// The value, copied out.
    ///
    /// - Complexity: The cost of loading the value.
    @inlinable
    public var value: Value { read { reader in Value._load(at: slot, from: &reader) } }

    /// Runs `body` over the memory where the value lies.
    @inlinable
    func read<Result, Failure: Error>(
        _ body: (inout _SlotReader) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var reader = _WorkerInput.reader
        if reader.holds(slot &- 8, 8), reader.load(at: slot &- 8, as: UInt64.self) == token { return try body(&reader) }
        // In the process of the pool, or nowhere.
        guard let piece = SharedPiece.find(token) else {
            misuse("the value is not shared any more, or by the pool of another process")
        }
        defer { withExtendedLifetime(piece) {} }
        reader = piece.reader
        return try body(&reader)
    }

    /// Where the elements of an array lie whose slot is so far behind that of the value, and how many they are.
    @inlinable
    func elements(_ offset: Int, _ reader: _SlotReader) -> (place: Int, count: Int) {
        (reader.load(at: slot &+ offset, as: Int.self), reader.load(at: slot &+ offset &+ 8, as: Int.self))
    }
}

// MARK: Arrays

/// An array of slot values. Not yours: there is no other.
public protocol _SharedArray: SlotValue {}

extension Array: _SharedArray where Element: SlotValue {}

extension Shared where Value: _SharedArray {
    /// The number of elements.
    ///
    /// - Complexity: O(1).
    @inlinable
    public var count: Int { read { elements(0, $0).count } }
}

extension Shared {
    /// An element, copied out. An index that is out of range traps.
    ///
    /// - Parameter index: From 0 to below `count`.
    /// - Complexity: The cost of loading the element.
    @inlinable
    public subscript<Element: SlotValue>(index: Int) -> Element where Value == [Element] {
        read { reader in
            let (place, count) = elements(0, reader)
            require(index >= 0 && index < count, "index out of range")
            return Element._load(at: place &+ index &* [Element].elementStride, from: &reader)
        }
    }

    /// Runs `body` over the elements where they lie.
    ///
    /// - Parameter body: What is done with them.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    /// - Complexity: O(1), but O(n) for elements that are made of fields, or must lie at addresses that 8 does not
    ///   promise: these are copied.
    @inlinable
    public func withSpan<Element: SlotValue & BitwiseCopyable, Result, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result where Value == [Element] {
        guard Element._isStoredAsIs else {
            let copy = value
            return try body(copy.span)
        }
        return try read { (reader) throws(Failure) in
            let (place, count) = elements(0, reader)
            return try reader.withElements(at: place, count: count, of: Element.self, body)
        }
    }
}

// MARK: Tables

extension Shared {
    /// What a table has for a key, looked up where it lies and copied out; nil where it has not that key.
    ///
    /// - Parameter key: What is looked up.
    /// - Complexity: O(log n) keys are loaded.
    @inlinable
    public subscript<Key: SlotValue & Comparable, Held: SlotValue>(key: Key) -> Held?
    where Value == OrderedDictionary<Key, Held> { find(key) }

    /// What a table has for a key, looked up where it lies and copied out; nil where it has not that key.
    ///
    /// - Parameter key: What is looked up.
    /// - Complexity: O(log n) keys are loaded.
    @inlinable
    public subscript<Key: SlotValue & Comparable, Held: SlotValue>(key: Key) -> Held?
    where Value == [Key: Held] { find(key) }

    /// Both kinds of tables lie as an array of keys and one of values.
    @inlinable
    func find<Key: SlotValue & Comparable, Held: SlotValue>(_ key: Key) -> Held? {
        read { reader in
            let (keys, count) = elements(0, reader)
            func position(_ index: Int) -> Int { Int(reader.load(at: order &+ index &* 4, as: UInt32.self)) }
            func loadKey(_ index: Int) -> Key {
                Key._load(at: keys &+ position(index) &* [Key].elementStride, from: &reader)
            }
            var (low, high) = (0, count)
            while low < high {
                let middle = (low &+ high) / 2
                if loadKey(middle) < key { low = middle &+ 1 } else { high = middle }
            }
            guard low < count, loadKey(low) == key else { return nil }
            let (values, _) = elements([Key]._slotStride, reader)
            return Held._load(at: values &+ position(low) &* [Held].elementStride, from: &reader)
        }
    }
}

/// A table whose keys can be looked up by their order: by a hash they cannot, for each process has its own.
protocol OrderedKeys {
    /// The positions of its keys, by the keys' order.
    var positionsInOrder: [UInt32] { get }
}

extension OrderedDictionary: OrderedKeys where Key: Comparable {
    var positionsInOrder: [UInt32] { keys.elements.positionsInOrder }
}

extension Dictionary: OrderedKeys where Key: Comparable {
    var positionsInOrder: [UInt32] { Array(keys).positionsInOrder }
}

extension Array where Element: Comparable {
    fileprivate var positionsInOrder: [UInt32] {
        indices.map { UInt32($0) }.sorted { self[Int($0)] < self[Int($1)] }
    }
}

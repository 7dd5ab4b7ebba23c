public import ProcessionSegment

/// The results of a map, in the order of the input: a view of the memory that the workers wrote.
///
/// Nothing is copied until you ask: a subscript loads one result from its slot, `Array(results)` loads them all. The
/// memory is leased from the pool and given back when the last copy of the view goes, so that the next map finds warm
/// pages. The view outlives the pool.
public struct MappedArray<Output: SlotValue>: RandomAccessCollection, Sendable {
    /// Always 0.
    public let startIndex = 0
    /// The number of records.
    public let endIndex: Int
    /// The memory, which is leased.
    @usableFromInline let slots: Extent<_ResultSegment>
    @usableFromInline let offset: _ResultOffset
    @usableFromInline let reader: _SlotReader

    /// - Parameter overflow: What the results in the slots refer to.
    init(count: Int, slots: Extent<_ResultSegment>, overflow: [Extent<_ResultSegment>]) {
        endIndex = count
        self.slots = slots
        if !overflow.isEmpty { slots.keep(overflow) }
        offset = slots.range.lowerBound
        reader = slots.segment.held.reader.slots.allowing(overflow.reduce(0) { $0 + $1.range.count })
    }

    /// The result of a record. An index that is out of range traps.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Complexity: O(1), the cost of loading the result.
    @inlinable
    public subscript(index: Int) -> Output {
        require(index >= 0 && index < endIndex, "index out of range")
        var reader = reader
        return withExtendedLifetime(slots) {
            Output._load(at: offset.bytes &+ index &* Output._slotStride, from: &reader)
        }
    }
}

extension Array {
    /// The results of a map, copied out.
    ///
    /// - Parameter results: What the map returned.
    /// - Complexity: O(n).
    @inlinable
    public init(_ results: MappedArray<Element>) where Element: SlotValue {
        var next = results.loader()
        self = withExtendedLifetime(results) { results.indices.map { _ in next.load() } }
    }
}

/// Loads all results of a map in order, for whoever keeps the map meanwhile. What is the same for all of them is asked
/// for once: the compiler would ask for the stride, and keep the memory alive, once per result.
@usableFromInline
struct ResultLoader<Output: SlotValue> {
    @usableFromInline var reader: _SlotReader
    @usableFromInline var offset: Int
    @usableFromInline let stride: Int

    @inlinable
    init(_ reader: _SlotReader, at offset: _ResultOffset, stride: Int = Output._slotStride) {
        self.reader = reader
        self.offset = offset.bytes
        self.stride = stride
    }

    @inlinable @inline(__always)
    mutating func load() -> Output {
        let slot = offset
        offset &+= stride
        return Output._load(at: slot, from: &reader)
    }

    /// Passes a record that has no result.
    @inlinable @inline(__always)
    mutating func skip() { offset &+= stride }
}

extension MappedArray {
    /// Loads all results; not more than there are, as something else lies behind them.
    @inlinable
    func loader() -> ResultLoader<Output> { ResultLoader(reader, at: offset) }
}

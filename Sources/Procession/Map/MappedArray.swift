public import ProcessionSegment

/// The results of a map, in the order of the input: a view of the memory that the workers wrote.
///
/// Nothing is copied until you ask: a subscript loads one result from its slot, `Array(results)` loads them all. The
/// memory is leased from the pool and given back when the last copy of the view goes, so that the next map finds warm
/// pages. The view outlives the pool.
public struct MappedArray<Output: SlotValue>: RandomAccessCollection, Sendable {
    /// The records that failed, in order. Empty unless the map was told to `.collect`.
    public let failures: [RecordFailure]
    /// Always 0.
    public let startIndex = 0
    /// Number of records, those that failed included.
    public let endIndex: Int
    @usableFromInline let lease: ResultLease
    @usableFromInline let offset: Int

    init(count: Int, offset: Int, failures: [RecordFailure], lease: ResultLease) {
        self.endIndex = count
        self.offset = offset
        self.failures = failures
        self.lease = lease
    }

    /// The result of a record that did not fail. Another, or an index out of range, traps.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Complexity: O(1), plus O(log failures) when there are any.
    @inlinable
    public subscript(index: Int) -> Output {
        require(index >= 0 && index < endIndex, "index out of range")
        if !failures.isEmpty {
            require(failure(at: index) == nil, "this record failed and has no result; see result(at:)")
        }
        var reader = lease.reader
        return load(index, from: &reader)
    }

    /// The result of a record, or why it failed. An index out of range traps.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Returns: Its result, or its failure.
    /// - Complexity: O(1), plus O(log failures) when there are any.
    @inlinable
    public func result(at index: Int) -> Result<Output, RecordFailure> {
        require(index >= 0 && index < endIndex, "index out of range")
        var reader = lease.reader
        return result(at: index, from: &reader)
    }

    @inlinable
    func result(at index: Int, from reader: inout SlotInput) -> Result<Output, RecordFailure> {
        if let failure = failure(at: index) { return .failure(failure) }
        return .success(load(index, from: &reader))
    }

    /// Every record's result, or why it failed.
    ///
    /// - Returns: As many as there are records, in order.
    /// - Complexity: O(n).
    @inlinable
    public func results() -> [Result<Output, RecordFailure>] {
        var reader = lease.reader
        return indices.map { result(at: $0, from: &reader) }
    }

    /// Why a record failed; nil when it did not.
    ///
    /// - Parameter index: The record's index in the input.
    /// - Returns: Its failure, if there is one.
    /// - Complexity: O(log failures).
    public func failure(at index: Int) -> RecordFailure? {
        var low = 0
        var high = failures.count
        while low < high {
            let middle = (low + high) / 2
            if failures[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return low < failures.count && failures[low].index == index ? failures[low] : nil
    }

    @inlinable
    func load(_ index: Int, from reader: inout SlotInput) -> Output {
        withExtendedLifetime(lease) { Output._load(at: offset &+ index &* Output._slotStride, from: &reader) }
    }
}

extension Array {
    /// The results of a map, copied out. It traps when a record failed.
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
/// for once: the compiler would ask for stride and lease, and keep the lease alive, once per result.
@usableFromInline
struct ResultLoader<Output: SlotValue> {
    @usableFromInline var reader: SlotInput
    @usableFromInline var offset: Int
    @usableFromInline let stride: Int

    @inlinable
    init(_ reader: SlotInput, at offset: Int, stride: Int = Output._slotStride) {
        self.reader = reader
        self.offset = offset
        self.stride = stride
    }

    @inlinable @inline(__always)
    mutating func load() -> Output {
        let slot = offset
        offset &+= stride
        return Output._load(at: slot, from: &reader)
    }
}

extension MappedArray {
    /// Loads all results, of which none may be missing; not more than there are, as something else lies behind them.
    @inlinable
    func loader() -> ResultLoader<Output> {
        require(failures.isEmpty, "a record failed and has no result; see results()")
        return ResultLoader(lease.reader, at: offset)
    }
}

/// Keeps the memory of one map's results.
@usableFromInline
final class ResultLease: Sendable {
    @usableFromInline let reader: SlotInput
    private let slots: Extent
    private let overflow: [Extent]

    init(slots: Extent, overflow: [Extent]) {
        self.slots = slots
        self.overflow = overflow
        reader = slots.segment.held.reader.allowing(overflow.reduce(0) { $0 + $1.range.count })
    }
}

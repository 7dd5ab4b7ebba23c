// Where something lies in one of the two segments. That it is one of input, or of results, is part of the type: an
// offset of one segment cannot be used in the other, nor as a number of bytes.
//
// The numbers alone (`bytes`) are for the lowest floor: the words in memory, the book of what is free, and values, which
// load and store their slots by a reader or a writer that knows one segment and nothing else.

/// The segment that the parent writes and workers read. Not yours.
public enum _InputSegment {}

/// The segment that workers write. Not yours.
public enum _ResultSegment {}

/// An offset in a segment. Not yours.
@frozen
public struct _Offset<Segment>: Strideable, Hashable, Sendable {
    /// From the beginning of the segment.
    public let bytes: Int

    /// - Parameter bytes: From the beginning of the segment.
    @inlinable
    public init(bytes: Int) { self.bytes = bytes }

    /// How many bytes further another one is.
    @inlinable
    public func distance(to other: _Offset) -> Int { other.bytes - bytes }

    /// So many bytes further.
    @inlinable
    public func advanced(by count: Int) -> _Offset { _Offset(bytes: bytes + count) }

    /// So many bytes further.
    @inlinable
    public static func + (offset: _Offset, count: Int) -> _Offset { offset.advanced(by: count) }

    /// Whether it lies before another one.
    @inlinable
    public static func < (left: _Offset, right: _Offset) -> Bool { left.bytes < right.bytes }
}

/// An offset of input. Not yours.
public typealias _InputOffset = _Offset<_InputSegment>
/// An offset of results. Not yours.
public typealias _ResultOffset = _Offset<_ResultSegment>

extension Range {
    /// A part of a segment.
    @inlinable
    package init<Segment>(_ bytes: Range<Int>) where Bound == _Offset<Segment> {
        self = _Offset(bytes: bytes.lowerBound)..<_Offset(bytes: bytes.upperBound)
    }

    /// Nothing, nowhere.
    @inlinable
    package static func nothing<Segment>() -> Self where Bound == _Offset<Segment> { Self(0..<0) }
}

extension Range<Int> {
    /// The numbers alone of a part of a segment.
    @inlinable
    package init<Segment>(_ part: Range<_Offset<Segment>>) { self = part.lowerBound.bytes..<part.upperBound.bytes }
}

/// A segment as whoever has it reads it, by offsets of no other.
@usableFromInline
package struct SegmentReader<Segment>: Sendable {
    /// As values read it.
    @usableFromInline package let slots: _SlotReader

    /// The first of the `limit` bytes at `base`, which stay mapped, are those of the segment.
    @unsafe
    init(base: UnsafeRawPointer, limit: Int) { unsafe slots = _SlotReader(base: base, limit: limit) }

    /// Loads a value of fixed size.
    @inlinable
    package func load<Value>(at offset: _Offset<Segment>, as type: Value.Type) -> Value {
        slots.load(at: offset.bytes, as: type)
    }

    /// Copies UTF-8 text, repairing what is not UTF-8. Damaged bounds give "".
    @inlinable
    package func text(_ part: Range<_Offset<Segment>>) -> String {
        slots.text(at: part.lowerBound.bytes, count: Range(part).count)
    }

    /// Copies bytes. Damaged bounds give [].
    package func bytes(_ part: Range<_Offset<Segment>>) -> [UInt8] {
        slots.array(at: part.lowerBound.bytes, count: Range(part).count, of: UInt8.self)
    }

    /// Runs `body` over bytes that nobody changes while it runs: input that the parent has published.
    @inlinable
    package func withBytes<Result, Failure: Error>(
        _ part: Range<_Offset<Segment>>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try slots.withBytes(Range(part), body)
    }
}

/// A segment as values see it: loads at offsets, never pointers.
///
/// Every load is bounds-checked against the segment. Bytes of variable length are copied into private memory before
/// anything looks at them, because the writer may still change them; and no more of them than were written, so that a
/// few damaged slots which all claim the same bytes do not fill the memory of whoever loads them.
///
/// Public because values are loaded in the user's module; nothing in it is meant to be called by hand.
@safe
public struct _SlotReader: @unchecked Sendable {
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let limit: Int
    /// Bytes of variable length that may still be copied out.
    @usableFromInline var allowance: Int
    /// How many values that are made of fields lie around what is loaded.
    @usableFromInline var depth = 0

    /// How deep values that are made of fields may lie in each other: who loads them needs some stack for each.
    public static var deepest: Int { @inlinable get { 512 } }

    /// The caller keeps the `limit` bytes at `base` mapped for as long as the value is used.
    @unsafe
    package init(base: UnsafeRawPointer, limit: Int) {
        unsafe self.base = base
        self.limit = limit
        allowance = .max
    }

    /// A segment of no bytes.
    package static var empty: _SlotReader {
        // Sound: no load passes the bounds check.
        unsafe _SlotReader(base: UnsafeRawPointer(bitPattern: 1)!, limit: 0)
    }

    /// The same bytes, of which so many may be copied out as values of variable length.
    package func allowing(_ allowance: Int) -> _SlotReader {
        var reader = self
        reader.allowance = allowance
        return reader
    }

    /// Whether the segment has `count` bytes at `offset`; answers for any numbers, as they may be damaged.
    @inlinable
    public func holds(_ offset: Int, _ count: Int) -> Bool {
        offset >= 0 && count >= 0 && count <= limit && offset <= limit &- count
    }

    /// Whether the segment has so many bytes at `offset` and they may be copied out, which uses the allowance up.
    @inlinable
    public mutating func take(_ offset: Int, _ count: Int) -> Bool {
        guard holds(offset, count), count <= allowance else { return false }
        allowance &-= count
        return true
    }

    /// Enters a value that is made of fields. Below the deepest, where only a damaged slot leads, there are no bytes of
    /// variable length any more, and so an end.
    @inlinable
    public mutating func enter() {
        depth &+= 1
        if depth > Self.deepest { allowance = 0 }
    }

    /// Leaves it.
    @inlinable
    public mutating func leave() { depth &-= 1 }

    /// Loads a value of fixed size.
    @inlinable
    public func load<Value>(at offset: Int, as type: Value.Type) -> Value {
        assert(_isPOD(Value.self))
        precondition(holds(offset, MemoryLayout<Value>.size), "load outside of the segment")
        // Sound: inside the mapping, as just checked; any bits are a `Value` that was stored as such.
        return unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
    }

    /// Copies the UTF-8 text of `count` bytes at `offset`, repairing what is not UTF-8. Damaged bounds give "".
    @inlinable
    public func text(at offset: Int, count: Int) -> String {
        guard holds(offset, count), count > 0 else { return "" }
        // Sound: inside the mapping, as just checked; String validates its own copy, not the shared bytes.
        return unsafe String(unsafeUninitializedCapacity: count) { target in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                from: UnsafeRawBufferPointer(start: base + offset, count: count))
            return count
        }
    }

    /// Copies `count` values of fixed size that lie one after another at `offset`. Damaged bounds give [].
    @inlinable
    public func array<Element>(at offset: Int, count: Int, of type: Element.Type) -> [Element] {
        precondition(_isPOD(Element.self))
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow, holds(offset, bytes), count > 0 else { return [] }
        // Sound: inside the mapping, as just checked; the elements hold no references.
        return unsafe [Element](unsafeUninitializedCapacity: count) { target, written in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                from: UnsafeRawBufferPointer(start: base + offset, count: bytes))
            written = count
        }
    }

    /// Runs `body` over `count` values of fixed size that lie one after another at `offset`, and that nobody changes
    /// while it runs; over a copy where they do not lie as such values must.
    @inlinable
    public func withElements<Element: BitwiseCopyable, Result, Failure: Error>(
        at offset: Int, count: Int, of type: Element.Type, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        precondition(!overflow && holds(offset, bytes), "elements outside of the segment")
        // Sound: inside the mapping, as just checked; any bits are an `Element` that was stored as such.
        let elements = unsafe UnsafeRawBufferPointer(start: base + offset, count: bytes)
        guard Int(bitPattern: elements.baseAddress) % MemoryLayout<Element>.alignment == 0 else {
            let copy = array(at: offset, count: count, of: type)
            return try body(copy.span)
        }
        return try body(unsafe Span<Element>(_unsafeBytes: elements))
    }

    /// Runs `body` over bytes that nobody changes while it runs: input that the parent has published.
    @usableFromInline
    package func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(holds(range.lowerBound, range.count), "bytes outside of the segment")
        let bytes = unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
        // Sound: inside the mapping, and stable while published.
        return try body(unsafe Span(_unsafeBytes: bytes))
    }
}

/// A segment as values see it: loads at offsets, never pointers.
///
/// Every load is bounds-checked against the segment. Bytes of variable length are copied into private memory before
/// anything looks at them, because the writer may still change them; and no more of them than were written, so that a few
/// damaged slots which all claim the same bytes do not fill the memory of whoever loads them.
@safe
public struct SlotInput: @unchecked Sendable {
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let limit: Int
    /// Bytes of variable length that may still be copied out.
    @usableFromInline var allowance: Int

    /// The caller keeps the `limit` bytes at `base` mapped for as long as the value is used.
    @unsafe
    package init(base: UnsafeRawPointer, limit: Int) {
        unsafe self.base = base
        self.limit = limit
        allowance = .max
    }

    /// A segment of no bytes.
    package static var empty: SlotInput {
        // Sound: no load passes the bounds check.
        unsafe SlotInput(base: UnsafeRawPointer(bitPattern: 1)!, limit: 0)
    }

    /// The same bytes, of which so many may be copied out as values of variable length.
    package func allowing(_ allowance: Int) -> SlotInput {
        var input = self
        input.allowance = allowance
        return input
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

    /// Runs `body` over bytes that nobody changes while it runs: input that the parent has published.
    package func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(holds(range.lowerBound, range.count), "bytes outside of the segment")
        let bytes = unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
        // Sound: inside the mapping, and stable while published.
        return try body(unsafe Span(_unsafeBytes: bytes))
    }
}

/// A segment as values are stored into it: slots at offsets, and a piece of overflow bytes for what has no fixed size.
@safe
public struct SlotOutput {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let limit: Int
    /// The overflow bytes that are still free.
    @usableFromInline package var free: Range<Int>
    /// Overflow bytes that were asked for since `free` was set, whether there was room or not.
    @usableFromInline package var asked = 0
    /// Something was asked for that did not fit: what was stored since is incomplete.
    @usableFromInline package var isFull = false

    /// The caller keeps the `limit` bytes at `base` mapped, and is the only writer of the slots and overflow it uses.
    @unsafe
    package init(base: UnsafeMutableRawPointer, limit: Int, overflow: Range<Int>) {
        unsafe self.base = base
        self.limit = limit
        self.free = overflow
    }

    /// Whether the segment has `count` bytes at `offset`.
    @inlinable
    func holds(_ offset: Int, _ count: Int) -> Bool {
        offset >= 0 && count >= 0 && count <= limit && offset <= limit &- count
    }

    /// Stores a value of fixed size.
    @inlinable
    public func store<Value>(_ value: Value, at offset: Int) {
        assert(_isPOD(Value.self))
        precondition(offset >= 0 && offset <= limit &- MemoryLayout<Value>.size, "store outside of the segment")
        // Sound: inside the mapping, as just checked; the value holds no references (checked where slots are sized).
        unsafe withUnsafeBytes(of: value) { source in
            unsafe (base + offset).copyMemory(from: source.baseAddress!, byteCount: MemoryLayout<Value>.size)
        }
    }

    /// Takes `count` overflow bytes and returns their offset, or nil when there is not enough room left.
    @inlinable
    public mutating func reserve(_ count: Int) -> Int? {
        // Traps for a size above `Int.max - 7`, as `asked` would: neither can be had, and both would count backwards.
        precondition(count >= 0, "a size is not negative")
        let size = (count + 7) & ~7
        asked += size
        guard size <= free.count, !isFull else {
            isFull = true
            return nil
        }
        let offset = free.lowerBound
        free = offset &+ size..<free.upperBound
        return offset
    }

    /// Takes `count` bytes from the far end, so that what is written from the near end stays in one piece.
    package mutating func reserveAtEnd(_ count: Int) -> Int? {
        let size = (count + 7) & ~7
        let offset = (free.upperBound - size) & ~7
        asked += size + 8
        guard free.lowerBound <= offset, !isFull else {
            isFull = true
            return nil
        }
        free = free.lowerBound..<offset
        return offset
    }

    /// Says that `count` bytes were written to `freeBytes` and did not fit.
    package mutating func refuse(_ count: Int) {
        asked += count
        isFull = true
    }

    /// Goes on with other overflow bytes. What was stored before stays where it is.
    package mutating func refill(_ overflow: Range<Int>) {
        free = overflow
        asked = 0
        isFull = false
    }

    /// Copies bytes to an offset that `reserve` returned, or into a slot.
    @inlinable
    public func store(bytes: Span<UInt8>, at offset: Int) {
        precondition(
            offset >= 0 && bytes.count <= limit && offset <= limit &- bytes.count, "store outside of the segment")
        unsafe bytes.withUnsafeBytes { source in
            // Sound: inside the mapping, as just checked.
            if let address = source.baseAddress {
                unsafe (base + offset).copyMemory(from: address, byteCount: source.count)
            }
        }
    }

    /// Copies elements that hold no references to an offset that `reserve` returned, or into slots.
    @inlinable
    public func store<Element>(elements: Span<Element>, at offset: Int) {
        precondition(_isPOD(Element.self))
        unsafe elements.withUnsafeBufferPointer { elements in
            let source = UnsafeRawBufferPointer(elements)
            precondition(offset >= 0 && source.count <= limit && offset <= limit &- source.count)
            // Sound: inside the mapping, as just checked.
            if let address = source.baseAddress {
                unsafe (base + offset).copyMemory(from: address, byteCount: source.count)
            }
        }
    }

    /// A byte writer over the overflow bytes that are free. What it wrote counts only after `take`.
    @inlinable
    package func freeBytes() -> ByteWriter {
        // Sound: `free` lies inside the mapping and is ours alone by the promise at `init`.
        unsafe ByteWriter(base: base + free.lowerBound, capacity: free.count)
    }

    /// Takes the first `count` free bytes, those that a writer from `freeBytes` wrote.
    @inlinable
    package mutating func take(_ count: Int) {
        free = free.lowerBound + count..<free.upperBound
    }
}

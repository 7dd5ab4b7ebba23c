/// A segment as values are stored into it: slots at offsets, and a piece of overflow bytes for what has no fixed size.
///
/// Public because values are stored in the user's module; nothing in it is meant to be called by hand.
@safe
public struct _SlotWriter {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let limit: Int
    /// The overflow bytes that are still free.
    @usableFromInline package var free: Range<Int>
    /// Overflow bytes that were asked for since `free` was set, whether there was room or not.
    @usableFromInline package var asked = 0
    /// Something was asked for that did not fit: what was stored since is incomplete.
    @usableFromInline package var isFull = false
    /// How many values that are made of fields lie around what is stored.
    @usableFromInline var depth = 0
    /// It is full because values lie deeper in each other than a reader goes, for which no room is large enough.
    @usableFromInline package var isTooDeep = false

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
        // What has no bytes may have no address.
        if MemoryLayout<Value>.size == 0 { return }
        // Sound: inside the mapping, as just checked; the value holds no references (checked where slots are sized).
        unsafe withUnsafeBytes(of: value) { source in
            unsafe (base + offset).copyMemory(from: source.baseAddress!, byteCount: MemoryLayout<Value>.size)
        }
    }

    /// Enters a value that is made of fields. False, and nothing of it is to be stored, where no reader would go.
    @inlinable
    public mutating func enter() -> Bool {
        depth &+= 1
        guard depth > _SlotReader.deepest else { return true }
        (isFull, isTooDeep) = (true, true)
        return false
    }

    /// Leaves it, entered or not.
    @inlinable
    public mutating func leave() { depth &-= 1 }

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
        (isFull, isTooDeep) = (false, false)
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

/// Writes bytes one after another into a fixed piece of memory, and counts on when the memory is full.
///
/// A writer never fails and never writes past its end: what does not fit is dropped but still counted, so that
/// after a record `wanted` says how much room it would have taken and `isFull` whether it took it. What lies below the
/// end was always written: a piece that does not fit is cut there. The caller then
/// asks for more room once, instead of checking every byte.
@safe @usableFromInline
package struct ByteWriter {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// Bytes there is room for.
    @usableFromInline package let capacity: Int
    /// Bytes written, or that would have been written had there been room.
    @usableFromInline package private(set) var wanted: Int

    /// A writer over memory that the caller owns, and that nobody else writes, while the writer lives.
    @inlinable @unsafe
    package init(base: UnsafeMutableRawPointer, capacity: Int) {
        precondition(capacity >= 0)
        unsafe self.base = base
        self.capacity = capacity
        self.wanted = 0
    }

    /// Whether something was dropped because it did not fit.
    @inlinable package var isFull: Bool { wanted > capacity }

    /// The byte that was written last; nil where there is none, or it did not fit.
    @inlinable package var last: UInt8? {
        // Sound: what lies below `wanted` was written as far as there is room.
        0 < wanted && wanted <= capacity ? unsafe base.load(fromByteOffset: wanted - 1, as: UInt8.self) : nil
    }

    @inlinable
    package mutating func append(_ byte: UInt8) {
        // Sound: below `capacity`, and the memory is ours by the promise at `init`.
        if wanted < capacity { unsafe base.storeBytes(of: byte, toByteOffset: wanted, as: UInt8.self) }
        wanted += 1
    }

    @inlinable
    package mutating func append(_ bytes: Span<UInt8>) {
        // Both are not negative, so nothing overflows.
        let count = min(bytes.count, capacity &- wanted)
        if count > 0 {
            unsafe bytes.withUnsafeBytes { source in
                // Sound: `count` bytes fit behind `wanted`, and a span never overlaps memory that is being written.
                if let address = source.baseAddress {
                    unsafe base.advanced(by: wanted).copyMemory(from: address, byteCount: count)
                }
            }
        }
        wanted += bytes.count
    }

    /// Appends the UTF-8 of a text.
    @inlinable
    package mutating func append(_ text: String) {
        append(text.utf8.span)
    }

    /// Appends the lowest `count` bytes of a word, the lowest first.
    @inlinable @inline(__always)
    package mutating func append(word: UInt64, count: Int) {
        precondition(count >= 0 && count <= 8)
        if capacity &- wanted >= 8 {
            // Sound: eight bytes fit behind `wanted`; those that do not count are written over.
            unsafe base.storeBytes(of: word.littleEndian, toByteOffset: wanted, as: UInt64.self)
            wanted &+= count
        } else {
            for place in 0..<count { append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
        }
    }

    /// Lends `body` the memory that is free, and takes as many bytes of it as it says it has written.
    @inlinable @inline(__always)
    package mutating func fill(_ body: (inout MutableSpan<UInt8>) -> Int) {
        let free = max(0, capacity &- wanted)
        // Sound: below `capacity`, and the memory is ours by the promise at `init`; any bits are bytes.
        let start = unsafe (base + (capacity &- free)).assumingMemoryBound(to: UInt8.self)
        let memory = unsafe UnsafeMutableBufferPointer(start: start, count: free)
        var target = unsafe memory.mutableSpan
        let count = body(&target)
        precondition(count >= 0 && count <= free)
        wanted &+= count
    }

    /// Takes back everything after the first `count` bytes.
    @inlinable
    package mutating func rewind(to count: Int) {
        precondition(count >= 0 && count <= wanted)
        wanted = count
    }

    /// Runs `body` with a writer over private memory of `capacity` bytes and returns what it wrote (up to `capacity`).
    package static func collect<E: Error>(
        capacity: Int, _ body: (inout ByteWriter) throws(E) -> Void
    ) throws(E) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 16)
        defer { unsafe memory.deallocate() }
        // Sound: the memory was just allocated with at least `capacity` bytes, so its address is not nil.
        var writer = unsafe ByteWriter(base: memory.baseAddress!, capacity: capacity)
        try body(&writer)
        return unsafe Array(memory[0..<min(writer.wanted, capacity)])
    }

    /// What `body` writes, however much that is. Where the first piece of memory proves too small, `body` runs once
    /// more, and must write the same.
    package static func collect<E: Error>(_ body: (inout ByteWriter) throws(E) -> Void) throws(E) -> [UInt8] {
        var capacity = 4096
        while true {
            var wanted = 0
            let bytes = try collect(capacity: capacity) { writer throws(E) in
                try body(&writer)
                wanted = writer.wanted
            }
            if wanted <= capacity { return bytes }
            capacity = wanted
        }
    }
}

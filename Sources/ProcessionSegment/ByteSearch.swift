import Glibc

/// The position of the first `byte` at or behind `start`, or the end.
package func find(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    // Most fields and many lines end within the first bytes, where looking at each is fastest. For what is longer the C
    // library has the widest instructions of the machine, which a compiler for any machine may not use.
    var position = start
    let near = min(bytes.count, start + 8)
    while position < near {
        if bytes[position] == byte { return position }
        position += 1
    }
    guard position < bytes.count else { return bytes.count }
    // Safe: the span is borrowed for the call, and its length is passed along.
    return unsafe bytes.withUnsafeBytes { all in
        let base = all.baseAddress!
        guard let found = unsafe memchr(base + position, Int32(byte), all.count - position) else { return all.count }
        return unsafe UnsafeRawPointer(found) - base
    }
}

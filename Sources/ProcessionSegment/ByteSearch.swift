import Glibc

/// The position of the first `byte` at or behind `start`, or the end.
package func find(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    guard start < bytes.count else { return bytes.count }
    precondition(start >= 0, "a search cannot begin before the bytes")
    // Safe: the span is borrowed for the call, `start` is inside, and eight bytes are loaded only where there are eight.
    return unsafe bytes.withUnsafeBytes { all in
        let base = all.baseAddress!
        var position = start
        // Most fields and many lines end within the first bytes. For what is longer the C library has the widest
        // instructions of the machine, which a compiler for any machine may not use.
        if all.count - start >= 8 {
            let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            if let place = firstPlace(of: byte, in: word) { return start + place }
            position &+= 8
        }
        guard let found = unsafe memchr(base + position, Int32(byte), all.count &- position) else { return all.count }
        return unsafe UnsafeRawPointer(found) - base
    }
}

/// Which of the eight bytes of `word`, the lowest first, is the first to be `byte`.
private func firstPlace(of byte: UInt8, in word: UInt64) -> Int? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let differences = word ^ ones &* UInt64(byte)
    // The lowest high bit that is set marks the lowest zero: only above it may a borrow have set others.
    let zeros = (differences &- ones) & ~differences & ones << 7
    return zeros == 0 ? nil : zeros.trailingZeroBitCount / 8
}

import Glibc

/// The position of the first `byte` at or behind `start`, or the end.
package func find(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    guard start < bytes.count else { return bytes.count }
    precondition(start >= 0, "a search cannot begin before the bytes")
    // Safe: the span is borrowed for the call, `start` is inside, and eight bytes are loaded only where so many are.
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

/// The position of the first byte at or behind `start` that means something inside a JSON string, or is not ASCII: a
/// quotation mark, a backslash, a control character or a part of a longer scalar; or the end.
package func findSpecial(in bytes: Span<UInt8>, from start: Int) -> Int {
    findFirst(in: bytes, from: start) { specialBytes(of: $0) }
}

/// The position of the first byte at or behind `start` that is not ASCII, or the end.
package func findNonASCII(in bytes: Span<UInt8>, from start: Int) -> Int {
    findFirst(in: bytes, from: start) { $0 & 0x8080_8080_8080_8080 }
}

/// The position of the first byte at or behind `start` that is marked, or the end. Of eight bytes, the lowest high bit
/// in what `marks` returns is that of the first.
@inline(__always)
private func findFirst(in bytes: Span<UInt8>, from start: Int, _ marks: (UInt64) -> UInt64) -> Int {
    guard start < bytes.count else { return bytes.count }
    precondition(start >= 0, "a search cannot begin before the bytes")
    // Safe: the span is borrowed for the call, `start` is inside, and eight bytes are loaded only where so many are.
    return unsafe bytes.withUnsafeBytes { all in
        let base = all.baseAddress!
        var position = start
        while all.count &- position >= 8 {
            let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let marked = marks(word)
            if marked != 0 { return position &+ marked.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < all.count, marks(UInt64(unsafe all[position])) & 0x80 == 0 { position &+= 1 }
        return position
    }
}

/// The lowest high bit that is set marks the lowest of the eight bytes that is special. Only above it may a borrow have
/// set others.
@inline(__always)
func specialBytes(of word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
    let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
    let marks = (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
    let controls = (word &- ones &* 0x20) & ~word
    return (marks | controls | word) & ones << 7
}

/// Which of the eight bytes of `word`, the lowest first, is the first to be `byte`.
private func firstPlace(of byte: UInt8, in word: UInt64) -> Int? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let differences = word ^ ones &* UInt64(byte)
    // The lowest high bit that is set marks the lowest zero: only above it may a borrow have set others.
    let zeros = (differences &- ones) & ~differences & ones << 7
    return zeros == 0 ? nil : zeros.trailingZeroBitCount / 8
}

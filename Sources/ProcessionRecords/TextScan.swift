/// The position of the first `byte` at or behind `start`, or the end.
func find(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < bytes.count, bytes[position] != byte { position += 1 }
    return position
}

/// How many newlines there are before `end`.
func newlines(in bytes: Span<UInt8>, before end: Int) -> Int {
    var count = 0
    for position in 0..<end where bytes[position] == UInt8(ascii: "\n") { count += 1 }
    return count
}

/// Whether the bytes at `position` are those of `word`.
func holds(_ word: Span<UInt8>, in bytes: Span<UInt8>, at position: Int) -> Bool {
    guard word.count <= bytes.count - position else { return false }
    for step in word.indices where bytes[position + step] != word[step] { return false }
    return true
}

/// Reads the Unicode scalar at `position` from UTF-8.
///
/// What is not UTF-8 gives no scalar, and as length the bytes that Unicode's U+FFFD would replace: the longest beginning
/// of a well-formed sequence, or one byte.
func decodeScalar(_ bytes: Span<UInt8>, at position: Int) -> (scalar: Unicode.Scalar?, length: Int) {
    let lead = bytes[position]
    let count: Int
    // What the second byte may be is narrower for some leads: no overlong forms, no surrogates, nothing above U+10FFFF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0x00...0x7F: return (Unicode.Scalar(lead), 1)
    case 0xC2...0xDF: count = 2
    case 0xE0...0xEF:
        count = 3
        if lead == 0xE0 { second = 0xA0...0xBF }
        if lead == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
        count = 4
        if lead == 0xF0 { second = 0x90...0xBF }
        if lead == 0xF4 { second = 0x80...0x8F }
    default: return (nil, 1)
    }
    var value = UInt32(lead) & (count == 2 ? 0x1F : count == 3 ? 0x0F : 0x07)
    for step in 1..<count {
        guard position + step < bytes.count else { return (nil, step) }
        let byte = bytes[position + step]
        guard step == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else { return (nil, step) }
        value = value << 6 | UInt32(byte & 0x3F)
    }
    return (Unicode.Scalar(value), count)
}

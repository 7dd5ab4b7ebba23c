import ProcessionBytes

/// Scans over bytes.

/// How many newlines there are before `end`.
package func newlines(in bytes: Span<UInt8>, before end: Int) -> Int {
    count(UInt8(ascii: "\n"), in: bytes.extracting(first: end))
}

/// The position behind the newline that is number `wanted`, or the end if there are fewer.
func endOfLine(_ wanted: Int, in bytes: Span<UInt8>, from start: Int) -> (end: Int, newlines: Int) {
    var count = 0
    var position = start
    while position + countedBlock <= bytes.count {
        let inBlock = ProcessionBytes.count(
            UInt8(ascii: "\n"), in: bytes.extracting(position..<position + countedBlock))
        if count + inBlock >= wanted { break }
        count += inBlock
        position += countedBlock
    }
    var places = BytePlaces(of: UInt8(ascii: "\n"), from: position)
    while count < wanted {
        let next = places.next(in: bytes)
        guard next < bytes.count else { return (bytes.count, count) }
        (position, count) = (next + 1, count + 1)
    }
    return (position, count)
}

/// The position of the first byte at or behind `start` that means something inside a JSON string, or is not ASCII; or
/// the end.
func afterPlainText(_ bytes: Span<UInt8>, from start: Int) -> Int { findSpecial(in: bytes, from: start) }

/// Whether all bytes are ASCII.
func isASCII(_ bytes: Span<UInt8>) -> Bool { findNonASCII(in: bytes, from: 0) == bytes.count }

/// Lines are counted in so many bytes at a time.
private let countedBlock = 1024

/// Whether the bytes at `position` are those of `word`.
func holds(_ word: Span<UInt8>, in bytes: Span<UInt8>, at position: Int) -> Bool {
    guard word.count <= bytes.count - position else { return false }
    for step in word.indices where bytes[position + step] != word[step] { return false }
    return true
}

/// Reads the Unicode scalar at `position` from UTF-8.
///
/// What is not UTF-8 gives no scalar, and as length the bytes that Unicode's U+FFFD would replace: the longest
/// beginning of a well-formed sequence, or one byte.
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

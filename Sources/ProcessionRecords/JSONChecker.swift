/// Checks JSON against its whole grammar (RFC 8259, in UTF-8) without building anything of it.
///
/// What is open at the place it reads is kept in a stack of one bit each, never in calls, so nesting has no limit but
/// the input's size: a gigabyte of `[` takes 128 MiB.
struct JSONChecker {
    private var open = BitStack()

    /// Checks an object's member, its name beginning at `start`, and returns the position behind its value.
    mutating func member(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        try value(bytes, from: try name(bytes, from: start))
    }

    /// Checks the value that begins at `start` and returns the position behind it.
    mutating func value(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        open = BitStack()
        var position = start
        while true {
            position = try opening(bytes, from: position)
            // A value has just ended: close what ends with it, up to the next comma.
            while true {
                guard let isObject = open.last else { return position }
                position = afterJSONSpace(bytes, from: position)
                let byte = try at(position, bytes)
                position += 1
                if byte == UInt8(ascii: ",") {
                    position = afterJSONSpace(bytes, from: position)
                    if isObject { position = try name(bytes, from: position) }
                    break
                }
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw .wrong(at: position - 1, "a comma or '\(isObject ? "}" : "]")' was expected")
                }
                open.removeLast()
            }
        }
    }

    /// Reads up to the end of the first scalar or empty container, opening what it lies in.
    private mutating func opening(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        var position = start
        while true {
            let byte = try at(position, bytes)
            switch byte {
            case UInt8(ascii: "\""):
                return try checkString(bytes, from: position)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = try scanNumber(bytes, from: position).end
                // More digits may follow.
                guard end < bytes.count else { throw .needMore }
                return end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                position = afterJSONSpace(bytes, from: position + 1)
                if try at(position, bytes) == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { return position + 1 }
                open.append(isObject)
                if isObject { position = try name(bytes, from: position) }
            case UInt8(ascii: "t"): return try word("true", bytes, from: position)
            case UInt8(ascii: "f"): return try word("false", bytes, from: position)
            case UInt8(ascii: "n"): return try word("null", bytes, from: position)
            default: throw .wrong(at: position, "a JSON value was expected")
            }
        }
    }

    /// Checks a member's name and its colon, and returns the position of its value.
    private func name(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        guard try at(start, bytes) == UInt8(ascii: "\"") else {
            throw .wrong(at: start, "a member's name in quotation marks was expected")
        }
        let colon = afterJSONSpace(bytes, from: try checkString(bytes, from: start))
        guard try at(colon, bytes) == UInt8(ascii: ":") else { throw .wrong(at: colon, "a colon was expected") }
        return afterJSONSpace(bytes, from: colon + 1)
    }

    private func word(_ word: String, _ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        var position = start
        for letter in word.utf8 {
            guard try at(position, bytes) == letter else { throw .wrong(at: start, "'\(word)' was expected") }
            position += 1
        }
        return position
    }
}

/// Checks a string from its opening quotation mark on and returns the position behind its closing one.
private func checkString(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
    var position = afterPlainText(bytes, from: start + 1)
    while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: "\""):
            return position + 1
        case UInt8(ascii: "\\"):
            position = try checkEscape(bytes, from: position)
        case 0..<0x20:
            throw .wrong(at: position, "a control character in a JSON string must be escaped")
        default:
            let (scalar, length) = decodeScalar(bytes, at: position)
            if scalar == nil {
                throw position + length == bytes.count ? .needMore : .wrong(at: position, "this byte is not UTF-8")
            }
            position += length
        }
        position = afterPlainText(bytes, from: position)
    }
    throw .needMore
}

private func checkEscape(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
    switch try at(start + 1, bytes) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        return start + 2
    case UInt8(ascii: "u"):
        for position in start + 2..<start + 6 where hexValue(try at(position, bytes)) == nil {
            throw .wrong(at: position, "a hexadecimal digit was expected")
        }
        return start + 6
    default:
        throw .wrong(at: start, "JSON has no such escape")
    }
}

private func at(_ position: Int, _ bytes: Span<UInt8>) throws(ScanStop) -> UInt8 {
    guard position < bytes.count else { throw .needMore }
    return bytes[position]
}

/// A stack of bits, 64 to a word.
private struct BitStack {
    private var full: [UInt64] = []
    private var word: UInt64 = 0
    private var count = 0

    var last: Bool? { count == 0 ? nil : word & 1 == 1 }

    mutating func append(_ bit: Bool) {
        if count > 0, count % 64 == 0 { full.append(word) }
        word = word << 1 | (bit ? 1 : 0)
        count += 1
    }

    mutating func removeLast() {
        count -= 1
        word >>= 1
        if count > 0, count % 64 == 0 { word = full.removeLast() }
    }
}

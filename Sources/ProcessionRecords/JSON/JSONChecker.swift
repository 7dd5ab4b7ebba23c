/// Checks JSON against its whole grammar (RFC 8259, in UTF-8) without building anything of it.
///
/// What is open at the place it reads is kept in a stack of one bit each, never in calls, so nesting has no limit but
/// the input's size: a gigabyte of `[` takes 128 MiB.
struct JSONChecker {
    private var open = BitStack()
    private var step = Step.name
    /// Where to go on in the member that was begun, counted from its beginning; nil when none was.
    private var resumption: Int?
    /// How far a number was looked at that had no end yet, counted as `resumption`.
    private var numberEnd = 0

    /// What comes next.
    private enum Step {
        case name, restOfName, colon, value, restOfString, number
        /// Behind an opening bracket.
        case first
        /// Behind a value.
        case after
    }

    /// Checks an object's member, its name beginning at `start`, and returns the position behind its value.
    ///
    /// When more bytes are needed, it is to be asked again with all of the member, and goes on where it stopped.
    mutating func member(_ bytes: Span<UInt8>, from start: Int, atEnd: Bool) throws(ScanStop) -> Int {
        if resumption == nil { (step, open, numberEnd) = (.name, BitStack(), 0) }
        var position = start + (resumption ?? 0)
        resumption = nil
        do throws(ScanStop) {
            try check(bytes, at: &position, numberEnd: atEnd ? start : start + numberEnd)
        } catch {
            if case .needMore = error {
                resumption = position - start
                numberEnd = bytes.count - start
            }
            throw error
        }
        return position
    }

    /// Checks the value that begins at `start` and returns the position behind it.
    mutating func value(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> Int {
        (step, open) = (.value, BitStack())
        var position = start
        try check(bytes, at: &position, numberEnd: start)
        return position
    }

    /// Goes on from `position` to the end of the member or value. When more bytes are needed, `position` and `step` are
    /// where it has to go on.
    private mutating func check(_ bytes: Span<UInt8>, at position: inout Int, numberEnd: Int) throws(ScanStop) {
        while true {
            switch step {
            case .name:
                position = afterJSONSpace(bytes, from: position)
                guard try at(position, bytes) == UInt8(ascii: "\"") else {
                    throw .wrong(at: position, "a member's name in quotation marks was expected")
                }
                position += 1
                step = .restOfName
                fallthrough
            case .restOfName:
                try passRestOfString(bytes, at: &position)
                step = .colon
                fallthrough
            case .colon:
                position = afterJSONSpace(bytes, from: position)
                guard try at(position, bytes) == UInt8(ascii: ":") else {
                    throw .wrong(at: position, "a colon was expected")
                }
                position += 1
                step = .value
                fallthrough
            case .value:
                try passBeginning(bytes, at: &position)
            case .restOfString:
                try passRestOfString(bytes, at: &position)
                step = .after
            case .number:
                try passNumber(bytes, at: &position, seen: numberEnd)
            case .first:
                position = afterJSONSpace(bytes, from: position)
                let isObject = open.last == true
                if try at(position, bytes) == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    step = .after
                } else {
                    step = isObject ? .name : .value
                }
            case .after:
                guard try passAfter(bytes, at: &position) else { return }
            }
        }
    }

    /// Passes the first byte of a value, or all of a short one.
    private mutating func passBeginning(_ bytes: Span<UInt8>, at position: inout Int) throws(ScanStop) {
        position = afterJSONSpace(bytes, from: position)
        let byte = try at(position, bytes)
        switch byte {
        case UInt8(ascii: "\""):
            position += 1
            step = .restOfString
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            step = .number
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            open.append(byte == UInt8(ascii: "{"))
            position += 1
            step = .first
        case UInt8(ascii: "t"): try passWord("true", bytes, at: &position)
        case UInt8(ascii: "f"): try passWord("false", bytes, at: &position)
        case UInt8(ascii: "n"): try passWord("null", bytes, at: &position)
        default: throw .wrong(at: position, "a JSON value was expected")
        }
    }

    /// Passes what ends with the value before it, up to the next comma; false where nothing is open any more.
    private mutating func passAfter(_ bytes: Span<UInt8>, at position: inout Int) throws(ScanStop) -> Bool {
        while let isObject = open.last {
            position = afterJSONSpace(bytes, from: position)
            let byte = try at(position, bytes)
            if byte == UInt8(ascii: ",") {
                position += 1
                step = isObject ? .name : .value
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw .wrong(at: position, "a comma or '\(isObject ? "}" : "]")' was expected")
            }
            position += 1
            open.removeLast()
        }
        return false
    }

    /// A number is looked at once as soon as something follows it, and what may still grow is passed over before that.
    private mutating func passNumber(_ bytes: Span<UInt8>, at position: inout Int, seen: Int) throws(ScanStop) {
        var end = max(position, seen)
        while end > position, end < bytes.count, isInNumber(bytes[end]) { end += 1 }
        guard end < bytes.count else { throw .needMore }
        end = try scanNumber(bytes, from: position).end
        guard end < bytes.count else { throw .needMore }
        position = end
        step = .after
    }

    private mutating func passWord(
        _ word: String, _ bytes: Span<UInt8>, at position: inout Int
    ) throws(ScanStop) {
        var end = position
        for letter in word.utf8 {
            guard try at(end, bytes) == letter else { throw .wrong(at: position, "'\(word)' was expected") }
            end += 1
        }
        position = end
        step = .after
    }
}

/// Passes a string behind its opening quotation mark. When more bytes are needed, `position` is where to go on.
private func passRestOfString(_ bytes: Span<UInt8>, at position: inout Int) throws(ScanStop) {
    position = afterPlainText(bytes, from: position)
    while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: "\""):
            position += 1
            return
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

/// Whether a byte may stand in a number.
private func isInNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
    default: false
    }
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

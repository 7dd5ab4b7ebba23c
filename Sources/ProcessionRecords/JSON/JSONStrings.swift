/// The way between a text and a JSON string.

/// Appends the text that the inside of a JSON string stands for; false if it holds half of a surrogate pair, which no
/// text can hold.
func appendUnescaped(_ inside: Span<UInt8>, to text: inout [UInt8]) -> Bool {
    var position = 0
    while position < inside.count {
        let byte = inside[position]
        guard byte == UInt8(ascii: "\\") else {
            text.append(byte)
            position += 1
            continue
        }
        let letter = inside[position + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "u"):
            var value = fourHexDigits(inside, at: position)
            position += 4
            if value & 0xFC00 == 0xD800, holds("\\u".utf8.span, in: inside, at: position) {
                let low = fourHexDigits(inside, at: position + 2)
                if low & 0xFC00 == 0xDC00 {
                    value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
                    position += 6
                }
            }
            guard let scalar = Unicode.Scalar(value) else { return false }
            text.append(text: String(scalar))
        default: text.append(letter)
        }
    }
    return true
}

/// Appends a text as a JSON string, with no more escapes than needed.
func appendJSONString(_ text: Span<UInt8>, to output: inout some ByteSink) throws(ValueFailure) {
    output.append(UInt8(ascii: "\""))
    // What lies between here and `position` is not yet appended, and needs no escape.
    var kept = 0
    var position = afterPlainText(text, from: 0)
    while position < text.count {
        let byte = text[position]
        if byte >= 0x80 {
            let (scalar, length) = decodeScalar(text, at: position)
            guard scalar != nil else {
                throw ValueFailure("byte \(position) of \(shown(text)) is not UTF-8, which JSON demands")
            }
            position += length
        } else {
            output.append(text.extracting(kept..<position))
            output.append(text: escape(byte))
            position += 1
            kept = position
        }
        position = afterPlainText(text, from: position)
    }
    output.append(text.extracting(kept..<position))
    output.append(UInt8(ascii: "\""))
}

private func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): return "\\\""
    case UInt8(ascii: "\\"): return "\\\\"
    case 0x08: return "\\b"
    case 0x0C: return "\\f"
    case UInt8(ascii: "\n"): return "\\n"
    case UInt8(ascii: "\r"): return "\\r"
    case UInt8(ascii: "\t"): return "\\t"
    default: return (byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16)
    }
}

func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): return UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt32(byte - UInt8(ascii: "A") + 10)
    default: return nil
    }
}

private func fourHexDigits(_ bytes: Span<UInt8>, at position: Int) -> UInt32 {
    var value: UInt32 = 0
    for step in 0..<4 { value = value << 4 | (hexValue(bytes[position + step]) ?? 0) }
    return value
}

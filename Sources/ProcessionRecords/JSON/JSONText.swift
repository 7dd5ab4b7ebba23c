import ProcessionBytes

/// Reading JSON that has been checked: these functions find and rewrite, and take the grammar for granted.

/// The position of the first byte at or behind `start` that is not JSON's white space.
func afterJSONSpace(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < bytes.count, isJSONSpace(bytes[position]) { position += 1 }
    return position
}

func isJSONSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
}

/// The position behind the string whose opening quotation mark is at `start`.
func jsonStringEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = afterPlainText(bytes, from: start + 1)
    while bytes[position] != UInt8(ascii: "\"") {
        position = afterPlainText(bytes, from: position + (bytes[position] == UInt8(ascii: "\\") ? 2 : 1))
    }
    return position + 1
}

/// The position behind the value that begins at `start`.
func jsonValueEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    var depth = 0
    repeat {
        switch bytes[position] {
        case UInt8(ascii: "\""):
            position = jsonStringEnd(bytes, from: position)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            position += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            position += 1
        case let byte where isJSONSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":"):
            position += 1
        default:
            position = jsonWordEnd(bytes, from: position)
        }
    } while depth > 0
    return position
}

/// The position behind a number, `true`, `false` or `null`.
private func jsonWordEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"): return position
        case let byte where isJSONSpace(byte): return position
        default: position += 1
        }
    }
    return position
}

/// An object's member: where its name lies, quotation marks included, and its value.
struct JSONMember {
    var name: Range<Int>
    var value: Range<Int>
    /// Whether the name is seen to have no escape in it.
    private let isPlain: Bool

    /// Reads the member whose name begins at `start`.
    init(_ bytes: Span<UInt8>, from start: Int) {
        let end = afterPlainText(bytes, from: start + 1)
        isPlain = bytes[end] == UInt8(ascii: "\"")
        name = start..<(isPlain ? end + 1 : jsonStringEnd(bytes, from: start))
        let colon = afterJSONSpace(bytes, from: name.upperBound)
        let begin = afterJSONSpace(bytes, from: colon + 1)
        value = begin..<jsonValueEnd(bytes, from: begin)
    }

    /// The first member of the object that begins at `start`; `nil` if it is empty.
    static func first(_ bytes: Span<UInt8>, ofObjectAt start: Int) -> JSONMember? {
        let begin = afterJSONSpace(bytes, from: start + 1)
        return bytes[begin] == UInt8(ascii: "}") ? nil : JSONMember(bytes, from: begin)
    }

    /// The member behind this one; `nil` if this is the last.
    func next(_ bytes: Span<UInt8>) -> JSONMember? {
        let comma = afterJSONSpace(bytes, from: value.upperBound)
        guard bytes[comma] == UInt8(ascii: ",") else { return nil }
        return JSONMember(bytes, from: afterJSONSpace(bytes, from: comma + 1))
    }

    /// Whether the member's name, its escapes read, is this one.
    func isNamed(_ wanted: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        let inner = bytes.extracting(name.lowerBound + 1..<name.upperBound - 1)
        guard !isPlain, find(UInt8(ascii: "\\"), in: inner, from: 0) < inner.count else {
            return inner.count == wanted.count && holds(wanted, in: inner, at: 0)
        }
        guard let text = text(bytes) else { return false }
        return text.count == wanted.count && holds(wanted, in: text.span, at: 0)
    }

    /// The member's name, its escapes read; nil if it is none, with half of a surrogate pair in it.
    func text(_ bytes: Span<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        let inner = bytes.extracting(name.lowerBound + 1..<name.upperBound - 1)
        return appendUnescaped(inner, to: &text) ? text : nil
    }
}

/// Appends JSON without the white space outside its strings, its numbers multiplied if there is a factor.
func appendCompact(
    _ json: Span<UInt8>, times factor: Factor? = nil, to output: inout some ByteSink
) throws(ValueFailure) {
    var position = 0
    // What lies between here and `position` is not yet appended, and stays as it is.
    var kept = 0
    while position < json.count {
        let byte = json[position]
        if byte == UInt8(ascii: "\"") {
            position = jsonStringEnd(json, from: position)
        } else if isJSONSpace(byte) {
            output.append(json.extracting(kept..<position))
            position = afterJSONSpace(json, from: position)
            kept = position
        } else if let factor, isNumberStart(byte) {
            output.append(json.extracting(kept..<position))
            let end = jsonWordEnd(json, from: position)
            try factor.appendProduct(with: json.extracting(position..<end), isNumber: true, to: &output)
            position = end
            kept = end
        } else {
            position += 1
        }
    }
    output.append(json.extracting(kept..<position))
}

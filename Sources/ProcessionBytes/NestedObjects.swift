/// Reads lines of a JSON object each, however nested, a token after the other. The lines end in a newline.
///
/// It is a third of the work of a reader that knows the whole grammar, because nothing that it passes is a newline, so
/// that it looks for the end nowhere else. No position that it returns is behind it.
@safe struct NestedObjects {
    private let base: UnsafeRawPointer
    /// Where eight bytes can be read for the last time; negative where there are fewer.
    private let lastWord: Int

    /// How many bytes at the front of `lines` are such lines, at most so many.
    static func count(in lines: Span<UInt8>, atMost most: Int) -> Int {
        // Safe: the span is borrowed for the call, and ends in a newline.
        unsafe lines.withUnsafeBytes { all in
            let reader = unsafe NestedObjects(base: all.baseAddress!, lastWord: all.count - 8)
            var line = 0
            for _ in 0..<most where line < all.count {
                guard let end = reader.object(from: line), reader[end] == UInt8(ascii: "\n") else { break }
                line = end + 1
            }
            return line
        }
    }

    /// Sound for the position behind bytes that are no newline, and so for all here.
    @inline(__always)
    private subscript(_ position: Int) -> UInt8 { unsafe base.load(fromByteOffset: position, as: UInt8.self) }

    /// The position behind an object.
    private func object(from start: Int) -> Int? {
        guard self[start] == UInt8(ascii: "{") else { return nil }
        if self[start + 1] == UInt8(ascii: "}") { return start + 2 }
        var position = start + 1
        // What is open, the innermost lowest: 1 for an object, 0 for an array; above them a 1.
        var open: UInt64 = 0b11
        var isName = true
        while open < 1 << 62 {
            if isName {
                guard let colon = string(from: position), self[colon] == UInt8(ascii: ":") else { return nil }
                position = afterSpace(colon + 1)
            }
            switch self[position] {
            case UInt8(ascii: "{") where self[position + 1] != UInt8(ascii: "}"):
                (open, position, isName) = (open << 1 | 1, position + 1, true)
                continue
            case UInt8(ascii: "[") where self[position + 1] != UInt8(ascii: "]"):
                (open, position, isName) = (open << 1, position + 1, false)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): position += 2
            default:
                guard let end = scalar(from: position) else { return nil }
                position = end
            }
            while self[position] != UInt8(ascii: ",") {
                guard self[position] == (open & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return nil }
                (open, position) = (open >> 1, position + 1)
                if open == 1 { return position }
            }
            position = afterSpace(position + 1)
            isName = open & 1 == 1
        }
        return nil
    }

    @inline(__always)
    private func afterSpace(_ position: Int) -> Int { self[position] == UInt8(ascii: " ") ? position + 1 : position }

    @inline(__always)
    private func scalar(from start: Int) -> Int? {
        switch self[start] {
        case UInt8(ascii: "\""): string(from: start)
        case UInt8(ascii: "t"): word("true", at: start)
        case UInt8(ascii: "f"): word("false", at: start)
        case UInt8(ascii: "n"): word("null", at: start)
        default: number(from: start)
        }
    }

    private func word(_ word: StaticString, at start: Int) -> Int? {
        for step in 0..<word.utf8CodeUnitCount where unsafe self[start + step] != word.utf8Start[step] { return nil }
        return start + word.utf8CodeUnitCount
    }

    @inline(__always)
    private func string(from start: Int) -> Int? {
        guard self[start] == UInt8(ascii: "\"") else { return nil }
        var position = start + 1
        while position <= lastWord {
            // Sound: there are eight bytes.
            let specials = unsafe specialBytes(
                of: base.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian)
            if specials != 0 {
                position += specials.trailingZeroBitCount / 8
                return self[position] == UInt8(ascii: "\"") ? position + 1 : nil
            }
            position += 8
        }
        return nil
    }

    @inline(__always)
    private func number(from start: Int) -> Int? {
        var position = self[start] == UInt8(ascii: "-") ? start + 1 : start
        let first = position
        position = afterDigits(position)
        guard position > first, position == first + 1 || self[first] != UInt8(ascii: "0") else { return nil }
        guard self[position] == UInt8(ascii: ".") else { return position }
        let end = afterDigits(position + 1)
        return end > position + 1 ? end : nil
    }

    @inline(__always)
    private func afterDigits(_ start: Int) -> Int {
        var position = start
        while self[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position
    }
}

/// What a flat line is, read a byte after the other: an object with members, whose values are texts, numbers and words;
/// in texts there may be escapes, and any characters of UTF-8. Spaces stand behind commas and colons only.
struct FlatLine {
    private let bytes: [UInt8]
    private var position = 0

    /// How many bytes at the front are such lines.
    static func count(in bytes: [UInt8]) -> Int {
        var line = FlatLine(bytes: bytes)
        var end = 0
        while line.object() { end = line.position }
        return end
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func take(_ wanted: Character) -> Bool {
        guard position < bytes.count, bytes[position] == wanted.asciiValue! else { return false }
        position += 1
        return true
    }

    private mutating func object() -> Bool {
        guard take("{") else { return false }
        repeat {
            while bytes[position - 1] != UInt8(ascii: "{"), take(" ") {}
            guard string(), take(":") else { return false }
            while take(" ") {}
            guard string() || word("true") || word("false") || word("null") || number() else { return false }
        } while take(",")
        return take("}") && take("\n")
    }

    private mutating func string() -> Bool {
        let start = position
        guard take("\"") else { return false }
        while position < bytes.count, bytes[position] >= 0x20 {
            if take("\"") { return true }
            guard take("\\") ? escape() : character() else { break }
        }
        position = start
        return false
    }

    private mutating func escape() -> Bool {
        if "\"\\/bfnrt".contains(where: { take($0) }) { return true }
        guard take("u") else { return false }
        return (0..<4).allSatisfy { _ in "0123456789abcdefABCDEF".contains { take($0) } }
    }

    private mutating func character() -> Bool {
        for length in 1...4 where position + length <= bytes.count {
            let text = String(validating: bytes[position..<position + length], as: UTF8.self)
            guard text?.unicodeScalars.count == 1 else { continue }
            position += length
            return true
        }
        return false
    }

    private mutating func word(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), digits() == 0 { return false }
        return !take(".") || digits() > 0
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
        return position - start
    }
}

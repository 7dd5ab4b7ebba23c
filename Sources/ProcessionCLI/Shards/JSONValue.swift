/// A value of JSON, for the small files that shards leave: written on one line, members in their order.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case fraction(Double)
    case text(String)
    case list([JSONValue])
    case object([(name: String, value: JSONValue)])

    static func == (one: JSONValue, other: JSONValue) -> Bool {
        Array(one.line.utf8) == Array(other.line.utf8)
    }

    // MARK: Writing

    /// As it stands in a file.
    var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): "\(value)"
        case .fraction(let value): "\(value)"
        case .text(let text): Self.quoted(text)
        case .list(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.line }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { line, scalar in
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\u{0}"..<" ": line += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: line.unicodeScalars.append(scalar)
            }
        } + "\""
    }

    // MARK: Asking

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var number: Int? { if case .number(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var list: [JSONValue]? { if case .list(let values) = self { values } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var fraction: Double? {
        switch self {
        case .fraction(let value): value
        case .number(let value): Double(value)
        default: nil
        }
    }
}

extension JSONValue {
    /// Nil for what is not one value of JSON, and for one that nobody here writes: nested deeper than a few times.
    init?(parsing bytes: [UInt8]) {
        var parser = Parser(rest: bytes[...])
        guard let value = parser.value(depth: 0), parser.next() == nil else { return nil }
        self = value
    }

    private struct Parser {
        var rest: ArraySlice<UInt8>

        private static let deepest = 8

        /// The next byte that is no white space.
        mutating func next() -> UInt8? {
            rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
            return rest.first
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next() == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func value(depth: Int) -> JSONValue? {
            guard depth < Self.deepest, let first = next() else { return nil }
            switch first {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return list(depth)
            case UInt8(ascii: "\""): return text().map(JSONValue.text)
            default: return word()
            }
        }

        private mutating func object(_ depth: Int) -> JSONValue? {
            rest = rest.dropFirst()
            var members: [(name: String, value: JSONValue)] = []
            if take(UInt8(ascii: "}")) { return .object([]) }
            repeat {
                guard next() == UInt8(ascii: "\""), let name = text(), take(UInt8(ascii: ":")),
                    let value = value(depth: depth + 1)
                else { return nil }
                members.append((name, value))
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? .object(members) : nil
        }

        private mutating func list(_ depth: Int) -> JSONValue? {
            rest = rest.dropFirst()
            var values: [JSONValue] = []
            if take(UInt8(ascii: "]")) { return .list([]) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]")) ? .list(values) : nil
        }

        private mutating func word() -> JSONValue? {
            let word = rest.prefix { byte in
                byte > 0x20 && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "]") && byte != UInt8(ascii: "}")
            }
            rest = rest.dropFirst(word.count)
            switch String(decoding: word, as: UTF8.self) {
            case "null": return .null
            case "true": return .bool(true)
            case "false": return .bool(false)
            case let text: return Int(text).map(JSONValue.number) ?? Double(text).map(JSONValue.fraction)
            }
        }

        private mutating func text() -> String? {
            rest = rest.dropFirst()
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    switch rest.popFirst() {
                    case UInt8(ascii: "u"):
                        let digits = String(decoding: rest.prefix(4), as: UTF8.self)
                        guard digits.utf8.count == 4,
                            let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
                        else { return nil }
                        rest = rest.dropFirst(4)
                        bytes += Array(String(scalar).utf8)
                    case let other?: bytes.append(other)
                    case nil: return nil
                    }
                default: bytes.append(byte)
                }
            }
            return nil
        }
    }
}

extension JSONValue {
    /// Bytes that need not be text.
    static func base64(_ bytes: [UInt8]) -> JSONValue {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                text += place <= group.count ? String(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) : "="
            }
        }
        return .text(text)
    }

    /// The bytes that a text of base64 stands for.
    var bytes: [UInt8]? {
        guard let digits = text.map({ Array($0.utf8) }), digits.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 4) {
            let group = digits[start..<start + 4].prefix { $0 != UInt8(ascii: "=") }
            guard group.count > 1 else { return nil }
            var bits: UInt32 = 0
            for digit in group {
                guard let value = Self.alphabet.firstIndex(of: Character(Unicode.Scalar(digit))) else { return nil }
                bits = bits << 6 | UInt32(value)
            }
            bits <<= UInt32(6 * (4 - group.count))
            bytes += (0..<group.count - 1).map { UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * $0)) }
        }
        return bytes
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    /// A check sum, in hexadecimal.
    static func sum(_ sum: CRC64) -> JSONValue {
        let digits = String(sum.value, radix: 16)
        return .text(String(repeating: "0", count: 16 - digits.count) + digits)
    }

    var sum: CRC64? { text.flatMap { UInt64($0, radix: 16) }.map(CRC64.init(value:)) }
}

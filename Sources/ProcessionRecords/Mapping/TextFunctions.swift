import ProcessionBytes

/// How many Unicode scalars a text has; each piece that is not UTF-8 counts as one, as if U+FFFD stood in its place.
func scalarCount(_ text: Span<UInt8>) -> Int {
    if isASCII(text) { return text.count }
    var count = 0
    var position = 0
    while position < text.count {
        position += text[position] < 0x80 ? 1 : decodeScalar(text, at: position).length
        count += 1
    }
    return count
}

/// Puts texts into upper or lower case by Unicode's full default mappings, with their one rule of context, the final
/// sigma. What is not UTF-8 stays as it is.
struct CaseMapper {
    static let upper = CaseMapper(to: .upper)
    static let lower = CaseMapper(to: .lower)

    private enum Case {
        case upper
        case lower

        /// The mapping of a scalar by itself.
        func mapping(of scalar: Unicode.Scalar) -> String {
            self == .upper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
        }
    }

    private let target: Case
    /// For each scalar of two bytes what becomes of it, where that is two bytes, too; else zero. It makes Greek,
    /// Cyrillic and Latin with accents several times faster than asking the standard library for every letter.
    private let pairs: [UInt16]

    private init(to target: Case) {
        self.target = target
        pairs = (0..<0x800 as Range<UInt32>).map { value in
            guard value >= 0x80, let scalar = Unicode.Scalar(value), scalar != "Σ" else { return 0 }
            let mapped = Array(target.mapping(of: scalar).utf8)
            return mapped.count == 2 && mapped[0] >= 0x80 ? UInt16(mapped[0]) << 8 | UInt16(mapped[1]) : 0
        }
    }

    /// Appends the text in the case.
    func append(_ text: Span<UInt8>, to output: inout some ByteSink) {
        var position = 0
        while position < text.count {
            if text[position] < 0x80 {
                let end = findNonASCII(in: text, from: position)
                output.append(text.extracting(position..<end))
                let first = firstLetter
                output.changeLast(end - position) { $0 ^ ($0 &- first < 26 ? 0x20 : 0) }
                position = end
                continue
            }
            let (scalar, length) = decodeScalar(text, at: position)
            let piece = position..<position + length
            position += length
            guard let scalar else {
                output.append(text.extracting(piece))
                continue
            }
            let pair = length == 2 ? pairs[Int(scalar.value)] : 0
            if pair != 0 {
                output.append(UInt8(truncatingIfNeeded: pair >> 8))
                output.append(UInt8(truncatingIfNeeded: pair))
            } else if target == .lower, scalar == "Σ", endsWord(text, piece) {
                output.append(text: "ς")
            } else {
                output.append(text: target.mapping(of: scalar))
            }
        }
    }

    /// The first of the 26 ASCII letters that are in the other case, which differ in one bit.
    private var firstLetter: UInt8 { target == .upper ? UInt8(ascii: "a") : UInt8(ascii: "A") }
}

/// Unicode's condition `Final_Sigma`: the nearest scalar before is cased and the nearest behind is not, where those
/// that case ignores do not count.
private func endsWord(_ text: Span<UInt8>, _ sigma: Range<Int>) -> Bool {
    var position = sigma.lowerBound
    var isInWord = false
    while position > 0 {
        repeat { position -= 1 } while position > 0 && text[position] & 0xC0 == 0x80
        guard let properties = decodeScalar(text, at: position).scalar?.properties else { break }
        if properties.isCaseIgnorable { continue }
        isInWord = properties.isCased
        break
    }
    guard isInWord else { return false }
    position = sigma.upperBound
    while position < text.count {
        let (scalar, length) = decodeScalar(text, at: position)
        guard let properties = scalar?.properties else { break }
        if !properties.isCaseIgnorable { return !properties.isCased }
        position += length
    }
    return true
}

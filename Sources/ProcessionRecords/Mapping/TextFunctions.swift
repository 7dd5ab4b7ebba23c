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
            return mapped.count == 2 ? UInt16(mapped[1]) << 8 | UInt16(mapped[0]) : 0
        }
    }

    /// Appends the text in the case.
    @inline(__always)
    func append(_ text: Span<UInt8>, to output: inout some ByteSink) {
        append(text, text.indices, to: &output)
    }

    /// Appends a part of a text in the case, as if it stood alone. To have something behind the part makes it faster.
    @inline(__always)
    func append(_ text: Span<UInt8>, _ part: Range<Int>, to output: inout some ByteSink) {
        let count = output.appendASCII(of: text, part, changing: firstLetter)
        guard count < part.count else { return }
        appendRest(text, part.lowerBound + count..<part.upperBound, of: part, to: &output)
    }

    /// The first of the 26 ASCII letters that are in the other case, which differ in one bit.
    private var firstLetter: UInt8 { target == .upper ? UInt8(ascii: "a") : UInt8(ascii: "A") }

    /// Appends the rest of a part, from something that is not ASCII on.
    @inline(never)
    private func appendRest(
        _ text: Span<UInt8>, _ rest: Range<Int>, of part: Range<Int>, to output: inout some ByteSink
    ) {
        var position = rest.lowerBound
        while position < rest.upperBound {
            let (lead, next) = (text[position], position + 1 < rest.upperBound ? text[position + 1] : 0)
            let isPair = 0xC2...0xDF ~= lead && next & 0xC0 == 0x80
            let pair = isPair ? pairs[Int(lead & 0x1F) << 6 | Int(next & 0x3F)] : 0
            if pair != 0 {
                output.append(word: UInt64(pair), count: 2)
                position += 2
            } else {
                appendScalar(text.extracting(part), at: position - part.lowerBound, to: &output)
                position += decodeScalar(text.extracting(first: part.upperBound), at: position).length
            }
            position += output.appendASCII(of: text, position..<rest.upperBound, changing: firstLetter)
        }
    }

    /// Appends the scalar at a position, or what is none.
    private func appendScalar(_ text: Span<UInt8>, at position: Int, to output: inout some ByteSink) {
        let (scalar, length) = decodeScalar(text, at: position)
        let piece = position..<position + length
        guard let scalar else { return output.append(text.extracting(piece)) }
        if target == .lower, scalar == "Σ", endsWord(text, piece) {
            output.append(text: "ς")
        } else {
            output.append(text: target.mapping(of: scalar))
        }
    }
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

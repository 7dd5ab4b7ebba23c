import CProcessionBytes

/// Tells which lines are plainly one JSON object each with nothing inside it but texts, numbers and words, 64 bytes at
/// a time: what each byte may stand behind is asked of all of them at once.
///
/// A line is an opening brace, members and a closing brace, and commas and colons take turns. So the parity of colons,
/// commas and closing braces up to a byte says whether a name or a value is due, as that of quotation marks says
/// whether the byte is inside a string. Given that, it is enough to know what stands before each byte.
struct FlatObjects {
    private var strings = StringBytes()
    /// All ones inside of a string, or where a value is due.
    private var inString: UInt64 = 0
    private var inValue: UInt64 = 0
    /// Whether the byte before the block was one of these.
    private var newline: UInt64 = 1
    private var brace: UInt64 = 0
    private var separator: UInt64 = 0
    private var opener: UInt64 = 0
    private var value: UInt64 = 0
    private var scalar: UInt64 = 0
    private var numbers = PlainNumbers()
    /// Bytes at the front of the block that belong to a word that was looked at.
    private var ofWord = 0

    /// How many bytes at the front of `lines` are such lines, up to the first that is not.
    static func count(in lines: Span<UInt8>, _ index: inout JSONIndex) -> Int {
        var flat = FlatObjects()
        var (end, base) = (0, 0)
        while base < lines.count {
            let next = min(base + JSONIndex.span, lines.count)
            index.look(at: lines.extracting(base..<next))
            while base < next {
                let block = index[(base & (JSONIndex.span - 1)) / 64]
                let valid = next - base < 64 ? first(next - base) : .max
                let faults = flat.faults(block, at: base, of: lines) & valid
                // Below the first fault.
                let newlines = block.newlines & (faults == 0 ? valid : faults & (0 &- faults) &- 1)
                if newlines != 0 { end = base + 64 - newlines.leadingZeroBitCount }
                if faults != 0 { return end }
                base += 64
            }
        }
        return end
    }

    /// The bytes of a block that cannot stand where they do. None is missed up to the end of its line.
    @inline(__always)
    private mutating func faults(_ block: procession_json_block, at base: Int, of lines: Span<UInt8>) -> UInt64 {
        let escaped = strings.escaped(block.backslashes)
        let quotes = block.quotes & ~escaped
        let inside = prefixParity(quotes) ^ inString
        inString = 0 &- (inside >> 63)
        let outside = ~(inside | quotes)
        let (colons, openers) = (block.colons & outside, block.opening_braces & outside)
        let braces = block.closing_braces & outside
        let separators = (block.commas | block.colons | block.spaces) & outside
        let ends = (block.commas | block.colons | block.closing_braces) & outside
        let scalars = outside & ~(separators | openers | braces | block.newlines)

        let inValue = prefixParity(ends) ^ self.inValue
        self.inValue = 0 &- (inValue >> 63)
        let afterSeparator = follow(separators, &separator)
        let afterScalar = follow(scalars, &scalar)
        let starts = scalars & ~afterScalar

        var faults = block.controls | ends & (inValue ^ colons) | scalars & ~inValue
        if block.backslashes | block.wide | strings.isWithin != 0 {
            faults |= strings.faults(block, escaped: escaped, inside: inside, at: base, of: lines)
        }
        faults |= openers ^ follow(block.newlines, &newline)
        faults |= block.newlines ^ follow(braces, &brace)
        faults |= quotes & inside & ~(afterSeparator | follow(openers, &opener))
        faults |= (block.spaces & outside | starts) & ~afterSeparator
        faults |= ends & ~follow(scalars | quotes & ~inside, &value)
        faults |= numbers.faults(block, scalars, starts: starts)
        let letters = scalars & ~(block.digits | block.minuses | block.points)
        if letters != 0 { faults |= wordFaults(letters, starts & letters, at: base, of: lines) }
        return faults
    }

    /// Letters of which no word consists that JSON has.
    @inline(never)
    private mutating func wordFaults(
        _ letters: UInt64, _ starts: UInt64, at base: Int, of lines: Span<UInt8>
    ) -> UInt64 {
        var known = first(ofWord)
        ofWord = 0
        var starts = starts
        while starts != 0 {
            let place = starts.trailingZeroBitCount
            starts &= starts &- 1
            let length = wordLength(lines, at: base + place)
            known |= first(length) << UInt64(place)
            ofWord = max(0, place + length - 64)
        }
        return letters & ~known
    }
}

/// Tells which bytes of strings cannot stand where they do: escapes, and characters that are not ASCII.
private struct StringBytes {
    /// Bytes at the front of the block that belong to a character that was looked at.
    private var ofCharacter = 0
    /// Whether the first byte of the block is escaped.
    private var isEscaped = false

    /// Not 0 where something reaches into the block.
    var isWithin: UInt64 { UInt64(ofCharacter) }

    /// The bytes of a block that stand behind a backslash which is none itself.
    @inline(__always)
    mutating func escaped(_ backslashes: UInt64) -> UInt64 {
        backslashes == 0 && !isEscaped ? 0 : escapedBehind(backslashes)
    }

    @inline(never)
    private mutating func escapedBehind(_ backslashes: UInt64) -> UInt64 {
        var escaped: UInt64 = isEscaped ? 1 : 0
        var others = backslashes & ~escaped
        isEscaped = false
        while others != 0 {
            let next = (others & (0 &- others)) << 1
            if next == 0 { isEscaped = true }
            escaped |= next
            others &= others &- 1
            others &= ~next
        }
        return escaped
    }

    @inline(never)
    mutating func faults(
        _ block: procession_json_block, escaped: UInt64, inside: UInt64, at base: Int, of lines: Span<UInt8>
    ) -> UInt64 {
        var faults = (block.backslashes | block.wide) & ~inside
        var backslashes = block.backslashes & ~escaped
        while backslashes != 0 {
            let place = backslashes.trailingZeroBitCount
            if !isEscape(lines, at: base + place) { faults |= 1 << UInt64(place) }
            backslashes &= backslashes &- 1
        }
        var wide = block.wide & ~first(ofCharacter)
        ofCharacter = 0
        while wide != 0 {
            let place = wide.trailingZeroBitCount
            let length = characterLength(lines, at: base + place)
            if length == 0 { return faults | 1 << UInt64(place) }
            wide &= ~(first(length) << UInt64(place))
            ofCharacter = max(0, place + length - 64)
        }
        return faults
    }
}

/// Tells which bytes of numbers cannot stand where they do.
private struct PlainNumbers {
    /// Whether the byte before the block was one of these.
    private var minus: UInt64 = 0
    private var point: UInt64 = 0
    private var digit: UInt64 = 0
    private var leadingZero: UInt64 = 0
    /// Whether it was a digit behind a point.
    private var isFraction: UInt64 = 0

    @inline(__always)
    mutating func faults(_ block: procession_json_block, _ scalars: UInt64, starts: UInt64) -> UInt64 {
        let (minuses, points) = (block.minuses & scalars, block.points & scalars)
        let digits = block.digits & scalars
        // Most are whole numbers, none of them negative.
        guard minuses | points | minus | point | isFraction != 0 else {
            digit = digits >> 63
            return follow(block.zeros & starts, &leadingZero) & digits
        }
        let (afterMinus, afterPoint) = (follow(minuses, &minus), follow(points, &point))
        let zeros = block.zeros & scalars & (starts | afterMinus)
        var faults = minuses & ~starts | (afterMinus | afterPoint) & ~digits
        faults |= points & ~follow(digits, &digit) | follow(zeros, &leadingZero) & digits
        // Added to a row of digits at its first, a bit is carried to the byte behind the last.
        let (sum, isFraction) = digits.addingReportingOverflow(afterPoint & digits | self.isFraction)
        self.isFraction = isFraction ? 1 : 0
        return faults | sum & ~digits & points
    }
}

/// The length of `true`, `false` or `null` at `start`, with what must stand behind it; 0 where there is none.
private func wordLength(_ lines: Span<UInt8>, at start: Int) -> Int {
    guard start + 5 < lines.count else { return 0 }
    let word = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(lines[start + $1]) }
    let length = word == 0x7472_7565 || word == 0x6e75_6c6c ? 4 : 5
    guard length == 4 || word == 0x6661_6c73 && lines[start + 4] == UInt8(ascii: "e") else { return 0 }
    let next = lines[start + length]
    return next == UInt8(ascii: ",") || next == UInt8(ascii: "}") ? length : 0
}

/// Whether a backslash begins an escape that JSON has.
private func isEscape(_ lines: Span<UInt8>, at start: Int) -> Bool {
    guard start + 1 < lines.count else { return false }
    switch lines[start + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"),
        UInt8(ascii: "r"), UInt8(ascii: "t"):
        return true
    case UInt8(ascii: "u"):
        guard start + 5 < lines.count else { return false }
        return (2..<6).allSatisfy { place in
            switch lines[start + place] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                true
            default: false
            }
        }
    default: return false
    }
}

/// The length of the character of UTF-8 at `start`, which is not ASCII; 0 where there is none (Unicode, table 3-7).
private func characterLength(_ lines: Span<UInt8>, at start: Int) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lines[start] {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard start + length <= lines.count, second.contains(lines[start + 1]) else { return 0 }
    for place in 2..<length where lines[start + place] & 0xC0 != 0x80 { return 0 }
    return length
}

/// So many bits, fewer than 64.
private func first(_ count: Int) -> UInt64 { 1 &<< UInt64(count) &- 1 }

/// The bits behind those of `word`, the first from the block before.
@inline(__always)
private func follow(_ word: UInt64, _ carry: inout UInt64) -> UInt64 {
    defer { carry = word >> 63 }
    return word << 1 | carry
}

/// Of each bit, whether the number of bits that are set up to it is odd.
@inline(__always)
private func prefixParity(_ word: UInt64) -> UInt64 {
    var word = word
    word ^= word << 1
    word ^= word << 2
    word ^= word << 4
    word ^= word << 8
    word ^= word << 16
    return word ^ word << 32
}

import CProcessionBytes

/// Tells which lines are plainly one JSON object each with nothing inside it but texts, numbers and words, 64 bytes at
/// a time: what each byte may stand behind is asked of all of them at once.
///
/// A line is an opening brace, members and a closing brace, and commas and colons take turns. So the parity of colons,
/// commas and closing braces up to a byte says whether a name or a value is due, as that of quotation marks says
/// whether the byte is inside a string. Given that, it is enough to know what stands before each byte.
struct FlatObjects {
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
        let inside = prefixParity(block.quotes) ^ inString
        inString = 0 &- (inside >> 63)
        let outside = ~(inside | block.quotes)
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

        var faults = block.special | ends & (inValue ^ colons) | scalars & ~inValue
        faults |= openers ^ follow(block.newlines, &newline)
        faults |= block.newlines ^ follow(braces, &brace)
        faults |= block.quotes & inside & ~(afterSeparator | follow(openers, &opener))
        faults |= (block.spaces & outside | starts) & ~afterSeparator
        faults |= ends & ~follow(scalars | block.quotes & ~inside, &value)
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

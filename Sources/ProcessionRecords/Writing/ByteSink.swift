import ProcessionBytes
import ProcessionSegment

/// Where made bytes go: a record's output, or a buffer whose text is encoded once more.
protocol ByteSink {
    mutating func append(_ byte: UInt8)
    mutating func append(_ bytes: Span<UInt8>)
    /// Appends the lowest `count` bytes of a word, the lowest first.
    mutating func append(word: UInt64, count: Int)
    /// Appends the bytes of a part of a text up to the first that is not ASCII, those among the 26 letters from `first`
    /// on in the other case, and returns how many these are.
    mutating func appendASCII(of text: Span<UInt8>, _ part: Range<Int>, changing first: UInt8) -> Int
}

extension ByteSink {
    /// Appends the UTF-8 of a text.
    mutating func append(text: String) {
        append(text.utf8.span)
    }

    /// Appends a number in decimal digits.
    @inline(__always)
    mutating func append(number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(number: number.magnitude)
    }

    /// Appends a number in decimal digits.
    @inline(__always)
    mutating func append(number: UInt64) {
        let digits = number < hundredMillion ? eightDigits(of: number) : appendAllButEight(number)
        let zeros = number < hundredMillion ? min(digits.trailingZeroBitCount / 8, 7) : 0
        append(word: (digits | asciiZeros) >> UInt64(8 * zeros), count: 8 - zeros)
    }

    /// Appends the digits of a number but for the last eight, which it returns.
    @inline(never)
    private mutating func appendAllButEight(_ number: UInt64) -> UInt64 {
        let (front, rest) = number.quotientAndRemainder(dividingBy: hundredMillion)
        append(number: front)
        return eightDigits(of: rest)
    }

    /// Appends the byte if it is ASCII, a letter among the 26 from `first` on in the other case.
    @inline(__always)
    fileprivate mutating func appendASCII(_ byte: UInt8, changing first: UInt8) -> Bool {
        if byte < 0x80 { append(byte ^ (byte &- first < 26 ? 0x20 : 0)) }
        return byte < 0x80
    }
}

private let hundredMillion: UInt64 = 100_000_000
/// Eight bytes that are the digit zero.
let asciiZeros: UInt64 = 0x3030_3030_3030_3030

/// The eight digits of a number below a hundred million, each in a byte, the first in the lowest.
func eightDigits(of number: UInt64) -> UInt64 {
    // The upper four and the lower four, then pairs, then each: a division by a constant that is a product and a shift.
    let fours = number / 10_000 | (number % 10_000) << 32
    let hundreds = (fours &* 5243) >> 19 & 0x0000_007F_0000_007F
    let pairs = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (pairs &- tens &* 10) << 8
}

extension ByteWriter: ByteSink {
    @inline(__always)
    mutating func appendASCII(of text: Span<UInt8>, _ part: Range<Int>, changing first: UInt8) -> Int {
        var end = part.lowerBound
        fill { target in
            let count = copyASCII(of: text, part, changing: first, to: &target)
            end += count
            return count
        }
        while end < part.upperBound, appendASCII(text[end], changing: first) { end += 1 }
        return end - part.lowerBound
    }
}

extension [UInt8]: ByteSink {
    mutating func append(_ bytes: Span<UInt8>) {
        append(copying: bytes)
    }

    mutating func append(word: UInt64, count: Int) {
        for place in 0..<count { append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
    }

    mutating func appendASCII(of text: Span<UInt8>, _ part: Range<Int>, changing first: UInt8) -> Int {
        let end = Swift.min(findNonASCII(in: text, from: part.lowerBound), part.upperBound)
        let begin = count
        append(copying: text.extracting(part.lowerBound..<end))
        var bytes = mutableSpan
        for place in begin..<bytes.count { bytes[place] ^= bytes[place] &- first < 26 ? 0x20 : 0 }
        return end - part.lowerBound
    }
}

import ProcessionBytes
import ProcessionSegment

/// Where made bytes go: a record's output, or a buffer whose text is encoded once more.
protocol ByteSink {
    mutating func append(_ byte: UInt8)
    mutating func append(_ bytes: Span<UInt8>)
    /// Changes each of the `count` bytes that were appended last.
    mutating func changeLast(_ count: Int, _ change: (UInt8) -> UInt8)
}

extension ByteSink {
    /// Appends the UTF-8 of a text.
    mutating func append(text: String) {
        append(text.utf8.span)
    }

    /// Appends a number in decimal digits.
    mutating func append(number: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "-"))
        var first = digits.count
        var rest = number.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(digit)
            rest = quotient
        } while rest > 0
        if number < 0 { first -= 1 }
        append(digits.span.extracting(first...))
    }
}

extension ByteWriter: ByteSink {}

extension [UInt8]: ByteSink {
    mutating func append(_ bytes: Span<UInt8>) {
        append(copying: bytes)
    }

    mutating func changeLast(_ count: Int, _ change: (UInt8) -> UInt8) {
        let end = self.count
        var bytes = mutableSpan
        for place in end - count..<end { bytes[place] = change(bytes[place]) }
    }
}

/// A decimal number of so few digits that a `Double` tells it from all others of as few: then reading and writing it take
/// one division each.
///
/// Reading: digits and power of ten are exact, so their quotient is the nearest `Double` (W. D. Clinger, "How to read
/// floating point numbers accurately", 1990). Writing: of the numbers of at most 15 digits no two have the same nearest
/// `Double`, so the one that has it is the shortest text that reads back the same.
struct ShortDecimal {
    let value: Double
    /// Digits behind the point.
    let places: Int

    /// Nil where the text has more digits, an exponent, or is no number by the grammar of JSON.
    init?(_ text: Span<UInt8>) {
        guard text.count > 0 else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        let first = isNegative ? 1 : 0
        guard text.count &- first <= mostDigits + 1 else { return nil }
        var digits: UInt64 = 0
        var point: Int?
        for position in first..<text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ UInt64(digit)
            } else {
                guard text[position] == UInt8(ascii: "."), point == nil, position > first else { return nil }
                point = position
            }
        }
        let end = point ?? text.count
        guard end > first, text[first] != UInt8(ascii: "0") || end == first + 1 else { return nil }
        places = point == nil ? 0 : text.count &- end &- 1
        // With a point there is a digit behind it; without, there may be one digit too many.
        guard point == nil || places > 0, digits < tenTo15 else { return nil }
        let magnitude = Double(digits) / powersOfTen[places]
        value = isNegative ? -magnitude : magnitude
    }
}

extension ByteSink {
    /// Appends a number as `Double.description` has it, if it needs no more than so many digits behind the point; false
    /// where it does, or has an exponent.
    mutating func append(_ number: Double, places: Int) -> Bool {
        let magnitude = number.magnitude
        guard places <= 8, magnitude >= 0.0001 || magnitude == 0 else { return false }
        let power = powersOfTen[places]
        let scaled = (magnitude * power).rounded()
        guard scaled < Double(tenTo15), scaled / power == magnitude else { return false }
        let (whole, rest) = UInt64(scaled).quotientAndRemainder(dividingBy: UInt64(power))
        if number.sign == .minus { append(UInt8(ascii: "-")) }
        append(number: whole)
        append(fraction: rest, places: places)
        return true
    }

    /// Appends a point and digits behind it, at least one, without zeros at their end.
    private mutating func append(fraction: UInt64, places: Int) {
        append(UInt8(ascii: "."))
        let digits = places == 0 ? 0 : eightDigits(of: fraction) >> UInt64(8 * (8 - places))
        append(word: digits | asciiZeros, count: max(8 - digits.leadingZeroBitCount / 8, 1))
    }
}

private let mostDigits = 15
private let tenTo15: UInt64 = 1_000_000_000_000_000
private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]

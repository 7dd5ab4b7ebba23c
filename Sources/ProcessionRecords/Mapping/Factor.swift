/// What `double` and `scale` multiply by. An integer times an integer is an integer, exact or refused; anything else is
/// a `Double`, and prints as the shortest text that reads back the same.
enum Factor: Equatable, Sendable {
    case integer(Int64)
    /// With its digits behind the point, as far as they are known.
    case decimal(Double, places: Int)

    /// Reads a number by the grammar of JSON; `nil` if it is none or is beyond 64 bits.
    init?(_ text: Span<UInt8>) {
        guard let number = NumberText(text) else { return nil }
        if number.isInteger {
            guard let integer = integerValue(text) else { return nil }
            self = .integer(integer)
        } else {
            guard let decimal = decimalValue(text) else { return nil }
            self = .decimal(decimal, places: ShortDecimal(text)?.places ?? 0)
        }
    }

    /// Appends the product with a text that is a number by the grammar of JSON, as may be known already.
    func appendProduct(
        with text: Span<UInt8>, isNumber: Bool, to output: inout some ByteSink
    ) throws(ValueFailure) {
        if case .integer(let factor) = self, let value = shortInteger(text) {
            return output.append(number: try product(value, factor))
        }
        if appendShortProduct(with: text, to: &output) { return }
        guard let isInteger = isNumber ? isIntegerNumber(text) : NumberText(text)?.isInteger else {
            throw ValueFailure("\(shown(text)) is not a number")
        }
        switch self {
        case .integer(let factor) where isInteger:
            guard let value = integerValue(text) else {
                throw ValueFailure("\(clipped(text)) is beyond a signed integer of 64 bits")
            }
            output.append(number: try product(value, factor))
        case .integer(let factor):
            try appendProduct(of: text, and: Double(factor), to: &output)
        case .decimal(let factor, _):
            try appendProduct(of: text, and: factor, to: &output)
        }
    }

    /// Appends the product with a short decimal, if it is one; false where there is more to it.
    private func appendShortProduct(with text: Span<UInt8>, to output: inout some ByteSink) -> Bool {
        guard let decimal = ShortDecimal(text) else { return false }
        switch self {
        case .integer(let factor):
            // An integer is multiplied as one.
            return decimal.places > 0 && output.append(decimal.value * Double(factor), places: decimal.places)
        case .decimal(let factor, let places):
            return output.append(decimal.value * factor, places: decimal.places + places)
        }
    }

    private func product(_ value: Int64, _ factor: Int64) throws(ValueFailure) -> Int64 {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw ValueFailure("\(value) × \(factor) is beyond a signed integer of 64 bits") }
        return product
    }

    private func appendProduct(
        of text: Span<UInt8>, and factor: Double, to output: inout some ByteSink
    ) throws(ValueFailure) {
        guard let value = decimalValue(text), (value * factor).isFinite else {
            throw ValueFailure("\(clipped(text)) × \(factor) is beyond a number of 64 bits")
        }
        output.append(text: (value * factor).description)
    }
}

/// A text that is a number and nothing else, by the grammar of JSON.
struct NumberText {
    /// Whether it has neither a fraction nor an exponent.
    let isInteger: Bool

    init?(_ text: Span<UInt8>) {
        guard let number = try? scanNumber(text, from: 0), number.end == text.count else { return nil }
        isInteger = number.isInteger
    }
}

/// Reads the longest number that begins at `start`, by the grammar of JSON.
func scanNumber(_ bytes: Span<UInt8>, from start: Int) throws(ScanStop) -> (end: Int, isInteger: Bool) {
    var position = start
    var isInteger = true
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
        position += 1
        if position < bytes.count, isDigit(bytes[position]) {
            throw .wrong(at: position, "a number must not begin with a needless zero")
        }
    } else {
        position = try afterDigits(bytes, from: position)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
        isInteger = false
        position += 1
        position = try afterDigits(bytes, from: position)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
        isInteger = false
        position += 1
        if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            position += 1
        }
        position = try afterDigits(bytes, from: position)
    }
    return (position, isInteger)
}

@inline(__always)
private func afterDigits(_ bytes: Span<UInt8>, from first: Int) throws(ScanStop) -> Int {
    var position = first
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    if position > first { return position }
    throw position == bytes.count ? .needMore : .wrong(at: position, "a digit was expected")
}

/// Whether a number has neither a fraction nor an exponent.
private func isIntegerNumber(_ number: Span<UInt8>) -> Bool {
    for place in number.indices where number[place] == UInt8(ascii: ".") || number[place] | 0x20 == UInt8(ascii: "e") {
        return false
    }
    return true
}

func isNumberStart(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "-") }

func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// The value of a text that is an integer by the grammar of JSON, of so few digits that it overflows nothing; `nil` of
/// any other.
@inline(__always)
private func shortInteger(_ text: Span<UInt8>) -> Int64? {
    guard text.count > 0, text.count <= 18 else { return nil }
    let isNegative = text[0] == UInt8(ascii: "-")
    let first = isNegative ? 1 : 0
    var value: Int64 = 0
    for position in first..<text.count {
        let digit = text[position] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        value = value &* 10 &+ Int64(digit)
    }
    guard text.count > first, text[first] != UInt8(ascii: "0") || text.count == first + 1 else { return nil }
    return isNegative ? -value : value
}

/// The value of an optional minus sign and digits; `nil` beyond 64 bits.
private func integerValue(_ text: Span<UInt8>) -> Int64? {
    let isNegative = text[0] == UInt8(ascii: "-")
    var value: Int64 = 0
    for position in (isNegative ? 1 : 0)..<text.count {
        let digit = Int64(text[position] &- UInt8(ascii: "0"))
        // Counted downward, because the range reaches one further there.
        let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
        let (next, borrow) = tenfold.subtractingReportingOverflow(digit)
        if overflow || borrow { return nil }
        value = next
    }
    if isNegative { return value }
    return value == .min ? nil : -value
}

/// The value of a text that is an integer of 64 bits by the grammar of JSON; `nil` of any other.
func wholeNumber(_ text: Span<UInt8>) -> Int64? {
    if let value = shortInteger(text) { return value }
    return NumberText(text)?.isInteger == true ? integerValue(text) : nil
}

/// The nearest `Double` to a text that is a number by the grammar of JSON; `nil` of any other, and beyond its range.
func anyNumber(_ text: Span<UInt8>) -> Double? { NumberText(text) == nil ? nil : decimalValue(text) }

/// The nearest `Double`; `nil` beyond its range.
private func decimalValue(_ text: Span<UInt8>) -> Double? {
    guard let spelled = try? UTF8Span(validating: text), let value = Double(String(copying: spelled)) else {
        return nil
    }
    return value.isFinite ? value : nil
}

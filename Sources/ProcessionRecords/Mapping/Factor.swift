/// What `double` and `scale` multiply by. An integer times an integer is an integer, exact or refused; anything else is
/// a `Double`, and prints as the shortest text that reads back the same.
enum Factor: Equatable, Sendable {
    case integer(Int64)
    case decimal(Double)

    /// Reads a number by the grammar of JSON; `nil` if it is none or is beyond 64 bits.
    init?(_ text: Span<UInt8>) {
        guard let number = NumberText(text) else { return nil }
        if number.isInteger {
            guard let integer = integerValue(text) else { return nil }
            self = .integer(integer)
        } else {
            guard let decimal = decimalValue(text) else { return nil }
            self = .decimal(decimal)
        }
    }

    /// Appends the product with a number that is spelled by the grammar of JSON.
    func appendProduct(with text: Span<UInt8>, isInteger: Bool, to output: inout some ByteSink) throws(ValueFailure) {
        switch self {
        case .integer(let factor) where isInteger:
            guard let value = integerValue(text) else {
                throw ValueFailure("\(clipped(text)) is beyond a signed integer of 64 bits")
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            guard !overflow else {
                throw ValueFailure("\(value) × \(factor) is beyond a signed integer of 64 bits")
            }
            output.append(number: product)
        case .integer(let factor):
            try appendProduct(of: text, and: Double(factor), to: &output)
        case .decimal(let factor):
            try appendProduct(of: text, and: factor, to: &output)
        }
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

    func digits() throws(ScanStop) {
        let first = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        guard position == first else { return }
        throw position == bytes.count ? .needMore : .wrong(at: position, "a digit was expected")
    }

    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
        position += 1
        if position < bytes.count, isDigit(bytes[position]) {
            throw .wrong(at: position, "a number must not begin with a needless zero")
        }
    } else {
        try digits()
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
        isInteger = false
        position += 1
        try digits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
        isInteger = false
        position += 1
        if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            position += 1
        }
        try digits()
    }
    return (position, isInteger)
}

func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// The value of an optional minus sign and digits; `nil` beyond 64 bits.
private func integerValue(_ text: Span<UInt8>) -> Int64? {
    let isNegative = text[0] == UInt8(ascii: "-")
    var value: Int64 = 0
    if text.count <= 18 {
        // So few digits overflow nothing.
        for position in (isNegative ? 1 : 0)..<text.count {
            value = value &* 10 &+ Int64(text[position] &- UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }
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

/// The nearest `Double`; `nil` beyond its range.
private func decimalValue(_ text: Span<UInt8>) -> Double? {
    guard let spelled = try? UTF8Span(validating: text), let value = Double(String(copying: spelled)) else {
        return nil
    }
    return value.isFinite ? value : nil
}

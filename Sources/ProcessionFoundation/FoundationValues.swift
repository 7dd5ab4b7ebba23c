// Types of Foundation as keys, values and results: each comes back as exactly what it was.
public import FoundationEssentials
public import Procession

/// Eight bytes: the seconds since 2001, as a date has them itself.
extension Date: FieldsValue {
    @inlinable public var slotFields: Double { timeIntervalSinceReferenceDate }
    @inlinable public init(slotFields: Double) { self.init(timeIntervalSinceReferenceDate: slotFields) }
}

/// Sixteen bytes.
extension UUID: FieldsValue {
    public var slotFields: InlineArray<16, UInt8> {
        let b = uuid
        return [b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, b.10, b.11, b.12, b.13, b.14, b.15]
    }
    public init(slotFields: InlineArray<16, UInt8>) {
        let b = slotFields
        self.init(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }
}

/// Its bytes. The indices of what was a slice begin at 0 again.
extension Data: FieldsValue {
    public var slotFields: [UInt8] { Array(self) }
    public init(slotFields: [UInt8]) { self.init(slotFields) }
}

/// Its text, and the one that it is relative to. What is none, as in a damaged slot, is "about:invalid".
extension URL: FieldsValue {
    public var slotFields: Columns<String, String?> { Columns(relativeString, baseURL?.absoluteString) }
    public init(slotFields: Columns<String, String?>) {
        let (text, base) = slotFields.values
        self = URL(string: text, relativeTo: base.flatMap { URL(string: $0) }) ?? URL(string: "about:invalid")!
    }
}

/// Twenty-four bytes: the digits as a number of 128 bits, in halves, the exponent, and 0, 1 for a number that is
/// negative, or 2 for none.
extension Decimal: FieldsValue {
    public var slotFields: Columns<UInt64, UInt64, Int8, UInt8> {
        // A number of at most 128 bits, of which nobody says but by its text what they are.
        guard !isNaN, let digits = UInt128(significand.description) else { return Columns(0, 0, 0, 2) }
        return Columns(
            UInt64(truncatingIfNeeded: digits >> 64), UInt64(truncatingIfNeeded: digits),
            Int8(truncatingIfNeeded: exponent), sign == .minus ? 1 : 0)
    }
    public init(slotFields: Columns<UInt64, UInt64, Int8, UInt8>) {
        let (high, low, exponent, kind) = slotFields.values
        guard kind < 2 else {
            self = .nan
            return
        }
        // The digits of a negative zero would be those of no number.
        guard high > 0 || low > 0 else {
            self = 0
            return
        }
        let digits = Decimal(high) * (Decimal(UInt64.max) + 1) + Decimal(low)
        self.init(sign: kind == 1 ? .minus : .plus, exponent: Int(exponent), significand: digits)
    }
}

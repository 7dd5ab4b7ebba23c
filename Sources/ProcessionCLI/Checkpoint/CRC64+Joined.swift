extension CRC64 {
    /// The sum of these bytes with `count` others behind them, whose sum is `other`.
    ///
    /// Bytes behind others multiply the sum of these by x to the power of eight times their number, modulo the
    /// polynomial; by squaring, that is a few products for any number.
    func joined(with other: CRC64, count: Int) -> CRC64 {
        var (power, square, rest) = (Self.one, Self.timesByte, count)
        while rest > 0 {
            if rest & 1 == 1 { power = Self.product(power, square) }
            square = Self.product(square, square)
            rest >>= 1
        }
        return CRC64(value: Self.product(value, power) ^ other.value)
    }

    // Bits are the other way round: the highest is that of x to the power of 0.
    private static let one: UInt64 = 1 << 63
    private static let timesByte: UInt64 = 1 << 55

    private static func product(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var (product, factor) = (UInt64(0), other)
        for place in 0..<64 {
            if one >> UInt64(63 - place) & 1 == 1 { product ^= factor }
            factor = factor >> 1 ^ (factor & 1 == 1 ? polynomial : 0)
        }
        return product
    }
}

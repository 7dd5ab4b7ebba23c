/// A text of at most `capacity` bytes that lies in its slot, for results that should cost no more than a number.
///
/// `String` is a slot value too, and has no limit; an `InlineText` saves its allocation in the worker and is
/// `BitwiseCopyable`, so that a struct which holds one is stored at once. The capacity is 255 at most.
public struct InlineText<let capacity: Int>: BitwiseCopyable, Sendable, SlotValue {
    @usableFromInline var bytes: InlineArray<capacity, UInt8>
    @usableFromInline var length: UInt8

    /// The empty text.
    ///
    /// - Complexity: O(capacity).
    @inlinable
    public init() {
        require(capacity <= 255, "the capacity of an InlineText is 255 at most; a String has no limit")
        bytes = InlineArray(repeating: 0)
        length = 0
    }

    /// The decimal digits of a number, made without allocating. It traps when the capacity does not hold them.
    ///
    /// - Parameter number: Of any width; a negative one has its sign in front.
    /// - Complexity: O(digits), and O(capacity) to clear the others.
    @inlinable
    public init(_ number: some FixedWidthInteger) {
        self.init()
        let sign = number < 0 ? 1 : 0
        var rest = number.magnitude
        var end = Self.digits(of: rest) + sign
        require(end <= capacity, "the number does not fit into the text's capacity")
        length = UInt8(truncatingIfNeeded: end)
        // From the last digit on, in the narrowest type, because the narrower the cheaper is a division.
        while rest > UInt64.max {
            end -= 1
            bytes[end] = UInt8(48 + rest % 10)
            rest /= 10
        }
        var word = UInt64(truncatingIfNeeded: rest)
        while word > UInt32.max {
            setTwo(UInt32(truncatingIfNeeded: word % 100), before: &end)
            word /= 100
        }
        var short = UInt32(truncatingIfNeeded: word)
        while short >= 10 {
            setTwo(short % 100, before: &end)
            short /= 100
        }
        if end > sign { bytes[end - 1] = UInt8(truncatingIfNeeded: 48 + short) }
        if sign == 1 { bytes[0] = UInt8(ascii: "-") }
    }

    /// Sets the two digits before a place to those of a number below 100.
    @inlinable @inline(__always)
    mutating func setTwo(_ number: UInt32, before end: inout Int) {
        // A division by 10, right for what is below 179.
        let tens = (number &* 103) &>> 10
        bytes[end - 1] = UInt8(truncatingIfNeeded: 48 &+ number &- 10 &* tens)
        bytes[end - 2] = UInt8(truncatingIfNeeded: 48 &+ tens)
        end -= 2
    }

    /// How many decimal digits a number has.
    @inlinable @inline(__always)
    static func digits(of number: some FixedWidthInteger & UnsignedInteger) -> Int {
        var rest = number
        var digits = 1
        while rest > UInt32.max {
            rest /= .init(truncatingIfNeeded: 10_000)
            digits += 4
        }
        let short = UInt64(truncatingIfNeeded: rest)
        var bound: UInt64 = 10
        while short >= bound {
            bound &*= 10
            digits += 1
        }
        return digits
    }

    /// The first bytes of a text that fit, cut between characters' scalars.
    ///
    /// - Parameter text: Of any length.
    /// - Complexity: O(capacity).
    public init(truncating text: some StringProtocol) {
        self.init()
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar)!
            guard Int(length) + encoded.count <= capacity else { return }
            for byte in encoded {
                bytes[Int(length)] = byte
                length += 1
            }
        }
    }

    /// Bytes in use.
    @inlinable public var count: Int { min(Int(length), capacity) }
}

extension InlineText: CustomStringConvertible {
    /// The text as a `String`.
    public var description: String {
        String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self)
    }
}

extension InlineText: Hashable {
    /// Whether two texts have the same bytes.
    public static func == (left: InlineText, right: InlineText) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left.bytes[$0] == right.bytes[$0] }
    }

    /// Feeds the bytes in use into a hasher.
    ///
    /// - Parameter hasher: What hashes them.
    /// - Complexity: O(count).
    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(bytes[index]) }
    }
}

extension InlineText: ExpressibleByStringLiteral {
    /// A literal, which must fit: it traps otherwise.
    ///
    /// - Parameter text: Of at most `capacity` bytes.
    /// - Complexity: O(capacity).
    public init(stringLiteral text: String) {
        require(text.utf8.count <= capacity, "the literal does not fit into the text's capacity")
        self.init(truncating: text)
    }
}

/// A text of at most `capacity` bytes that lies in its slot, for results that should cost no more than a number.
///
/// `String` is a slot value too, and has no limit; an `InlineText` saves its allocation in the worker and is
/// `BitwiseCopyable`, so that a struct which holds one is stored at once.
public struct InlineText<let capacity: Int>: BitwiseCopyable, Sendable, SlotValue {
    @usableFromInline var bytes: InlineArray<capacity, UInt8>
    @usableFromInline var length: UInt8

    /// The empty text.
    @inlinable
    public init() {
        bytes = InlineArray(repeating: 0)
        length = 0
    }

    /// The decimal digits of a number, made without allocating. The capacity must hold them.
    @inlinable
    public init(_ number: some FixedWidthInteger) {
        self.init()
        var rest = number.magnitude
        var digits = 0
        repeat {
            digits += 1
            rest /= 10
        } while rest > 0
        let sign = number < 0 ? 1 : 0
        precondition(digits + sign <= capacity, "the number does not fit into the text's capacity")
        rest = number.magnitude
        for position in stride(from: digits + sign - 1, through: sign, by: -1) {
            bytes[position] = UInt8(48 + rest % 10)
            rest /= 10
        }
        if sign == 1 { bytes[0] = UInt8(ascii: "-") }
        length = UInt8(truncatingIfNeeded: digits + sign)
    }

    /// The first bytes of a text that fit, cut between characters' scalars.
    public init(truncating text: some StringProtocol) {
        self.init()
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar)!
            guard Int(length) + encoded.count <= min(capacity, 255) else { return }
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
    public var description: String {
        String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self)
    }
}

extension InlineText: Hashable {
    public static func == (left: InlineText, right: InlineText) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left.bytes[$0] == right.bytes[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(bytes[index]) }
    }
}

extension InlineText: ExpressibleByStringLiteral {
    /// The literal must fit.
    public init(stringLiteral text: String) {
        precondition(text.utf8.count <= capacity, "the literal does not fit into the text's capacity")
        self.init(truncating: text)
    }
}

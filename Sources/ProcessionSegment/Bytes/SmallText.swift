/// A text of at most fifteen bytes as the two words of its slot: its bytes, zeros behind them, and in the last byte
/// their number.
///
/// Swift keeps such a text in the two words of the `String` itself, in the same order, with flags beside the number. So
/// it passes between slot and `String` as two words, in 40 and 60 instructions. The ways around, by `utf8.span` and by
/// `String(unsafeUninitializedCapacity:)`, take 80 and 150 per text, which is more than all else that a map does with a
/// short key. They remain for other texts, and for all where `isKnown` says that `String` is not as expected.
@usableFromInline
package struct SmallText {
    /// As they lie in the slot.
    @usableFromInline package let slot: (UInt64, UInt64)

    /// The words of a slot, which may be damaged.
    @inlinable @inline(__always)
    package init(slot: (UInt64, UInt64)) { self.slot = slot }

    /// A text that has no object; nil for one that has, however short it is.
    @inlinable @inline(__always)
    package init?(_ text: borrowing String) {
        guard Self.isKnown else { return nil }
        let words = Self.words(of: text)
        // The flags: no object, and of the two kinds with none, ASCII and other UTF-8, either.
        guard words.1 >> 60 == Self.ascii || words.1 >> 60 == Self.otherUTF8 else { return nil }
        slot = (words.0, words.1 & 0x0fff_ffff_ffff_ffff)
    }

    /// The text, if it is ASCII and its slot is as `init(_:)` makes them; anything else is left to others.
    @inlinable @inline(__always)
    package var string: String? {
        guard Self.isKnown else { return nil }
        // The number of bits in each word that belong to bytes of the text, and from that, those that they may set.
        let bits = 8 * (slot.1 >> 56)
        guard bits <= 120 else { return nil }
        let low = bits >= 64 ? 0 : UInt64.max &<< bits
        let high = bits <= 64 ? UInt64.max : UInt64.max &<< (bits &- 64)
        let others = (low | 0x8080_8080_8080_8080, (high | 0x8080_8080_8080_8080) & 0x00ff_ffff_ffff_ffff)
        guard slot.0 & others.0 | slot.1 & others.1 == 0 else { return nil }
        // Sound: both words are private copies, `isKnown` has seen that these flags and nothing behind the bytes are an
        // ASCII string, and the bytes are ASCII, as just checked.
        return unsafe unsafeBitCast((slot.0, slot.1 | Self.ascii << 60), to: String.self)
    }

    /// Flags of a string without an object.
    @usableFromInline static var ascii: UInt64 { @inlinable @inline(__always) get { 0xe } }
    @usableFromInline static var otherUTF8: UInt64 { @inlinable @inline(__always) get { 0xa } }

    /// Whether strings are as we think. The compiler knows: this is no code in what it optimises.
    @usableFromInline
    static var isKnown: Bool {
        @inlinable @inline(__always) get {
            guard MemoryLayout<String>.size == 16 else { return false }
            let (seven, fifteen, accented) = (words(of: "abcdefg"), words(of: "abcdefghijklmno"), words(of: "é"))
            return seven == (0x0067_6665_6463_6261, 0xe700_0000_0000_0000)
                && fifteen == (0x6867_6665_6463_6261, 0xef6f_6e6d_6c6b_6a69)
                && accented == (0xa9c3, 0xa200_0000_0000_0000)
        }
    }

    /// The words of a string, whatever they are.
    @inlinable @inline(__always)
    static func words(of text: borrowing String) -> (UInt64, UInt64) {
        // Sound: any bits are two words, and they own nothing.
        unsafe unsafeBitCast(copy text, to: (UInt64, UInt64).self)
    }
}

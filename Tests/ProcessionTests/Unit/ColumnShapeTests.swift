import Testing

@testable import Procession

/// How columns lie in their slot: all together as in memory where each has a fixed size, else one slot after another.
@Suite struct ColumnShapeTests {
    @Test func columnsOfFixedSizeAreStoredAsTheyLieInMemory() {
        typealias Mixed = Columns<UInt8, Int, UInt16>
        #expect(Mixed._isStoredAsIs && Mixed._slotStride == 24)
        #expect((0..<3).map { Mixed._offset(of: $0) } == [0, 8, 16])
        #expect(Columns<UInt8, UInt8>._isStoredAsIs && Columns<UInt8, UInt8>._slotStride == 2)
    }

    @Test func columnsWithATextHaveASlotEach() {
        typealias Mixed = Columns<Int, String, UInt8>
        #expect(!Mixed._isStoredAsIs)
        let strides = [Int._slotStride, String._slotStride, UInt8._slotStride]
        #expect(Mixed._slotStride == strides.reduce(0, +))
        #expect((0..<3).map { Mixed._offset(of: $0) } == [0, strides[0], strides[0] + strides[1]])
        #expect(!Columns<Columns<Int, String>, Int>._isStoredAsIs)
    }

    @Test func columnsAreEqualWhereEachIs() {
        #expect(Columns(1, "a") == Columns(1, "a"))
        #expect(Columns(1, "a") != Columns(2, "a") && Columns(1, "a") != Columns(1, "b"))
        #expect(Columns(1, "a").description == "(1, a)")
    }
}

/// Texts that lie in their slot.
@Suite struct InlineTextUnitTests {
    @Test func textsAreEqualWhereTheirBytesAre() {
        let text: InlineText<8> = "same"
        for other: InlineText<8> in ["sama", "samesame", "sam", "", "Same"] {
            #expect(text != other && other != text && other == other)
        }
        #expect(Set([text, "same", "sama"]).count == 2)
    }

    /// What lies behind the end of a text does not count.
    @Test func whatACutTextHadIsForgotten() {
        var cut: InlineText<8> = "abcdef"
        cut.length = 2
        #expect(cut == "ab" && cut.hashValue == ("ab" as InlineText<8>).hashValue && cut.description == "ab")
        cut.length = 200
        #expect(cut.count == 8, "a damaged length")
    }

    @Test(arguments: [("abc", "abc"), ("abcd", "abcd"), ("abcde", "abcd"), ("abcé", "abc"), ("aéb", "aéb"), ("", "")])
    func aLongTextIsCutBetweenScalars(text: String, cut: String) {
        #expect(InlineText<4>(truncating: text).description == cut)
    }

    @Test(
        arguments: [
            0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65535, 99_999, 100_000, 4_294_967_295, 4_294_967_296,
            4_294_967_297, 9_999_999_999, 10_000_000_000, .max, -1, -9, -10, -100, .min,
        ])
    func numbersAreWrittenAsDecimals(number: Int) {
        #expect(InlineText<20>(number).description == "\(number)")
        #expect(InlineText<40>(Int128(number) * 1_000_000_007).description == "\(Int128(number) * 1_000_000_007)")
    }
}

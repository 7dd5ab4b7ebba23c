import ProcessionSegment
import TestSupport
import Testing

struct SlotReaderTests {
    /// Offsets at which 8 bytes do not lie in a segment of 64.
    static let outside = [-1, -8, Int.min, 57, 64, 65, Int.max - 7, Int.max]
    /// Bounds of which no byte lies in a segment of 64, or not all.
    static let damaged = [
        (-1, 1), (0, -1), (0, 65), (64, 1), (63, 2), (65, 0), (Int.max, 1), (1, Int.max), (Int.max, Int.max),
        (Int.min, 1),
        (1, Int.min), (Int.min, Int.min),
    ]

    @Test func loadsTheFirstAndTheLastBytes() {
        let bytes = Bytes(64)
        bytes[0] = 1
        bytes[63] = 2
        #expect(bytes.input.load(at: 0, as: UInt64.self) == 1)
        #expect(bytes.input.load(at: 56, as: UInt64.self) == 2 << 56)
    }

    @Test func loadsFromOddOffsets() {
        let bytes = Bytes(64)
        bytes[3] = 7
        #expect(bytes.input.load(at: 3, as: UInt64.self) == 7)
    }

    @Test(arguments: outside) func trapsOnALoadOutside(offset: Int) async {
        await #expect(processExitsWith: .failure) { [offset] in
            _ = Bytes(64).input.load(at: offset, as: UInt64.self)
        }
    }

    @Test func trapsOnALoadLargerThanTheSegment() async {
        await #expect(processExitsWith: .failure) { _ = Bytes(4).input.load(at: 0, as: UInt64.self) }
    }

    @Test func holdsAnswersForAnyNumbers() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let bytes = Bytes(64)
        for _ in 0..<100_000 {
            let offset = numbers.anyMagnitude() * (Bool.random(using: &numbers) ? 1 : -1)
            let count = numbers.anyMagnitude() * (Bool.random(using: &numbers) ? 1 : -1)
            let (end, overflow) = offset.addingReportingOverflow(count)
            let expected = offset >= 0 && count >= 0 && !overflow && end <= 64
            guard bytes.input.holds(offset, count) == expected else {
                Issue.record("holds(\(offset), \(count)) is \(!expected); seed \(seed)")
                return
            }
        }
    }

    @Test func noMoreBytesAreCopiedOutThanWereWritten() {
        var reader = Bytes(64).input.allowing(8)
        let takes = [9, 3, 5, 1, 0].map { reader.take(0, $0) }
        #expect(takes == [false, true, true, false, true])
    }

    @Test(arguments: damaged) func textWithDamagedBoundsIsEmpty(offset: Int, count: Int) {
        #expect(Bytes(64).input.text(at: offset, count: count) == "")
    }

    @Test func textReachesToTheEnd() {
        let bytes = Bytes(64)
        bytes.output().store(bytes: "the end".utf8.span, at: 57)
        #expect(bytes.input.text(at: 57, count: 7) == "the end")
    }

    @Test func textKeepsZeroBytes() {
        #expect(Bytes(64).input.text(at: 0, count: 3) == "\0\0\0")
    }

    @Test(
        arguments: [
            ([0xff], "\u{fffd}"), ([0x61, 0xc3], "a\u{fffd}"), ([0xc3, 0xa9], "é"),
            ([0xed, 0xa0, 0x80, 0x62], "\u{fffd}\u{fffd}\u{fffd}b"),
            ([0xf0, 0x9f, 0x98], "\u{fffd}"),
        ] as [([UInt8], String)])
    func textRepairsWhatIsNotUTF8(stored: [UInt8], expected: String) {
        let bytes = Bytes(64)
        bytes.output().store(bytes: stored.span, at: 5)
        #expect(bytes.input.text(at: 5, count: stored.count) == expected)
    }

    @Test func longTextRepairsWhatIsNotUTF8() {
        let bytes = Bytes(64)
        for index in 0..<64 { bytes[index] = UInt8(ascii: "x") }
        bytes[40] = 0x80
        let expected = String(repeating: "x", count: 40) + "\u{fffd}" + String(repeating: "x", count: 23)
        #expect(bytes.input.text(at: 0, count: 64) == expected)
    }

    @Test(arguments: damaged) func arrayWithDamagedBoundsIsEmpty(offset: Int, count: Int) {
        #expect(Bytes(64).input.array(at: offset, count: count, of: UInt8.self) == [])
    }

    @Test(arguments: [9, 1 << 61, 1 << 60, (1 << 61) + 1, Int.max / 8, -1, -1 << 61, Int.min])
    func arrayWhoseSizeIsNoSizeIsEmpty(count: Int) {
        // 2⁶¹ elements of 8 bytes are 0 bytes, for a product that is not checked.
        #expect(Bytes(64).input.array(at: 0, count: count, of: UInt64.self) == [])
    }

    @Test func arrayFillsTheSegment() {
        let bytes = Bytes(64)
        let values: [UInt64] = [1, 2, 3, 4, 5, 6, 7, .max]
        bytes.output().store(elements: values.span, at: 0)
        #expect(bytes.input.array(at: 0, count: 8, of: UInt64.self) == values)
    }

    @Test func bytesOutsideTrap() async {
        await #expect(processExitsWith: .failure) { Bytes(64).input.withBytes(1..<66) { _ in } }
    }
}

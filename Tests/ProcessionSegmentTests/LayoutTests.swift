import ProcessionSegment
import TestSupport
import Testing

struct LayoutTests {
    static let workers = [1, 3, 7, 64, 0xf000]
    static let places = [1, 3, 255, 256, 0x10_0000]

    @Test(arguments: workers, places) func areasAreDisjointAndInOrder(workers: Int, places: Int) throws {
        for bytes in [1 << 40, (1 << 40) + 1, Int.max] {
            let layout = try #require(
                SegmentLayout(workerCapacity: workers, placeCount: places, inputBytes: bytes, resultBytes: bytes))
            expectSound(layout)
        }
    }

    @Test func areasOfRandomShapesAreDisjointAndInOrder() throws {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<100_000 {
            let shape = (
                Int.random(in: 1...0xf000, using: &numbers), Int.random(in: 1...0x10_0000, using: &numbers),
                numbers.anyMagnitude(), numbers.anyMagnitude()
            )
            let layout = SegmentLayout(
                workerCapacity: shape.0, placeCount: shape.1, inputBytes: shape.2, resultBytes: shape.3)
            // Everything but the data takes less than a gigabyte, so beyond that there is always a layout.
            guard let layout else {
                #expect(min(shape.2, shape.3) < 1 << 30, "\(shape), seed \(seed)")
                continue
            }
            expectSound(layout)
        }
    }

    @Test func theSmallestSegmentHasOneByteOfData() throws {
        let layout = try #require(
            SegmentLayout(workerCapacity: 1, placeCount: 1, inputBytes: 4097, resultBytes: 4097))
        #expect(layout.inputData == 4096..<4097)
        #expect(layout.resultData == 4096..<4097)
    }

    @Test(arguments: [0, -1, Int.min, 0xf001, Int.max]) func refusesThatManyWorkers(workers: Int) {
        #expect(
            SegmentLayout(workerCapacity: workers, placeCount: 1, inputBytes: 1 << 40, resultBytes: 1 << 40) == nil)
    }

    @Test(arguments: [0, -1, Int.min, 0x10_0001, Int.max]) func refusesThatManyPlaces(places: Int) {
        #expect(SegmentLayout(workerCapacity: 1, placeCount: places, inputBytes: 1 << 40, resultBytes: 1 << 40) == nil)
    }

    @Test(arguments: [0, -1, Int.min, 1, 511, 4096]) func refusesAnInputSegmentWithoutData(bytes: Int) {
        #expect(SegmentLayout(workerCapacity: 1, placeCount: 1, inputBytes: bytes, resultBytes: 1 << 40) == nil)
    }

    @Test(arguments: [0, -1, Int.min, 1, 511, 4096]) func refusesAResultSegmentWithoutData(bytes: Int) {
        #expect(SegmentLayout(workerCapacity: 1, placeCount: 1, inputBytes: 1 << 40, resultBytes: bytes) == nil)
    }

    @Test func slotBytesAgreeWithExactArithmetic() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<1_000_000 {
            let count = numbers.anyMagnitude()
            let stride = numbers.anyMagnitude()
            let exact = UInt(count).multipliedFullWidth(by: UInt(stride))
            let fits = exact.high == 0 && exact.low <= UInt(Int.max - SegmentLayout.line)
            let expected = fits ? Int(exact.low) : nil
            let computed = SegmentLayout.slotBytes(count: count, stride: stride)
            if computed != expected {
                Issue.record("\(count) slots of \(stride): \(computed as Int?), not \(expected as Int?); seed \(seed)")
                return
            }
        }
    }

    @Test(arguments: [(-1, 1), (1, -1), (-1, -1), (Int.min, Int.min), (Int.min, -1), (0, -1)])
    func slotBytesRefuseNegativeNumbers(count: Int, stride: Int) {
        #expect(SegmentLayout.slotBytes(count: count, stride: stride) == nil)
    }

    @Test(arguments: [(0, 0), (1, 4096), (4095, 4096), (4096, 4096), (4097, 8192)])
    func roundsUpToTheNextMultiple(value: Int, rounded: Int) {
        #expect(SegmentLayout.roundUp(value, to: 4096) == rounded)
    }

    @Test func roundsUpTheLargestValueAllowed() {
        #expect(SegmentLayout.roundUp(Int.max - 128, to: 128) == Int.max - 127)
    }

    /// Neighbours may touch and not overlap; lines begin at lines, data at pages.
    private func expectSound(_ layout: SegmentLayout) {
        let input = [
            0..<SegmentLayout.headerBytes,
            layout.queueOffset..<layout.queueOffset + layout.queueCount * 4,
            layout.chunksOffset..<layout.chunksOffset + layout.placeCount * 128,
            Range(layout.inputData),
        ]
        let result = [
            0..<128,
            layout.workersOffset..<layout.workersOffset + layout.workerCapacity * 128,
            layout.placesOffset..<layout.placesOffset + layout.placeCount * 128,
            layout.lastWordsOffset..<layout.lastWordsOffset + layout.workerCapacity * SegmentLayout.lastWordsBytes,
            Range(layout.resultData),
        ]
        let areInOrder = [input, result].allSatisfy { areas in
            zip(areas, areas.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }
        }
        let lines = [
            layout.queueOffset, layout.chunksOffset, layout.workersOffset, layout.placesOffset, layout.lastWordsOffset,
        ]
        let pages = [layout.inputDataOffset, layout.resultDataOffset]
        let areAligned = lines.allSatisfy { $0 % 128 == 0 } && pages.allSatisfy { $0 % SegmentLayout.pageBytes == 0 }
        let endsWithItsSegment =
            layout.inputData.upperBound.bytes == layout.inputBytes
            && layout.resultData.upperBound.bytes == layout.resultBytes
        #expect(areInOrder && areAligned && endsWithItsSegment, "\(layout)")
        #expect(layout.queueCount >= 2 * layout.placeCount)
    }
}

import ProcessionSegment
import TestSupport
import Testing

/// Numbers near the ends of what 32 and 63 bits hold.
struct HugeNumberTests {
    @Test func layoutsAgreeWithExactArithmetic() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<100_000 {
            let signs = (0..<4).map { _ in numbers.next() % 16 == 0 ? -1 : 1 }
            let (workers, places) = (numbers.anyMagnitude() * signs[0], numbers.anyMagnitude() * signs[1])
            let (input, result) = (numbers.anyMagnitude() * signs[2], numbers.anyMagnitude() * signs[3])
            let layout = SegmentLayout(
                workerCapacity: workers, placeCount: places, inputBytes: input, resultBytes: result)
            let exact = Self.exactly(Int128(workers), Int128(places), Int128(input), Int128(result))
            let computed = layout.map {
                [
                    $0.queueOffset, $0.chunksOffset, $0.inputDataOffset, $0.workersOffset, $0.placesOffset,
                    $0.lastWordsOffset, $0.resultDataOffset,
                ]
                .map { Int128($0) }
            }
            guard computed == exact else {
                Issue.record(
                    "\((workers, places, input, result)): \(computed as Any), not \(exact as Any); seed \(seed)")
                return
            }
        }
    }

    /// The same offsets by the text of the README, in numbers that nothing overflows.
    private static func exactly(_ workers: Int128, _ places: Int128, _ input: Int128, _ result: Int128) -> [Int128]? {
        guard workers >= 1, workers <= 0xf000, places >= 1, places <= 1 << 20 else { return nil }
        func up(_ value: Int128, _ unit: Int128) -> Int128 { (value + unit - 1) / unit * unit }
        let chunks = up(384 + 2 * places * 4, 128)
        let (inputData, placeLines) = (up(chunks + places * 128, 4096), 128 + workers * 128)
        let lastWords = placeLines + places * 128
        let resultData = up(lastWords + workers * 256, 4096)
        guard inputData < input, resultData < result else { return nil }
        return [384, chunks, inputData, 128, placeLines, lastWords, resultData]
    }

    @Test(arguments: [1 << 32 - 5, 1 << 31 - 5, Int.max - 5]) func recordsAreCountedOnFarUp(first: Int) throws {
        let segments = try Segments(workers: 1, places: 1)
        var chunk = segments.oneItem(first, at: 0)
        chunk.end = 5
        segments.parent.open(place: 0, generation: 1 << 40, sequence: 1 << 40, chunk)
        let worker = try segments.attach(0)
        let claimed = try #require(worker.claimNow())
        #expect(claimed.first == first && claimed.end == 5)
        claimed.publish(5)
        _ = withExtendedLifetime(worker) { claimed.leave(after: .zero) }
        let report = segments.parent.look(at: 0, generation: 1 << 40)
        #expect(report.hasLeft && report.done == 5 && report.claimer == 0)
    }
}

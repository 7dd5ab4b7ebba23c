import CProcessionShims
import ProcessionSegment
import TestSupport
import Testing

/// Offsets of either segment, and how a chunk is told where its bytes lie.
@Suite struct SegmentOffsetTests {
    @Test(arguments: [(0, 0, 0), (4096, 8, 4104), (128, -128, 0), (0, Int.max, Int.max)])
    func anOffsetIsANumberOfBytesFromTheBeginning(_ start: Int, _ count: Int, _ end: Int) {
        let (from, to) = (_InputOffset(bytes: start), _InputOffset(bytes: end))
        #expect(from + count == to && (from + count).bytes == end)
        #expect(from.distance(to: to) == count && (from < to) == (count > 0))
        #expect(MemoryLayout<_InputOffset>.size == MemoryLayout<Int>.size)
    }

    @Test(arguments: [0..<0, 0..<1, 4096..<5000, Int.max..<Int.max])
    func aPartOfASegmentHasTheBytesOfItsNumbers(_ numbers: Range<Int>) {
        let part = Range<_ResultOffset>(numbers)
        #expect(part.lowerBound.bytes == numbers.lowerBound && part.upperBound.bytes == numbers.upperBound)
        #expect(part.count == numbers.count && part.isEmpty == numbers.isEmpty && Range<Int>(part) == numbers)
    }

    @Test func nothingHasNoBytes() {
        #expect(Range<_InputOffset>.nothing().isEmpty && Range<_ResultOffset>.nothing() == 0..<0)
    }

    /// A chunk without keys, and ones with keys wherever a slot can lie.
    @Test(arguments: [nil, 1, 4096, 1 << 40]) func aChunkHasKeysOrNone(_ offset: Int?) throws {
        let segments = try Segments(workers: 1, places: 1)
        let keys = offset.map { _InputOffset(bytes: $0) }
        segments.parent.open(
            place: 0, generation: 1, sequence: 0,
            ChunkDescriptor(
                run: RunTag(number: 1, descriptor: 0), first: 0, items: 0..<1, keyOffset: keys, input: 4096..<4104,
                slotOffset: 8192,
                overflow: .nothing()))
        #expect(unsafe segments.descriptor(0).pointee.key_offset == UInt64(offset ?? 0), "the word of the protocol")
        let worker = try segments.attach(0)
        let chunk = try #require(worker.claimNow())
        #expect(chunk.keyOffset == keys && chunk.valueOffset == 4096 && chunk.slotOffset == 8192)
        #expect(chunk.overflow.isEmpty && chunk.inputRange == 4096..<4104)
        _ = withExtendedLifetime(worker) { chunk.leave(after: .zero) }
    }

    @Test func partsBeyondTheirSegmentsDataAreRefused() async {
        await #expect(processExitsWith: .failure) {
            let segments = try Segments(workers: 1, places: 1)
            let end = segments.layout.inputData.upperBound
            segments.parent.copyInput(end.advanced(by: -8)..<end, to: end.advanced(by: -7))
        }
        await #expect(processExitsWith: .failure) {
            let segments = try Segments(workers: 1, places: 1)
            var bytes: [UInt8] = []
            segments.parent.copyResults(segments.layout.resultData.lowerBound.advanced(by: -1)..<4097, to: &bytes)
        }
        await #expect(processExitsWith: .success) {
            let segments = try Segments(workers: 1, places: 1)
            let end = segments.layout.inputData.upperBound
            segments.parent.copyInput(end.advanced(by: -16)..<end.advanced(by: -8), to: end.advanced(by: -8))
        }
    }
}

import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// What a worker is told, and what it tells.
final class WorkerTests {
    let segments: Segments
    let described: ChunkDescriptor
    /// Kept, because its mappings end with it.
    private var worker: WorkerSegments?

    init() throws {
        segments = try Segments(workers: 1, places: 2)
        let data = segments.layout.resultData.lowerBound
        let text = segments.layout.inputData.lowerBound + 256..<segments.layout.inputData.lowerBound + 263
        described = ChunkDescriptor(
            run: RunTag(number: 5, descriptor: 4096), first: (1 << 62) + 1, items: 2..<9, keyOffset: 77, input: text,
            slotOffset: data,
            overflow: data + 1024..<data + 2048)
    }

    private func claimDescribed() throws -> _ClaimedChunk {
        segments.parent.open(place: 1, generation: 4, sequence: 0, described)
        let worker = try segments.attach(0)
        self.worker = worker
        return try #require(worker.claim())
    }

    @Test func aWorkerIsToldWhatTheParentDescribed() throws {
        let chunk = try claimDescribed()
        #expect(chunk.first == described.first)
        #expect(chunk.begin == 2 && chunk.end == 9)
        #expect(chunk.keyOffset == 77)
        #expect(chunk.valueOffset == described.input.lowerBound)
        #expect(chunk.slotOffset == described.slotOffset)
        #expect(chunk.output.free == Range(described.overflow))
        #expect(chunk.run == described.run)
    }

    @Test func aWorkerReadsTheChunksTextAndNoMore() throws {
        let parent = segments.parent
        parent.inputWriter.store(bytes: "chunk 1, chunk 2".utf8.span, at: described.input.lowerBound.bytes)
        let chunk = try claimDescribed()
        var text: [UInt8] = []
        chunk.withText { bytes in for index in bytes.indices { text.append(bytes[index]) } }
        #expect(text == Array("chunk 1".utf8))
    }

    @Test func aWorkerIsToldOfTheRun() throws {
        let run = RunDescriptor(function: 5000..<5010, state: 6000..<6008, context: 7000..<7700)
        let offset = segments.layout.inputData.lowerBound + 512
        run.store(at: offset, by: segments.parent.inputWriter)
        #expect(try segments.attach(0).descriptor(of: RunTag(number: 9, descriptor: offset)) == run)
    }

    @Test func nothingIsPublishedBeforeTheFirstItem() throws {
        _ = try claimDescribed()
        #expect(segments.parent.look(at: 1, generation: 4).done == 2)
    }

    @Test func thePublishedCountIsSeen() throws {
        let chunk = try claimDescribed()
        chunk.publish(3)
        #expect(segments.parent.look(at: 1, generation: 4).done == 3)
        #expect(!segments.parent.hasLeft(place: 1, generation: 4))
    }

    @Test func leavingTellsTimeAndOverflow() throws {
        var chunk = try claimDescribed()
        #expect(chunk.output.reserve(17) == described.overflow.lowerBound.bytes)
        _ = chunk.leave(after: .nanoseconds(123))
        let report = segments.parent.look(at: 1, generation: 4)
        #expect(report.hasLeft)
        #expect(report.nanoseconds == 123)
        #expect(report.overflowUsed == 24)
    }

    @Test func givingBackTellsHowMuchWasWanted() throws {
        var chunk = try claimDescribed()
        _ = chunk.output.reserve(1000)
        _ = chunk.output.reserve(100)
        chunk.giveBack()
        #expect(segments.parent.look(at: 1, generation: 4).wanted == 1000 + 104)
    }

    @Test func givingBackAlwaysWantsSomething() throws {
        let chunk = try claimDescribed()
        chunk.giveBack()
        #expect(segments.parent.look(at: 1, generation: 4).wanted == 1)
    }

    @Test func aReasonWithoutRoomMakesTheChunkFull() throws {
        var chunk = try claimDescribed()
        _ = chunk.output.reserve(1016)
        chunk.fail(2, "no room for this")
        #expect(chunk.output.isFull)
        #expect(segments.parent.look(at: 1, generation: 4).failure == 0)
    }

    @Test func theContextIsReadInPlace() throws {
        let start = segments.layout.inputData.lowerBound
        segments.parent.inputWriter.store(bytes: "context".utf8.span, at: start.bytes)
        var chunk = try claimDescribed()
        chunk.context = start..<start + 7
        #expect(chunk.withContext { $0.count == 7 && $0[0] == UInt8(ascii: "c") && $0[6] == UInt8(ascii: "t") })
    }

    @Test func theInputSegmentCannotBeMappedWritableAgain() {
        #expect(throws: SystemError.self) {
            _ = try Mapping(segments.parent.descriptors[0], bytes: segments.layout.inputBytes, writable: true)
        }
    }

    @Test func resultsAreCopied() throws {
        let start = segments.layout.resultData.lowerBound
        let chunk = try claimDescribed()
        chunk.output.store(bytes: "abc".utf8.span, at: (start + 4096).bytes)
        var copy: [UInt8] = []
        segments.parent.copyResults(start + 4096..<start + 4099, to: &copy)
        #expect(copy == Array("abc".utf8))
    }
}

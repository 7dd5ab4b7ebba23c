import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// How much of a stream may be in memory, and what is expected of records that nobody has seen.
@Suite struct StreamWindowTests {
    private let memory: SharedMemory

    init() throws { memory = try SharedMemory(workers: 1) }

    private func window<Function: WorkerFunction>(
        _ function: Function.Type = Triple.self, bytes: Int, workers: Int = 1
    ) -> StreamWindow {
        StreamWindow(StreamShape(function, hasKeys: false), bytes: bytes, workers: workers, memory: memory)
    }

    @Test func aWindowIsFullFromItsLastByteOn() {
        let window = window(bytes: 1024)
        let less = memory.allocateResult(896, meter: window.meter)
        #expect(!window.isFull)
        let last = memory.allocateResult(128, meter: window.meter)
        #expect(window.isFull && window.meter.bytes == 1024)
        withExtendedLifetime((less, last)) {}
    }

    @Test(arguments: [(1 << 20, 131_072), (32768, 4096), (32776, 4097), (1, 4096)])
    func aChunkGetsNoMoreThanAnEighthForItsResults(bytes: Int, limit: Int) {
        #expect(window(bytes: bytes).overflowLimit == limit)
    }

    /// Records of 16 bytes and 1,024 for the chunk: for a limit, what is held and what is promised, how many may come.
    @Test(
        arguments: [
            (5, 0, 0, 5), (1 << 20, 0, 0, 1984), (1, 262_144 - 1040, 0, 1), (1, 0, 262_144 - 1040, 1),
            (1, 0, 262_144 - 1039, nil), (2, 0, 262_144 - 1041, nil), (1984, 0, 229_376, 1984), (1984, 0, 229_377, nil),
        ] as [(Int, Int, Int, Int?)])
    func recordsComeWhileThereIsRoomForThemAndTheirResults(limit: Int, held: Int, promised: Int, count: Int?) {
        let window = window(bytes: 262_144)
        let piece = held == 0 ? nil : memory.allocateResult(held / 128 * 128, meter: window.meter)
        #expect(window.allowance(limit: limit, promised: promised) == count)
        withExtendedLifetime(piece) {}
    }

    @Test func oneRecordComesHoweverSmallTheWindowWhereNothingIsInFlight() {
        let window = window(bytes: 1)
        #expect(window.allowance(limit: 100) == 1 && window.allowance(limit: 100, promised: 1) == nil)
    }

    @Test func aLargeWindowIsAskedForAndASmallOneIsNot() throws {
        try window(bytes: StreamWindow.smallWindow).check()
        #expect(throws: PoolError.self) { try window(bytes: 1 << 50).check() }
    }

    /// Texts of 32 bytes are expected, then what was seen: at once when it is more, and slowly when it is less.
    @Test func whatResultsTakeIsLearntUpAtOnceAndDownSlowly() throws {
        var window = window(Repeated.self, bytes: 1 << 20)
        #expect(window.overflowEstimate(records: 100) == 4000 && window.overflowEstimate(records: 0) == 1)
        func learn(_ bytes: Int) {
            let chunk = Chunk(first: 0, items: 0..<10, keyOffset: nil, input: 0..<0, slotOffset: 0, storage: [])
            chunk.overflow = memory.allocateResult(bytes)
            chunk.finish(0..<10, ItemFailures())
            _ = window.results(of: chunk)
        }
        learn(6400)
        #expect(window.overflowEstimate(records: 100) == 80_000)
        learn(1280)
        #expect((73_599...73_600).contains(window.overflowEstimate(records: 100)), "rounded down")
        #expect(window.overflowEstimate(records: 10_000) == 131_072, "a share at most")
    }

    @Test func resultsOfFixedSizeTakeNothingBesideTheirSlots() {
        #expect(window(bytes: 1 << 20).overflowEstimate(records: 1000) == 1)
        #expect(window(bytes: 1 << 20).promise(records: 10) == 1104)
    }

    /// The oldest chunk may grow where nothing is ready whose memory comes back when it is taken.
    @Test func whatMayGrowInAWindowThatIsFull() throws {
        var source = StreamSource(window(bytes: 1024), workers: 1) { _ in false }
        #expect(source.mayGrow(isHead: false))
        let piece = memory.allocateResult(1024, meter: source.meter)
        #expect(!source.mayGrow(isHead: false) && source.mayGrow(isHead: true))
        try source.drain(Chunk(first: 0, items: 0..<0, keyOffset: nil, input: 0..<0, slotOffset: 0, storage: []))
        #expect(!source.mayGrow(isHead: true))
        withExtendedLifetime(piece) {}
    }

    @Test func recordsThatCameSlowlyGoOutAndAreAskedForNoMoreInThisStep() throws {
        var source = StreamSource(window(bytes: 1 << 20), workers: 1) { (input) throws(PoolError) in
            try input.append(1)
            let start = Instant.now
            while Instant.now - start <= ChunkInput.patience {}
            return input.isComplete()
        }
        guard case .notNow(nil) = try source.next(limit: 100) else { Issue.record("nothing was read"); return }
        #expect(source.mayRead)
        try source.read()
        #expect(source.isLate && !source.mayRead)
        guard case .chunk = try source.next(limit: 100) else { Issue.record("no chunk"); return }
        guard case .notNow(nil) = try source.next(limit: 100) else { Issue.record("another answer"); return }
        #expect(source.isLate && source.mayRead)
    }

    /// Texts of 32 bytes are expected, and others come.
    @Test func whatTextsTakeIsLearnt() throws {
        var window = window(TextLength.self, bytes: 1 << 20)
        let before = try #require(window.allowance(limit: .max))
        var input = try #require(try window.room(limit: 10))
        for _ in 0..<10 { try input.append(String(repeating: "x", count: 1000)) }
        let chunk = try window.chunk(input)
        let after = try #require(window.allowance(limit: .max))
        #expect(after < before / 10 && after > 1)
        withExtendedLifetime(chunk) {}
    }

    @Test func theRecordsOfAChunkFollowThoseOfTheLastOne() throws {
        var window = window(bytes: 1 << 20)
        for (first, count) in [(0, 3), (3, 2), (5, 1)] {
            var input = try #require(try window.room(limit: 10))
            for number in 0..<count { try input.append(number) }
            let chunk = try window.chunk(input)
            #expect(chunk.first == first && chunk.items == 0..<count && window.records == first + count)
            #expect(chunk.keyOffset == nil, "positions are the keys")
        }
    }
}

/// Results of a chunk, in the pieces in which they are taken.
@Suite struct ReadyChunkTests {
    @Test(
        arguments: [
            ([], ["2..<10"]), ([102], ["102", "3..<10"]), ([109], ["2..<9", "109"]),
            ([104, 105, 107], ["2..<4", "104", "105", "6..<7", "107", "8..<10"]),
        ] as [([Int], [String])])
    func failuresStandBetweenTheResults(failed: [Int], pieces: [String]) {
        let failures = failed.map { RecordFailure(index: $0, key: "", cause: .threw("bad"), attempts: 1) }
        var ready = ReadyChunk(
            first: 100, items: 2..<10, slotOffset: 64, failures: failures, extents: [], overflow: nil)
        var seen: [String] = []
        while let piece = ready.next() {
            switch piece {
            case .results(let items, let slotOffset, let overflowBytes):
                #expect(slotOffset == 64 && overflowBytes == 0)
                seen.append("\(items)")
            case .failure(let failure): seen.append("\(failure.index)")
            }
        }
        #expect(seen == pieces)
    }
}

/// Word that a run should stop.
@Suite struct PoolBoardTests {
    @Test func aCancellationConcernsWhatHasBegunAndTheEndOfThePoolAll() {
        let board = PoolBoard()
        let first = board.moment
        #expect(board.interruption(since: first) == nil)
        board.cancel()
        let second = board.moment
        #expect(board.interruption(since: first)?.code == .cancelled && board.interruption(since: second) == nil)
        board.cancel()
        #expect(board.interruption(since: first)?.code == .cancelled)
        #expect(board.interruption(since: second)?.code == .cancelled)
        let third = board.moment
        board.shutDown()
        #expect([first, second, third].allSatisfy { board.interruption(since: $0)?.code == .shutDown })
    }
}

struct Repeated: ValueFunction {
    func callAsFunction(_ value: Int) -> String { String(repeating: "x", count: value) }
}

import ProcessionSegment
import ProcessionSystem
import Testing

@testable import Procession

/// How far the reader of an asynchronous stream may be ahead.
@Suite struct HandOverRoomTests {
    private let bench: HandOverBench

    init() throws { bench = try HandOverBench() }

    /// Appends records until there is no room, each a chunk; returns how many.
    private func fill(_ handOver: inout HandOver) throws -> Int {
        for count in 0..<100 {
            switch try handOver.append({ (input) throws(PoolError) in try input.append(count) }) {
            case .completed: continue
            case .noRoom: return count
            case .appended, .over: Issue.record("another answer"); return count
            }
        }
        return 100
    }

    /// Each chunk takes 256 bytes, in two pieces, and is going to take 1,032 for its results; the next one would take
    /// as much and 8.
    @Test(arguments: [(3000, 2), (5000, 4), (1 << 20, 8)])
    func theReaderIsNoFurtherAheadThanResultsHaveRoom(window: Int, chunks: Int) throws {
        var handOver = bench.handOver(window: window)
        #expect(try fill(&handOver) == chunks)
        #expect(!handOver.hasRoom)
        // What the engine has taken is not promised any more, but there.
        for _ in 0..<chunks {
            guard case .chunk(let chunk, _) = try handOver.supply(limit: 1) else { Issue.record("no chunk"); return }
            handOver.deliver(chunk)
        }
        for _ in 0..<chunks { _ = handOver.take() }
        _ = handOver.take()
        #expect(try fill(&handOver) == chunks)
    }

    @Test func aMapDoesNotBeginWhenThePoolWasCancelledSinceItWasCalled() throws {
        let pool = try WorkerPool(workers: 1)
        let call = try pool.call()
        pool.cancel()
        let error = #expect(throws: PoolError.self) {
            let engine = try pool.core.borrow(for: .map, call)
            defer { pool.core.giveBack(.map) }
            var source = ListedChunks([])
            source.last = .end
            try engine.run(&source, FunctionImage(Triple(), in: call.memory), call.request)
        }
        #expect(error?.code == .cancelled)
    }

    @Test func aStreamHasOneEngine() async {
        await #expect(processExitsWith: .failure) {
            var handOver = try HandOverBench().handOver(window: 1)
            guard handOver.takeCall() != nil else { return }
            _ = handOver.takeCall()
        }
    }
}

/// The records of one chunk, while they are read.
@Suite struct ChunkInputTests {
    private let memory: SharedMemory

    init() throws { memory = try SharedMemory(workers: 1) }

    private func window<Function: WorkerFunction>(_ function: Function.Type, bytes: Int = 1 << 20) -> StreamWindow {
        StreamWindow(StreamShape(function, hasKeys: false), bytes: bytes, workers: 1, memory: memory)
    }

    @Test func aChunkIsCompleteWhenItHasItsRecords() throws {
        var input = try #require(try window(Triple.self).room(limit: 3))
        for number in 0..<3 {
            #expect(input.isComplete() == false)
            try input.append(number)
        }
        #expect(input.isComplete() == true)
        let taken = input.finish()
        #expect(taken.count == 3 && taken.textBytes == 0)
        #expect(memory.segments.inputReader.load(at: taken.values + 16, as: Int.self) == 2)
    }

    @Test func aChunkWhoseRecordsComeSlowlyGoesOutAsItIs() throws {
        var input = try #require(try window(Triple.self).room(limit: 100))
        try input.append(1)
        wait(ChunkInput.patience)
        #expect(input.isComplete() == true && input.isLate)
        var fresh = try #require(try window(Triple.self).room(limit: 100))
        wait(ChunkInput.patience)
        #expect(fresh.isComplete() == false, "there is none to go out")
    }

    @Test func textsGoIntoFurtherPiecesAndAllAreCounted() throws {
        var input = try #require(try window(TextLength.self).room(limit: 10))
        let texts = (0..<5).map { String(repeating: "x", count: 400 << $0) }
        for text in texts { try input.append(text) }
        let taken = input.finish()
        #expect(taken.count == 5 && taken.textBytes >= texts.map(\.utf8.count).reduce(0, +))
        #expect(taken.textBytes < 2 * texts.map(\.utf8.count).reduce(0, +))
        var reader = memory.segments.inputReader.slots
        for (index, text) in texts.enumerated() {
            #expect(String._load(at: (taken.values + index * String._slotStride).bytes, from: &reader) == text)
        }
    }

    /// A share is 128 KiB, of which text is taken in sixteenths.
    @Test func textsTakeTheirMemoryAndNoMore() throws {
        let window = window(TextLength.self)
        var input = try #require(try window.room(limit: 10))
        for _ in 0..<10 { try input.append(String(repeating: "x", count: 1000)) }
        let taken = input.finish()
        #expect(taken.textBytes >= 10_000 && (taken.textBytes...13_000).contains(window.meter.bytes))
    }

    @Test func aChunkIsCompleteWhenItHasEnoughText() throws {
        var input = try #require(try window(TextLength.self, bytes: 64 << 10).room(limit: 20))
        let limit = input.textLimit
        try input.append(String(repeating: "x", count: limit))
        try input.append("a text that is too long for its slot")
        #expect(input.isComplete() == true)
    }

    private func wait(_ time: Duration) {
        let start = Instant.now
        while Instant.now - start <= time {}
    }
}

struct TextLength: ValueFunction { func callAsFunction(_ value: String) -> Int { value.utf8.count } }

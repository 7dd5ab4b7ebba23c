import Glibc
import Procession
import ProcessionSystem
import Testing

/// 4 KiB, so that few records take much memory.
struct Block: BitwiseCopyable {
    var words: InlineArray<512, Int>
    init(_ number: Int) { words = InlineArray(repeating: number) }
}

extension Block: SlotValue {}

struct TripleBlock: ValueFunction {
    func callAsFunction(_ value: Block) -> Block {
        var result = value
        result.words[511] *= 3
        return result
    }
}

/// Small input, large results.
struct MakeBlock: ValueFunction {
    func callAsFunction(_ value: Int) -> Block { Block(value) }
}

/// What maps have taken comes back. Each test is a process of its own, whose memory is looked at.
@Suite(.serialized) struct IdleMemoryTests {
    /// Records whose inputs, like their results, take 160 MiB, and that many bytes.
    private static let many = 40 << 10
    private static let bytes = many * 4096

    private static func blocks(_ count: Int = many) -> some Collection<Block> & Sendable {
        (0..<count).lazy.map { Block($0) }
    }

    private static func isRight(_ results: MappedArray<Block>) -> Bool {
        results.indices.allSatisfy { results[$0].words[0] == $0 && results[$0].words[511] == $0 * 3 }
    }

    @Test func trimmingGivesBackWhatAMapHasTaken() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            _ = try pool.map(0..<1000, Triple())
            let before = try MemoryUse()
            #expect(Self.isRight(try pool.map(Self.blocks(), TripleBlock())))
            #expect(try MemoryUse().growth(since: before) > .mebibytes(300), "the map has taken what it should")
            pool.trim()
            #expect(try MemoryUse().growth(since: before) < .mebibytes(16))
            #expect(pool.workerCount == 2)
            #expect(Array(try pool.map(0..<1000, Triple())) == (0..<1000).map { $0 * 3 })
        }
    }

    @Test func shuttingDownGivesEverythingBackButResults() async {
        await #expect(processExitsWith: .success) {
            let before = try MemoryUse()
            let pool = try WorkerPool(workers: 2)
            var results: MappedArray<Block>? = try pool.map(Self.blocks(), TripleBlock())
            pool.shutDown()
            // The results themselves are there, mapped and in their file.
            #expect(try MemoryUse().shared < Self.bytes + .mebibytes(16))
            #expect(pool.sharedBytesInUse == Self.bytes)
            #expect(Self.isRight(results!))
            results = nil
            #expect(try MemoryUse().growth(since: before) < .mebibytes(16))
            #expect(try ResourceCensus.sharedMappings() == 0)
            #expect(try !ResourceCensus.openDescriptors().values.contains { $0.contains("memfd:") })
            #expect(pool.sharedBytesInUse == 0)
        }
    }

    @Test func resultsAndLaidOutValuesOutliveATrim() throws {
        let pool = try WorkerPool(workers: 2)
        let results = try pool.map(0..<2000, Repeat())
        let values = try pool.layOut(count: 100_000) { $0 * 7 }
        for _ in 0..<3 {
            pool.trim()
            #expect(results[1999].values.1.count == 1999)
            #expect(results[1234].values.1.count == 1234)
            #expect(values[99_999] == 99_999 * 7)
            #expect(try pool.map(values, Triple())[99_999] == 99_999 * 21)
        }
    }

    @Test func whatAnArrayKeepsFromBeingGivenBackComesBackAfterTheNextMap() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let before = try MemoryUse()
            var values: ArenaArray<Block>? = try pool.layOut(Self.blocks())
            pool.trim()
            #expect(try MemoryUse().shared - before.shared > .mebibytes(150))
            #expect(values![Self.many - 1].words[511] == Self.many - 1)
            values = nil
            _ = try pool.map(0..<10, Triple())
            #expect(try MemoryUse().growth(since: before) < .mebibytes(16))
        }
    }

    @Test func whatAnAsynchronousStreamKeepsFromBeingGivenBackComesBackAtItsEnd() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            _ = try await pool.map(0..<10, MakeBlock())
            let before = try MemoryUse()
            var results = pool.stream(Trickle(count: 20_000), MakeBlock(), window: 64 << 20).makeAsyncIterator()
            for _ in 0..<10_000 { _ = try await results.next() }
            pool.trim()
            while try await results.next() != nil {}
            let deadline = Instant.now + .seconds(5)
            while try MemoryUse().growth(since: before) >= .mebibytes(16), Instant.now < deadline {
                usleep(20_000)
            }
            #expect(try MemoryUse().growth(since: before) < .mebibytes(16))
        }
    }

    @Test func mapsBehindATrimFindTheirPagesWarmAgain() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            _ = try pool.map(Self.blocks(), TripleBlock())
            pool.trim()
            let trimmed = try MemoryUse()
            for _ in 0..<2 { _ = try pool.map(Self.blocks(), TripleBlock()) }
            #expect(try MemoryUse().shared - trimmed.shared >= 2 * Self.bytes)
        }
    }

    @Test func mapsOfOneSizeFindTheirPagesWarm() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let workers = pool.workerProcessIDs
            for _ in 0..<2 { _ = try pool.map(Self.blocks(), TripleBlock()) }
            let warm = try MemoryUse().shared
            for _ in 0..<10 {
                _ = try pool.map(Self.blocks(), TripleBlock())
                #expect(try MemoryUse().shared == warm)
            }
            #expect(pool.workerProcessIDs == workers)
        }
    }

    @Test func whatTheLastMapsHaveNotUsedIsGivenBackUnasked() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let workers = pool.workerProcessIDs
            let before = try MemoryUse()
            _ = try pool.map(Self.blocks(3 * Self.many), TripleBlock())
            _ = try pool.map(0..<1000, Triple())
            #expect(try MemoryUse().shared - before.shared > .mebibytes(900), "the next map would find it warm")
            for _ in 0..<16 { _ = try pool.map(0..<1000, Triple()) }
            #expect(try MemoryUse().shared - before.shared <= .mebibytes(64 + 16))
            #expect(pool.workerProcessIDs != workers, "the input was exchanged")
        }
    }

    @Test func resultsThatAreLetGoLateAreGivenBackToo() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let workers = pool.workerProcessIDs
            let before = try MemoryUse()
            var results: MappedArray<Block>? = try pool.map(Array(0..<Self.many), MakeBlock())
            for _ in 0..<16 { _ = try pool.map(0..<1000, Triple()) }
            #expect(results![Self.many - 1].words[511] == Self.many - 1)
            results = nil
            for _ in 0..<16 { _ = try pool.map(0..<1000, Triple()) }
            #expect(try MemoryUse().shared - before.shared < .mebibytes(64 + 16))
            pool.trim()
            #expect(try MemoryUse().shared - before.shared < .mebibytes(4))
            #expect(pool.workerProcessIDs == workers, "results are given back without new workers")
        }
    }
}

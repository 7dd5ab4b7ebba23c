import ProcessionSegment
import Testing

@testable import Procession

/// How far a run is, said from the books and from the places.
@Suite struct RunProgressTests {
    @Test func whatIsFinishedIsCountedWhereverItStands() throws {
        let bench = try SupervisorBench()
        let list = ChunkList()
        let watch = RunWatch(list, bench.supervisor.segments)
        let first = bench.chunk(90, inputBytes: 5000)
        list.append(first)
        first.lose(0..<10, ItemFailures(0..<10, .exited(1), attempts: 1, naming: 0))
        list.drainHead()
        var expected = RunProgress()
        (expected.records, expected.failed, expected.finished, expected.finishedBytes) = (10, 10, 10, 5000)
        expected.handedOut = 10
        #expect(watch.progress == expected, "nothing is out")

        let chunks = [100, 110, 120, 130].map { bench.chunk($0, inputBytes: 1000) }
        chunks.forEach(list.append)
        chunks[0].finish(0..<10, ItemFailures())
        chunks[1].state = .waiting
        chunks[2].lose(0..<10, ItemFailures())
        chunks[3].state = .parked
        (expected.finished, expected.finishedBytes, expected.handedOut) = (30, 7000, 50)
        (expected.head, expected.behind) = (110, 10)
        #expect(watch.progress == expected)
    }

    /// The pool has done more than this run.
    @Test func aRunsProgressIsItsOwn() throws {
        let bench = try SupervisorBench()
        bench.supervisor.board.count { ($0.records, $0.failed) = (100, 3) }
        var source = ListedChunks([bench.chunk(0, inputBytes: 1000)])
        for _ in 0..<2 {
            try bench.step(&source)
            bench.work()
        }
        var expected = RunProgress()
        (expected.records, expected.finished, expected.finishedBytes, expected.handedOut) = (10, 10, 1000, 10)
        #expect(RunWatch(bench.run.chunks, bench.supervisor.segments).progress == expected)
    }

    /// A place may say anything.
    @Test(arguments: [(0, 0), (4, 4), (10, 10), (11, 10), (Int.max, 10)])
    func ofWhatIsOutAsMuchIsFinishedAsItsPlaceSays(done: Int, finished: Int) throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(50, inputBytes: 1000)])
        try bench.step(&source)
        try #require(bench.worker.claimNow()).publish(done)
        let progress = RunWatch(bench.run.chunks, bench.supervisor.segments).progress
        #expect(progress.finished == finished && progress.finishedBytes == finished * 100 && progress.behind == 0)
        #expect(progress.head == (finished == 10 ? nil : 50 + finished))
    }

    /// The part of a split chunk has the items behind the first ones.
    @Test func theBytesOfAPartAreItsPartOfTheChunks() throws {
        let bench = try SupervisorBench()
        let whole = bench.chunk(0, inputBytes: 1000)
        let list = ChunkList()
        whole.finish(0..<4, ItemFailures())
        list.append(whole)
        let part = whole.part(4..<10)
        part.state = .finished
        list.append(part)
        let progress = RunWatch(list, bench.supervisor.segments).progress
        #expect(progress.finished == 10 && progress.head == nil)
    }
}

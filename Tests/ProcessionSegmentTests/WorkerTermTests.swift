import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// When a worker leaves that may map so many records and no more.
@Suite struct WorkerTermTests {
    /// A worker that claims chunks of any length that is allowed, until its term is over.
    @Test(arguments: [1, 2, 7, 8, 9, 100, 12345], [nil, 1, 3, 64, 1_000_000])
    func aWorkerMapsAtMostItsTermAndNotMuchLess(records: Int, chunkSize: Int?) {
        let seed = RandomSeed.random64()
        var random = SplitMix(seed: seed)
        let term = WorkerTerm(records: records, chunkSize: chunkSize)
        #expect((1...records).contains(term.longestChunk))
        for lengths in [1...1, term.longestChunk...term.longestChunk, 1...term.longestChunk] {
            var claimed = 0
            while !term.isOver(after: claimed) { claimed += Int.random(in: lengths, using: &random) }
            #expect(claimed <= records && claimed > records - term.longestChunk, "seed \(seed)")
        }
        if chunkSize == nil { #expect(term.longestChunk <= max(1, records / 8)) }
    }

    @Test(arguments: [nil, WorkerTerm(records: 1), WorkerTerm(records: 1000, chunkSize: 10)])
    func aSegmentTellsItsWorkersWhenToLeave(term: WorkerTerm?) throws {
        #expect(try Segments(workers: 1, places: 2, term: term).attach(0).term == term)
    }
}

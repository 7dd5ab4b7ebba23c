import Testing

@testable import Procession

/// What a map expects of the results that are still to come.
@Suite struct ArenaResultsTests {
    private func chunk() -> Chunk {
        Chunk(first: 0, items: 0..<2, keyOffset: 0, input: 0..<0, slotOffset: 0, storage: [])
    }

    private func results(isFixed: Bool) -> ArenaResults {
        ArenaResults(isFixed: isFixed, stopsAtFailure: false) { "\($0)" }
    }

    @Test func resultsOfFixedSizeTakeNoRoomBesideTheirSlotsBeforeARecordHasFailed() throws {
        var results = results(isFixed: true)
        try results.take(chunk())
        #expect(results.overflowEstimate(records: 100) == 0)
        let failed = chunk()
        failed.lose(0..<2, ItemFailures(0..<2, .threw("bad"), attempts: 1, naming: .max))
        try results.take(failed)
        #expect(results.failures.count == 2 && results.overflowEstimate(records: 100) > 0)
    }

    @Test func otherResultsTakeSomeFromTheBeginning() {
        #expect(results(isFixed: false).overflowEstimate(records: 100) >= 100)
    }
}

import TestSupport
import Testing

@testable import Procession

/// What a map expects of the results that are still to come.
@Suite struct ArenaResultsTests {
    private func chunk() -> Chunk {
        Chunk(first: 0, items: 0..<2, keyOffset: nil, input: 0..<0, slotOffset: 0, storage: [])
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

    @Test func aQuarterMoreIsExpectedThanWasTakenSoFar() throws {
        let memory = try SharedMemory(workers: 1)
        var results = results(isFixed: false)
        for bytes in [1024, 3072] {
            let chunk = chunk()
            chunk.overflow = memory.allocateResult(bytes)
            try results.take(chunk)
        }
        #expect(results.overflow.count == 2)
        // 4,096 bytes for four records.
        #expect(results.overflowEstimate(records: 4) == 4 * 1025 + 1025)
        try results.take(chunk())
        #expect(results.overflow.count == 2, "without any there is nothing to keep")
    }

    @Test func theFirstFailureEndsAMapThatStopsThereAndNoOther() throws {
        let failed = chunk()
        failed.lose(0..<2, ItemFailures(0..<2, .threw("bad"), attempts: 1, naming: .max))
        var stopping = ArenaResults(isFixed: true, stopsAtFailure: true) { "key \($0)" }
        let error = #expect(throws: RecordFailure.self) { try stopping.take(failed) }
        #expect(error?.index == 0 && error?.key == "key 0")
        var collecting = ArenaResults(isFixed: true, stopsAtFailure: false) { "key \($0)" }
        try collecting.take(failed)
        #expect(collecting.failures.map(\.key) == ["key 0", "key 1"])
    }
}

import CProcessionShims
import Testing

@testable import ProcessionSegment

/// Failures as they lie in memory: what a worker writes is read as it was meant, and nothing else is believed.
@Suite struct FailureEntryTests {
    private let segments: ParentSegments
    private let overflow: Range<_ResultOffset>

    init() throws {
        let layout = SegmentLayout(workerCapacity: 1, placeCount: 1, inputBytes: 1 << 20, resultBytes: 1 << 20)
        segments = try ParentSegments(layout: #require(layout))
        overflow = segments.layout.resultData.lowerBound + 64..<segments.layout.resultData.lowerBound + 1064
    }

    private func written(_ failures: [(item: Int, reason: String)]) -> UInt64? {
        var output = segments.result.writer
        output.refill(Range(overflow))
        return failures.reduce(0 as UInt64?) { newest, failure in
            newest.flatMap {
                output.appendFailure(FailureEntry(item: failure.item, reason: failure.reason), to: $0, in: overflow)
            }
        }
    }

    private func read(
        _ newest: UInt64, of items: Range<Int> = 0..<10, below done: Int = 10, naming most: Int = .max
    ) -> FailureEntries? {
        FailureEntries(
            endingWith: newest, in: overflow, of: items, below: done, naming: most, from: segments.resultReader)
    }

    @Test func everyFailureIsReadInOrderWithItsReason() throws {
        let newest = try #require(written([(1, "one"), (4, ""), (9, "nïne")]))
        let entries = read(newest)
        #expect(entries?.named == [(1, "one"), (4, ""), (9, "nïne")].map { FailureEntry(item: $0.0, reason: $0.1) })
        #expect(entries?.others == [])
        #expect(read(0)?.named == [], "a chunk without failures")
        let last = try #require(written([(2, "")]))
        #expect(read(last)?.named == [FailureEntry(item: 2, reason: "")], "it ends where the bytes end")
    }

    @Test func theFirstAreNamedAndTheOthersCounted() throws {
        let newest = try #require(written([(1, "a"), (4, "b"), (9, "c")]))
        #expect(read(newest, naming: 1)?.named.map(\.item) == [1] && read(newest, naming: 1)?.others == [4, 9])
        #expect(read(newest, naming: 0)?.others == [1, 4, 9])
    }

    @Test func whatIsNotPublishedHasNotFailed() throws {
        let newest = try #require(written([(1, "a"), (4, "b")]))
        #expect(read(newest, below: 4)?.named.map(\.item) == [1])
        #expect(read(newest, below: 5)?.named.map(\.item) == [1, 4])
    }

    @Test func aLongReasonIsCutAndOneWithoutRoomIsNotWritten() throws {
        let newest = try #require(written([(1, String(repeating: "x", count: 900))]))
        #expect(read(newest)?.named.first?.reason.count == 900)
        #expect(written([(1, String(repeating: "x", count: 990))]) == nil)
        let long = overflow.lowerBound..<overflow.lowerBound + 10_000
        var output = segments.result.writer
        output.refill(Range(long))
        let link = output.appendFailure(
            FailureEntry(item: 1, reason: String(repeating: "x", count: 9000)), to: 0, in: long)
        let entries = FailureEntries(
            endingWith: try #require(link), in: long, of: 0..<10, below: 10, naming: 1, from: segments.resultReader)
        #expect(entries?.named.first?.reason.count == FailureEntry.longestReason)
    }

    @Test func whatWasThrownComesWithIt() throws {
        let value = StoredValue(type: "its type", bytes: [1, 2, 3, 0])
        let entries = [
            FailureEntry(item: 1, reason: "ä", value: value), FailureEntry(item: 2, reason: "", value: value),
        ]
        var output = segments.result.writer
        output.refill(Range(overflow))
        let newest = entries.reduce(0 as UInt64?) { newest, entry in
            newest.flatMap { output.appendFailure(entry, to: $0, in: overflow) }
        }
        #expect(try read(#require(newest))?.named == entries)
    }

    private func store(
        _ item: UInt64, _ previous: UInt64, _ count: UInt64, _ typeCount: UInt64 = 0, _ valueCount: UInt64 = 0,
        at offset: Int
    ) {
        segments.result.writer.store(
            procession_failure(
                item: item, previous: previous, count: count, type_count: typeCount, value_count: valueCount),
            at: overflow.lowerBound.bytes + offset)
    }

    @Test(arguments: [(961, 0), (.max, 0), (900, 61), (1, .max), (0, 961)] as [(UInt64, UInt64)])
    func aValueOutOfTheOverflowIsNotBelieved(typeCount: UInt64, valueCount: UInt64) {
        store(3, 0, 0, typeCount, valueCount, at: 0)
        #expect(read(1) == nil)
        store(3, 0, 0, 400, 560, at: 0)
        #expect(read(1)?.named.count == 1)
    }

    @Test(arguments: [1001, 962, 1 << 40, UInt64.max]) func aLinkOutOfTheOverflowIsNotFollowed(link: UInt64) {
        #expect(read(link) == nil)
    }

    @Test(
        arguments: [(10, 0, 0), (.max, 0, 0), (3, 0, 961), (3, 0, .max), (3, 1, 0), (3, .max, 0)]
            as [(UInt64, UInt64, UInt64)])
    func anEntryThatNoWorkerWritesIsNotBelieved(item: UInt64, previous: UInt64, count: UInt64) {
        store(item, previous, count, at: 0)
        #expect(read(1) == nil)
    }

    @Test func entriesThatOverlapOrGoUpAreNotBelieved() {
        store(3, 101, 0, at: 0)
        store(5, 0, 0, at: 100)
        #expect(read(1) == nil, "the older entry is of a later item")
        store(3, 101, 80, at: 0)
        store(1, 0, 0, at: 100)
        #expect(read(1) == nil, "the older entry lies in the newer one's text")
        store(3, 101, 0, 10, 60, at: 0)
        #expect(read(1) == nil, "the older entry lies in the newer one's value")
    }

    @Test func noOverflowHasNoFailures() {
        #expect(
            FailureEntries(endingWith: 1, in: nil, of: 0..<1, below: 1, naming: 1, from: segments.resultReader) == nil)
    }
}

import CProcessionShims
import ProcessionSegment
import Testing

/// How many chunks a worker may hold that works at several.
@Suite struct ShareTests {
    @Test(arguments: [
        (workers: 2, places: 64, opened: 0, share: 1), (2, 64, 10, 6), (2, 64, 62, 32), (2, 64, 1_000_000, 32),
        (64, 256, 1_000_000, 4), (64, 32, 1000, 1),
    ])
    func aWorkersShareIsThatOfTheChunksAndNoMoreThanOfThePlaces(
        each: (workers: Int, places: Int, opened: Int, share: Int)
    ) throws {
        let segments = try Segments(workers: each.workers, places: each.places)
        let worker = try segments.attach(0)
        segments.setHeader(\.opened, to: UInt64(2 * each.opened))
        #expect(worker.share == each.share && worker.share <= worker.placeShare)
    }

    @Test func aChunkThatIsOpenIsSeenAtEveryPlace() throws {
        let segments = try Segments(workers: 1, places: 3)
        let worker = try segments.attach(0)
        #expect(!worker.hasOpen)
        for place in 0..<3 {
            segments.parent.open(place: place, generation: 1, sequence: place, segments.oneItem(0, at: place))
            #expect(worker.hasOpen)
            _ = worker.claimNow()
            #expect(!worker.hasOpen)
        }
    }
}

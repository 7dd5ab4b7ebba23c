import ProcessionSegment
import Testing

@testable import Procession

/// Who gets room in a window that is full: whoever the oldest chunk waits for. Its workers live in the books alone.
@Suite struct UrgentRoomTests {
    private let bench: SupervisorBench
    private let other: WorkerSegments
    private var source: ListedChunks

    init() throws {
        bench = try SupervisorBench(workers: 2)
        other = try bench.attach(1)
        try bench.fillSeats()
        source = ListedChunks([bench.chunk(10), bench.chunk(20)])
        source.mayGrow = false
        bench.run.chunks.append(bench.chunk(0))
    }

    /// Opens the oldest chunk and the others, in this order.
    private mutating func open() throws {
        bench.run.waiting = Array(bench.run.chunks.all)
        try bench.refill(&source)
        try #require(bench.supervisor.places.occupied.count == 3)
    }

    /// Lets whoever has claimed a chunk wait with its third item.
    private func park(_ first: Int) throws {
        let (place, chunk) = try #require(bench.supervisor.places.out.first { $0.chunk.first == first })
        let report = bench.supervisor.places.look(at: place)
        bench.supervisor.park(place, chunk, report, Published(done: 2, failures: ItemFailures()), bench.run)
        try #require(bench.supervisor.places.isParked(report.claimer))
    }

    private mutating func isGranted() throws -> Bool { try bench.supervisor.grantRoom(bench.run, &source) }

    @Test mutating func whoHasClaimedTheOldestToo() throws {
        try open()
        for _ in 0..<2 { _ = bench.worker.claimNow() }
        try park(10)
        #expect(try isGranted())
    }

    @Test mutating func notWhereAnotherOneIsAtTheOldest() throws {
        try open()
        _ = other.claimNow()
        _ = bench.worker.claimNow()
        try park(10)
        #expect(try !isGranted())
    }

    @Test mutating func theLastWorkersThatAreLeft() throws {
        // The oldest waits for a place.
        try bench.refill(&source)
        _ = bench.worker.claimNow()
        _ = other.claimNow()
        try park(10)
        #expect(try !isGranted())
        try park(20)
        #expect(try isGranted())
    }
}

import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// The books of the places, beside shared memory in which this process is the worker, too.
@Suite struct PlaceTableTests {
    private let segments: ParentSegments
    private let worker: WorkerSegments
    private let run = anyRun(0)

    init() throws {
        let layout = SegmentLayout(workerCapacity: 3, placeCount: 4, inputBytes: 1 << 20, resultBytes: 1 << 20)
        segments = try ParentSegments(layout: #require(layout))
        let bell = try EventCounter()
        // A worker asks whether the segments are its parent's.
        segments.inputWriter.store(
            UInt64(WorkerIdentity.parentPid()), at: MemoryLayout<procession_input_header>.offset(of: \.parent)!)
        worker = try WorkerSegments(
            input: segments.descriptors[0], result: segments.descriptors[1], signal: dup(bell.descriptor.number),
            worker: 1, nonce: segments.nonce)
    }

    private func chunk(_ first: Int) -> Chunk {
        let (input, results) = (segments.layout.inputData.lowerBound, segments.layout.resultData.lowerBound)
        return Chunk(
            first: first, items: 0..<10, keyOffset: nil, input: input..<input + 100, slotOffset: results, storage: [])
    }

    /// A table with so many chunks of ten records that are out, and where.
    private func table(_ count: Int) -> (table: PlaceTable, chunks: [Chunk], places: [Int]) {
        var table = PlaceTable(segments)
        let chunks = (0..<count).map { chunk($0 * 10) }
        for chunk in chunks { table.open(chunk, run: run) }
        return (table, chunks, table.occupied)
    }

    @Test func aPlaceIsFreeUntilAChunkIsOpenedAndWhenThatIsTakenBack() {
        var (table, chunks, places) = table(4)
        #expect(!table.hasFree && table.bytesOut == 400)
        #expect(chunks.map(\.sequence) == [0, 1, 2, 3] && table.wish(of: [run]) == 1)
        for place in places { #expect(table.look(at: place).isOpen) }
        #expect(table.revoke(of: run, beyond: 0).map(\.first) == [30, 20, 10, 0])
        #expect(table.hasFree && table.bytesOut == 0 && table.occupied == [] && table.wish(of: [run]) == nil)
    }

    @Test func whatIsClaimedIsKnownByItsClaimerAndCannotBeTakenBack() throws {
        var (table, chunks, places) = table(2)
        _ = try #require(worker.claimNow())
        #expect(table.claims(of: 1).map(\.chunk.first) == [0] && table.claims(of: 0).isEmpty)
        #expect(table.revoke(of: run, beyond: 0).map(\.first) == [10] && table.chunk(at: places[0]) === chunks[0])
        #expect(!table.hasLeft(places[0]))
    }

    /// The newest first, and not those of others.
    @Test func whatARunHasBeyondItsShareIsTakenBack() throws {
        var table = PlaceTable(segments)
        let other = anyRun(1)
        for first in [0, 10, 20] { table.open(chunk(first), run: run) }
        table.open(chunk(0), run: other)
        #expect(table.count(of: run) == 3 && table.holds(other) && table.bytesOut(of: run) == 300)
        #expect(table.wish(of: [run, other]) == 1, "the middle of the one, and the other's only one")
        let back = table.revoke(of: run, beyond: 1)
        #expect(back.map(\.first) == [20, 10] && back.allSatisfy { $0.state == .waiting })
        #expect(table.count(of: run) == 1 && table.holds(other) && table.wish(of: [run, other]) == 0)
        other.wantsPlace = true
        #expect(table.revoke(of: other, beyond: 0).count == 1 && !table.holds(other))
        #expect(table.wish(of: [run, other]) == 0)
    }

    @Test func whoWaitsForAPlaceIsWokenByAnyChunk() {
        var table = PlaceTable(segments)
        let other = anyRun(1)
        for first in [0, 10, 20] { table.open(chunk(first), run: run) }
        #expect(table.wish(of: [run, other]) == 1)
        other.wantsPlace = true
        #expect(table.wish(of: [run, other]) == 0)
        run.forget()
        other.wantsPlace = false
        #expect(table.wish(of: [run]) == 0, "a run that ends waits for all it has out")
    }

    /// By what it is, however many runs there are and whatever they have.
    @Test func theWishIsTheLeastOfWhatEachRunWants() throws {
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<200 {
            var table = PlaceTable(segments)
            let runs = (0..<Int.random(in: 2...4, using: &random)).map { anyRun($0) }
            while table.hasFree, Int.random(in: 0..<9, using: &random) > 0 {
                table.open(chunk(0), run: runs.randomElement(using: &random)!)
            }
            let sequences = runs.map { run in
                table.held(by: run).compactMap { table.chunk(at: $0)?.sequence }.sorted()
            }
            let middles = sequences.compactMap { $0.isEmpty ? nil : $0[($0.count - 1) / 2] }
            let isOneOut = table.occupied.count == 1
            #expect(table.wish(of: runs) == (isOneOut ? sequences.joined().first : middles.min()))
            #expect(runs.map { table.count(of: $0) } == sequences.map(\.count))
            #expect(table.holders(beside: runs[0]) == sequences.dropFirst().count { !$0.isEmpty })
            for run in runs { table.revoke(of: run, beyond: 0) }
            #expect(table.holders == 0 && !runs.contains { table.holds($0) })
        }
    }

    @Test func aPlaceIsNotFreeBeforeItIsVacated() throws {
        var (table, _, places) = table(4)
        let claimed = try #require(worker.claimNow())
        _ = claimed.leave(after: .nanoseconds(1))
        #expect(table.hasLeft(places[0]) && !table.hasFree)
        table.vacate(places[0])
        #expect(table.hasFree && !table.hasLeft(places[0]) && table.chunk(at: places[0]) == nil)
    }

    @Test func aPlaceIsOpenedUnderAnotherGenerationEachTime() {
        var table = PlaceTable(segments)
        var generations: [Int: Set<Int>] = [:]
        for _ in 0..<8 {
            table.open(chunk(0), run: run)
            let place = table.occupied[0]
            #expect(generations[place, default: []].insert(table.look(at: place).generation).inserted)
            table.revoke(of: run, beyond: 0)
        }
    }

    @Test func whoWaitsForRoomKeepsThePlaceOutOfTheBooksOfWhatIsOut() throws {
        var (table, chunks, places) = table(2)
        _ = try #require(worker.claimNow())
        table.park(places[0], by: 1, with: chunks[0].part(3..<10))
        #expect(table.isParked(1) && !table.isParked(0) && table.bytesOut == 100)
        #expect(table.occupied == [places[1]] && table.waiters.map(\.chunk.firstRecord) == [3])
        table.grant(places[0])
        #expect(!table.isParked(1) && table.bytesOut == 200 && Set(table.occupied) == Set(places))
        #expect(table.claims(of: 1).map(\.chunk.firstRecord) == [3])
    }

    @Test(arguments: [true, false]) func aPlaceThatIsTakenFromAWorkerIsFree(isParked: Bool) throws {
        var (table, chunks, places) = table(4)
        _ = try #require(worker.claimNow())
        if isParked { table.park(places[0], by: 1, with: chunks[0].part(3..<10)) }
        table.dismissWaiter(at: places[0])
        #expect(table.hasFree && table.bytesOut == 300 && !table.isParked(1) && table.claims(of: 1).isEmpty)
        #expect(table.chunk(at: places[0]) == nil)
    }

    @Test func aCondemnedPlaceIsFreeOnlyWhenItsLastSuspectIsReaped() throws {
        var (table, chunks, places) = table(1)
        let claimed = try #require(worker.claimNow())
        _ = claimed.leave(after: .nanoseconds(1))
        table.condemn(places[0], suspects: [0, 1])
        #expect(table.hasCondemned && !table.hasLeft(places[0]) && table.claims(of: 1).isEmpty)
        #expect(table.acquit(2).wasSuspect == false)
        let first = table.acquit(1)
        #expect(first.wasSuspect && first.freed.isEmpty && table.occupied == places)
        let last = table.acquit(0)
        #expect(last.wasSuspect && last.freed.first?.chunk === chunks[0] && last.freed.first?.run === run)
        #expect(!table.hasCondemned && table.occupied.isEmpty && table.bytesOut == 0)
    }
}

@Suite struct RecordClockTests {
    private typealias Tick = (done: UInt64, life: UInt64, expected: RecordClock.Reading)

    private func expect(_ ticks: [Tick]) {
        var clock = RecordClock()
        for (number, tick) in ticks.enumerated() {
            let reading = clock.tick(done: tick.done, upTo: 10, life: tick.life, slept: .seconds(1))
            #expect(reading == tick.expected, "tick \(number)")
        }
    }

    @Test func timeRunsOnlyWhileNothingMoves() {
        expect([
            (0, 0, .still(.zero)), (0, 0, .still(.seconds(1))), (0, 0, .still(.seconds(2))), (1, 0, .still(.zero)),
            (1, 0, .still(.seconds(1))), (10, 0, .still(.zero)),
        ])
    }

    @Test func aWorkerThatShowsItsLifeHasTime() {
        expect([(0, 1, .still(.zero)), (0, 2, .still(.zero)), (0, 2, .still(.seconds(1))), (0, 3, .still(.zero))])
    }

    @Test func aWordThatGoesBackOrTooFarIsNoise() {
        expect([
            (3, 0, .still(.zero)), (2, 0, .isNoise), (11, 0, .isNoise), (.max, 0, .isNoise),
            (3, 0, .still(.seconds(1))),
        ])
    }
}

/// A run of which nothing has begun.
func anyRun(_ number: Int) -> Run {
    Run(
        RunTag(number: number, descriptor: _InputOffset(bytes: 0)), "f", nil,
        ChunkSizer(fixed: nil, workers: 1, target: .milliseconds(1)))
}

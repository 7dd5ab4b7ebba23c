import ProcessionSegment
import TestSupport
import Testing

@testable import Procession

/// What a run does with what was decided of its chunks.
@Suite struct RunTests {
    private let policy = Settlement.Policy(retries: 0, mostRoom: 5000)

    private func run(failuresByName: Int = .max) -> Run {
        Run(
            RunTag(number: 1, descriptor: 0), "f", nil, failuresByName: failuresByName,
            ChunkSizer(fixed: nil, workers: 1, target: .milliseconds(1)))
    }

    /// A chunk that is out, with the items 0 to 9.
    private func chunk(_ first: Int) -> Chunk {
        let chunk = Chunk(first: first, items: 0..<10, keyOffset: nil, input: 0..<100, slotOffset: 0, storage: [])
        chunk.state = .open(place: 0)
        return chunk
    }

    private func left(_ chunk: Chunk, at done: Int, _ ending: Settlement.Ending = .left) -> Settlement {
        Settlement(
            of: chunk.facts, PlaceReport(generation: 1, owner: 0, done: UInt64(done)), done: done, ending, policy)
    }

    private func drained(_ run: Run) -> [Range<Int>] {
        run.chunks.all.map { $0.first + $0.items.lowerBound..<$0.first + $0.items.upperBound }
    }

    @Test func partsOfAChunkTakeItsPositionInTheOrderOfRecords() throws {
        let run = run()
        let chunks = [0, 10, 20].map(chunk)
        chunks.forEach(run.chunks.append)
        let died = left(chunks[1], at: 3, .died(.exited(7), isToBlame: true))
        let again = run.carryOut(died, of: chunks[1], ItemFailures())
        #expect(drained(run) == [0..<10, 10..<13, 13..<14, 14..<20, 20..<30])
        #expect(run.chunks.all.map(\.state) == [.open(place: 0), .finished, .lost, .waiting, .open(place: 0)])
        #expect(again.map(\.items) == [4..<10])
        // Nothing was published of this one.
        chunks[0].overflow = try SharedMemory(workers: 1).allocateResult(512)
        let all = run.carryOut(left(chunks[0], at: 0), of: chunks[0], ItemFailures())
        #expect(all.map(\.items) == [0..<10] && drained(run).first == 0..<10)
        #expect(all[0].state == .waiting && all[0].overflow == nil && all[0].isStuck)
    }

    @Test func chunksOfTheEndComeBehindAllThatAreHandedOutInOrder() {
        let list = ChunkList()
        let chunks = [80, 90, 0, 10, 70, 20].map(chunk)
        list.appendEarly(chunks[1])
        list.appendEarly(chunks[0])
        #expect(list.head == nil && list.all.map(\.first) == [80, 90])
        list.append(chunks[2])
        list.append(chunks[3])
        list.appendEarly(chunks[4])
        list.append(chunks[5])
        list.insert(chunk(25), after: chunks[5])
        list.append(chunk(30))
        #expect(list.all.map(\.first) == [0, 10, 20, 25, 30, 70, 80, 90])
        for _ in 0..<6 { list.drainHead() }
        // What lies between has not been handed out.
        #expect(list.head == nil && list.all.map(\.first) == [70, 80, 90])
        list.close()
        #expect(list.head === chunks[4] && !list.isOver)
        for _ in 0..<3 { list.drainHead() }
        #expect(list.isOver)
    }

    @Test func everyFailureIsHandedOnWithItsCause() throws {
        let run = run()
        let chunk = chunk(0)
        run.chunks.append(chunk)
        let died = left(chunk, at: 3, .died(.exited(7), isToBlame: true))
        let threw = ItemFailures(0..<2, .threw("bad"), attempts: 1, naming: .max)
        _ = run.carryOut(died, of: chunk, threw)
        let failures = run.chunks.all.map(\.failures)
        #expect(failures.flatMap { $0.named.map(\.item) } == [0, 1, 3])
        #expect(failures.flatMap { $0.named.map(\.cause) } == [.threw("bad"), .threw("bad"), .exited(7)])
        #expect(failures.flatMap { $0.named.map(\.attempts) } == [1, 1, 1])
    }

    @Test func ofManyFailuresTheFirstAreNamedAndTheOthersCounted() {
        let run = run(failuresByName: 4)
        let chunk = chunk(0)
        run.chunks.append(chunk)
        _ = run.carryOut(Settlement(damaged: chunk.facts, policy), of: chunk, ItemFailures())
        let failures = run.chunks.head?.failures
        #expect(failures?.count == 10 && failures?.named.map(\.item) == [0, 1, 2, 3])
        #expect(failures?.others == [4, 5, 6, 7, 8, 9] && run.chunks.head?.isPublished == false)
    }

    /// So many that they must not be let go of one inside of the other.
    @Test func aRunThatIsForgottenHasNoRecords() {
        let run = run()
        for first in 0..<200_000 { run.chunks.append(chunk(first * 10)) }
        run.wait(with: [chunk(0)])
        run.forget()
        #expect(run.chunks.head == nil && run.waiting.isEmpty)
    }

    @Test func noFailuresAreNoneHoweverManyAreNamed() {
        #expect(ItemFailures().isEmpty && ItemFailures(0..<0, .exited(7), attempts: 1, naming: 1).isEmpty)
        #expect(!ItemFailures(0..<1, .exited(7), attempts: 1, naming: 1).isEmpty)
        #expect(!ItemFailures(0..<1, .exited(7), attempts: 1, naming: 0).isEmpty)
    }

    @Test func aChunkIsSettledOnce() async {
        await #expect(processExitsWith: .failure) {
            let chunk = Chunk(first: 0, items: 0..<2, keyOffset: nil, input: 0..<0, slotOffset: 0, storage: [])
            chunk.state = .open(place: 0)
            let run = Run(
                RunTag(number: 1, descriptor: 0), "f", nil, ChunkSizer(fixed: nil, workers: 1, target: .zero))
            run.chunks.append(chunk)
            let policy = Settlement.Policy(retries: 0, mostRoom: 0)
            let settlement = Settlement(
                of: chunk.facts, PlaceReport(generation: 1, owner: 0, done: 2), done: 2, .left, policy)
            _ = run.carryOut(settlement, of: chunk, ItemFailures())
            _ = run.carryOut(settlement, of: chunk, ItemFailures())
        }
    }
}

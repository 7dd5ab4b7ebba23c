import ProcessionSegment
import ProcessionSystem
import Testing

@testable import Procession

/// What the watchdog wants done, for what it is told of places and workers.
@Suite struct WatchdogTests {
    private typealias Crew = Watchdog.Crew
    private typealias Order = Watchdog.Order

    /// A place whose chunk of ten items is claimed by a worker, or by nobody who is known, or (`isOpen`) by nobody yet.
    private func sight(
        _ place: Int, by worker: Int? = nil, isOpen: Bool = false, done: Int = 0, life: UInt64 = 0, generation: Int = 1,
        limit: Duration? = nil
    ) -> Watchdog.Sight {
        let state = isOpen ? 1 : worker.map { $0 + 2 } ?? 0
        let report = PlaceReport(
            generation: generation, owner: UInt64(generation << 16 | state), done: UInt64(done), nanoseconds: life)
        return Watchdog.Sight(place: place, end: 10, limit: limit, report: report)
    }

    private let crew = Crew(living: [0, 1, 2])

    // MARK: Time limits

    private func enforced(_ dog: inout Watchdog, _ sights: [Watchdog.Sight], _ crew: Crew? = nil) -> [Order] {
        dog.enforce(sights, crew ?? self.crew, slept: .seconds(1))
    }

    @Test func aRecordMayTakeAsLongAsTheLimitAndNoLonger() {
        var dog = Watchdog()
        let sights = [sight(0, by: 1, limit: .seconds(3)), sight(1, by: 2, limit: .seconds(5)), sight(2, by: 0)]
        for _ in 0..<3 { #expect(enforced(&dog, sights) == []) }
        #expect(enforced(&dog, sights) == [.kill(worker: 1)])
        #expect(enforced(&dog, sights) == [], "it is killed once")
        #expect(enforced(&dog, sights) == [.kill(worker: 2)], "each run has its own")
        #expect(dog.limitBroken(by: 1) == .timedOut(.seconds(3)))
        #expect(dog.limitBroken(by: 2) == .timedOut(.seconds(5)))
        #expect(dog.limitBroken(by: 1) == nil && dog.limitBroken(by: 0) == nil)
    }

    @Test func withoutALimitNobodyIsKilled() {
        var dog = Watchdog()
        for _ in 0..<100 { #expect(enforced(&dog, [sight(0, by: 1)]) == []) }
    }

    @Test func eachRecordAndEachChunkHasItsOwnTime() {
        var dog = Watchdog()
        for done in 0..<10 { #expect(enforced(&dog, [sight(0, by: 1, done: done, limit: .seconds(2))]) == []) }
        for generation in 2..<10 {
            #expect(enforced(&dog, [sight(0, by: 1, generation: generation, limit: .seconds(2))]) == [])
        }
    }

    @Test func aSignOfLifeCountsWhereWorkersKeepTheTime() {
        for (countsLife, orders) in [(true, []), (false, [Order.kill(worker: 1)])] {
            var dog = Watchdog(countsLife: countsLife)
            let seen = (1...3).map { enforced(&dog, [sight(0, by: 1, life: $0, limit: .seconds(2))]) }
            #expect(seen.last == orders)
        }
    }

    /// A worker works at the oldest of its chunks, at none while it waits for room, and at none that nobody has
    /// claimed.
    @Test func timeRunsOnlyForWhatAWorkerWorksAt() {
        var dog = Watchdog()
        let limit = Duration.seconds(1)
        let sights = [
            sight(0, by: 1, done: 5, limit: limit), sight(1, by: 1, limit: limit), sight(2, by: 2, limit: limit),
            sight(3, isOpen: true, limit: limit),
        ]
        let crew = Crew(living: [0, 1, 2], parked: [2])
        _ = enforced(&dog, sights, crew)
        let moved = [sight(0, by: 1, done: 6, limit: limit)] + sights.dropFirst()
        #expect(enforced(&dog, moved, crew) == [])
        #expect(enforced(&dog, moved, crew) == [.kill(worker: 1)])
    }

    @Test func aPlaceWhoseWordsNoWorkerWritesIsCondemned() {
        var dog = Watchdog()
        #expect(enforced(&dog, [sight(0, by: 1, done: 11, limit: .seconds(2))]) == [.condemn(place: 0)])
        #expect(enforced(&dog, [sight(1, by: 7, limit: .seconds(2))]) == [])
        for _ in 0..<2 { _ = enforced(&dog, [sight(1, by: 7, limit: .seconds(2))]) }
        #expect(
            enforced(&dog, [sight(1, by: 7, limit: .seconds(2))]) == [.condemn(place: 1)], "a worker that nobody knows")
    }

    // MARK: Memory

    @Test func aWorkerMayHaveAsMuchMemoryAsTheLimitAndNoMore() {
        var dog = Watchdog(memoryLimit: 100)
        #expect(dog.weigh([0: 100, 1: 101, 2: 0]) == [.kill(worker: 1)])
        #expect(dog.weigh([0: 100, 1: 101, 2: 300]) == [.kill(worker: 2)], "each is killed once")
        #expect(dog.limitBroken(by: 0) == nil && dog.limitBroken(by: 1) == .tookMemory(100))
        #expect(dog.limitBroken(by: 1) == nil, "its successor has done nothing")
        #expect(dog.weigh([1: 101]) == [.kill(worker: 1)], "its successor is weighed too")
        var other = Watchdog()
        #expect(other.weigh([0: .max]) == [], "where there is no limit")
    }

    // MARK: Lost places

    @Test func aPlaceIsLostWhenAllWhoMightHoldItSleep() {
        let sights = [sight(0, by: 1), sight(1, isOpen: true), sight(2, by: 7), sight(3, by: 2)]
        let dog = Watchdog()
        #expect(dog.lost(sights, Crew(living: [0, 1, 2], asleep: [0, 1, 2])) == [0, 2, 3])
        #expect(dog.lost(sights, Crew(living: [0, 1, 2], asleep: [0, 2])) == [])
        #expect(dog.lost(sights, Crew(living: [0, 1, 2], asleep: [0, 1], parked: [2])) == [0, 2])
    }

    // MARK: Stuck workers

    private func searches(_ dog: inout Watchdog, _ count: Int, _ sights: [Watchdog.Sight], _ crew: Crew) -> [[Order]] {
        (0..<count).map { _ in
            dog.noteSleep(.seconds(1))
            return dog.replaceStuck(sights, crew)
        }
    }

    @Test func whoDoesNotClaimWhatIsOpenIsReplaced() {
        var dog = Watchdog()
        let crew = Crew(living: [0, 1], parked: [1])
        let found = searches(&dog, 6, [sight(0, isOpen: true), sight(1, by: 7), sight(2, by: 1)], crew)
        #expect(found == [[], [], [], [], [.condemn(place: 1), .kill(worker: 0)], []])
    }

    @Test func nobodyIsReplacedWhileSomebodyWorksOrNothingIsOut() {
        var dog = Watchdog()
        #expect(searches(&dog, 20, [sight(0, isOpen: true), sight(1, by: 1)], crew).joined().isEmpty)
        #expect(searches(&dog, 20, [], crew).joined().isEmpty)
        #expect(searches(&dog, 4, [sight(0, isOpen: true)], crew).joined().isEmpty, "time does not add up")
    }

    @Test func aLongerTimeLimitIsWaitedFor() {
        var dog = Watchdog()
        #expect(searches(&dog, 9, [sight(0, isOpen: true, limit: .seconds(9))], crew).firstIndex { !$0.isEmpty } == 8)
    }

    @Test func itIsSearchedNowAndThen() {
        let (start, interval) = (Instant(nanoseconds: 5), Watchdog.searchInterval)
        var dog = Watchdog(from: start)
        let least = Duration.nanoseconds(1)
        let times = [
            .zero, interval - least, interval, interval + least, interval * 2 - least, interval * 3 + least * 4,
        ]
        #expect(times.map { dog.isDue(at: start + $0) } == [false, false, true, false, false, true])
    }

    // MARK: Damaged places

    @Test func whoIsNamedByADamagedPlaceIsSuspected() {
        func suspects(_ worker: Int?, _ claimers: Set<Int>, _ crew: Crew) -> Set<Int> {
            Watchdog.suspects(sight(0, by: worker).report, claimers: claimers, crew)
        }
        #expect(suspects(1, [1, 2], crew) == [1])
        #expect(suspects(nil, [1], Crew(living: [0, 1, 2, 3, 4], asleep: [0], parked: [3])) == [2, 4])
        #expect(suspects(7, [0, 1], crew) == [2], "nobody has this number")
        #expect(suspects(nil, [0, 1, 2], crew) == [0, 1, 2], "anybody, when nobody is left")
    }
}

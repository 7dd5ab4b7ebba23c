import ProcessionSegment
import Testing

@testable import Procession

/// What becomes of a chunk of the items 10 to 19, for all ways in which its claimer can be done with it.
@Suite struct SettlementTests {
    private typealias Again = Settlement.Again
    private let chunk = Settlement.Facts(items: 10..<20, room: 1000)
    private let policy = Settlement.Policy(retries: 1, mostRoom: 5000)
    private let killed = Settlement.Ending.died(.exited(7), isToBlame: true)

    private func report(done: Int, wanted: UInt64 = 0, used: UInt64 = 0) -> PlaceReport {
        PlaceReport(generation: 1, owner: 0, done: UInt64(done), overflowUsed: used, wanted: wanted, nanoseconds: 50)
    }

    private func settle(
        _ chunk: Settlement.Facts, done: Int, wanted: UInt64 = 0, used: UInt64 = 0, _ ending: Settlement.Ending
    ) -> Settlement {
        Settlement(of: chunk, report(done: done, wanted: wanted, used: used), done: done, ending, policy)
    }

    @Test func whatIsPublishedAsAWholeIsFinishedAndNothingElse() {
        let left = settle(chunk, done: 20, used: 700, .left)
        #expect(left.finished == 10..<20 && left.failed == nil && left.again.isEmpty && left.retries == 0)
        #expect(left.account == Settlement.Account(used: 700, time: .nanoseconds(50)))
    }

    @Test func whoSaysToHaveUsedMoreThanItHadIsNotBelieved() {
        #expect(settle(chunk, done: 20, used: 1001, .left).account?.used == nil)
        #expect(settle(chunk, done: 20, used: .max, .left).account?.used == nil)
    }

    @Test func anyNumberOfNanosecondsIsATime() {
        let report = PlaceReport(generation: 1, owner: 0, done: 20, nanoseconds: .max)
        let settlement = Settlement(of: chunk, report, done: 20, .left, policy)
        #expect(settlement.account?.time == .nanoseconds(Int64.max))
    }

    @Test func aWorkerThatDiesWhenAllIsPublishedCostsNothing() {
        let died = settle(chunk, done: 20, used: 700, killed)
        #expect(died.finished == 10..<20 && died.failed == nil && died.again.isEmpty && died.retries == 0)
        #expect(died.account == nil, "it had no time to say how much it used")
    }

    /// For each number of deaths of which one is the last: whether the item is tried again.
    @Test(arguments: [(0, 0, false), (1, 0, true), (1, 1, false), (3, 0, true), (3, 2, true), (3, 3, false)])
    func aDeadlyItemIsTriedAsOftenAsThePolicySays(retries: Int, deaths: Int, isTriedAgain: Bool) {
        let policy = Settlement.Policy(retries: retries, mostRoom: 5000)
        let item = Settlement.Facts(items: 10..<11, attempts: deaths, room: 1000)
        let died = Settlement(of: item, report(done: 10), done: 10, killed, policy)
        let parked = Settlement(parked: item, .exited(7), policy)
        #expect(died == parked)
        #expect(died.again == (isTriedAgain ? [Again(items: 10..<11, attempts: deaths + 1)] : []))
        #expect(died.retries == (isTriedAgain ? 1 : 0))
        let failed = Settlement.Failed(items: 10..<11, cause: .exited(7), attempts: deaths + 1)
        #expect(died.failed == (isTriedAgain ? nil : failed))
    }

    @Test func theItemThatAWorkerDiedOnGoesOutAloneAndTheOthersWithoutBlame() {
        let died = settle(chunk, done: 13, killed)
        #expect(died.finished == 10..<13 && died.failed == nil && died.retries == 1)
        #expect(died.again == [Again(items: 13..<14, attempts: 1), Again(items: 14..<20)])
    }

    @Test func theLastItemThatAWorkerDiedOnLeavesNothingBehind() {
        #expect(settle(chunk, done: 19, killed).again == [Again(items: 19..<20, attempts: 1)])
    }

    /// Deaths on the first item are no deaths on those behind it.
    @Test func attemptsAreThoseOfTheFirstItem() {
        let tried = Settlement.Facts(items: 10..<20, attempts: 1, room: 1000)
        #expect(settle(tried, done: 11, killed).again.first == Again(items: 11..<12, attempts: 1))
        #expect(settle(tried, done: 10, killed).failed?.items == 10..<11)
        #expect(settle(tried, done: 10, killed).again == [Again(items: 11..<20)])
    }

    @Test func aChunkThatItsWorkerDidNotWorkAtGoesOutAsItIs() {
        let other = settle(chunk, done: 12, .died(.exited(7), isToBlame: false))
        #expect(other.finished == 10..<12 && other.failed == nil && other.retries == 0)
        #expect(other.again == [Again(items: 12..<20)])
    }

    /// For what a worker that has left wants at an item: what the rest gets, and whether it is stuck.
    @Test(arguments: [(12, 300, 300, false), (12, 0, 1, false), (10, 300, 1000, true), (10, 2000, 2000, true)])
    func theRestGetsTheRoomThatItWants(done: Int, wanted: Int, given: Int, isStuck: Bool) {
        let left = settle(chunk, done: done, wanted: UInt64(wanted), .left)
        #expect(left.again == [Again(items: done..<20, roomWanted: given, isStuck: isStuck)])
        #expect(left.failed == nil && left.retries == 0 && left.account == nil)
        #expect(left.finished == (done == 10 ? nil : 10..<done))
    }

    @Test(arguments: [5001, Int.max]) func anItemThatWantsMoreThanThereCanBeHasFailed(wanted: Int) {
        let left = settle(chunk, done: 12, wanted: UInt64(wanted), .left)
        #expect(left.finished == 10..<12)
        #expect(left.failed == Settlement.Failed(items: 12..<13, cause: .tooLarge(wanted), attempts: 1))
        #expect(left.again == [Again(items: 13..<20)])
        #expect(settle(chunk, done: 19, wanted: UInt64(wanted), .left).again.isEmpty)
    }

    @Test(arguments: [Surrender.functionBroken, .systemRefused])
    func whoGivesUpTheRunFailsNoItem(surrender: Surrender) {
        let left = settle(chunk, done: 12, wanted: surrender.rawValue, .left)
        #expect(left.surrender == surrender && left.finished == 10..<12 && left.failed == nil)
        #expect(left.again == [Again(items: 12..<20)])
    }

    @Test func whatWasDamagedIsTriedAgainAsAWholeAndFailsAsAWhole() {
        var chunk = Settlement.Facts(items: 10..<20, room: 1000, roomWanted: 800, isStuck: true)
        let first = Settlement(damaged: chunk, policy)
        #expect(first.finished == nil && first.failed == nil)
        #expect(first.again == [Again(items: 10..<20, attempts: 1, roomWanted: 800, isStuck: true)])
        chunk.attempts = 1
        let second = Settlement(damaged: chunk, policy)
        #expect(second.again.isEmpty)
        #expect(second.failed == Settlement.Failed(items: 10..<20, cause: .damaged, attempts: 2))
    }

    /// Whatever happens: every item is finished, failed or goes out again, once, in order.
    @Test func noItemIsLostAndNoneIsThereTwice() {
        for attempts in 0...2 {
            let chunk = Settlement.Facts(items: 10..<20, attempts: attempts, room: 1000)
            for done in 10...20 {
                for wanted: UInt64 in [0, 1, 2000, 6000, .max, .max - 1] {
                    for ending in [.left, killed, .died(.exited(7), isToBlame: false)] {
                        let settlement = settle(chunk, done: done, wanted: wanted, ending)
                        let items = [settlement.finished, settlement.failed?.items] + settlement.again.map(\.items)
                        #expect(items.compactMap { $0 }.flatMap { Array($0) } == Array(10..<20))
                    }
                }
            }
        }
    }
}

import Testing

@testable import Procession

@Suite struct ReadyQueueTests {
    /// As in a stream whose consumer is the slower side: there is always another one.
    @Test func whatWasTakenKeepsNoRoomThoughTheQueueIsNeverEmpty() {
        var queue = ReadyQueue<Int>()
        for number in 0..<3 { queue.append(number) }
        var isInOrder = true
        for number in 0..<100_000 {
            queue.append(number + 3)
            isInOrder = queue.popFirst() == number && isInOrder
        }
        #expect(isInOrder)
        #expect(queue.room < 64)
    }

    @Test func givesBackInTheOrderOfArrivalWhateverTheTurns() {
        var state: UInt64 = 1
        let turns = (0..<10_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 63 == 0
        }
        var queue = ReadyQueue<Int>()
        var (added, taken) = (0, 0)
        for adds in turns {
            if adds {
                queue.append(added)
                added += 1
            } else {
                #expect(queue.popFirst() == (taken < added ? taken : nil))
                taken = min(taken + 1, added)
            }
            #expect(queue.isEmpty == (taken == added))
        }
    }
}

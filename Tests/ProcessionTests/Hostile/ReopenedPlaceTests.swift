import CProcessionShims
import Glibc
import Procession
import ProcessionSegment
import ProcessionSystem
import Testing

/// A worker that opens places again which the parent has closed, between two maps, when nobody claims.
@Suite(.serialized) struct ReopenedPlaceTests {
    @Test func theNextMapWritesIntoNoEarlierResult() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 8)
        let first = try pool.map(Array(0..<256), Triple())
        let log = try EffectLog()
        _ = try pool.map([0], OpensLater(log: log.number))
        let deadline = Instant.now + .seconds(20)
        while log.counts.isEmpty, Instant.now < deadline { usleep(1000) }
        try #require(log.counts[0] == 1, "no place was opened")
        // Who finds nothing in the queue looks at every place before it sleeps.
        for _ in 0..<20 {
            #expect(Array(try pool.map(Array(0..<8), Negated())) == (0..<8).map { -$0 - 1 })
            usleep(2000)
        }
        #expect(Array(first) == (0..<256).map { $0 * 3 })
    }
}

/// Opens all places that are closed and have held a chunk, when the map has been over for a while.
struct OpensLater: ValueFunction {
    var log: UInt64

    func callAsFunction(_ value: Int) -> Int {
        guard let memory = try? Scribbler() else { return value }
        startThread { [log] in
            usleep(200_000)
            for place in 0..<memory.layout.placeCount {
                let owner = memory[place, \.owner]
                if owner > 0xffff, owner & 0xffff == 0 { memory[place, \.owner] = owner | UInt64(PROCESSION_OPEN) }
            }
            EffectLog.add(value, to: log)
        }
        return value
    }
}

struct Negated: ValueFunction { func callAsFunction(_ value: Int) -> Int { -value - 1 } }

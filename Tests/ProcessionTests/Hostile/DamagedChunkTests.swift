import CProcessionShims
import Glibc
import Procession
import Testing

@Suite(.serialized) struct DamagedChunkTests {
    /// It has been seen to come far before it was damaged, and begins anew.
    @Test func aDamagedChunkIsTriedAgainFromItsBeginningUnderATimeLimit() throws {
        let pool = try WorkerPool(workers: 1, timeLimit: .seconds(10), chunkSize: 8)
        let results = bounded(pool) { Array(try pool.map(Array(0..<8), LateLiar())) }
        #expect(results == (0..<8).map { $0 * 2 })
        #expect(pool.statistics.damaged == 1)
    }
}

/// Takes some time for each record, and lies once, when the parent has looked several times how far it is.
struct LateLiar: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        usleep(80_000)
        if value == 6, let memory = try? Scribbler(), memory.isFirst(), let telling = Telling(memory, record: value) {
            telling[\.done] = .max
            telling.leave()
        }
        return value * 2
    }
}

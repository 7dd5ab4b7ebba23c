import CProcessionShims
import Glibc
import Procession
import Testing

/// Doubles its value, but never comes back from one record, whose place it keeps disguised meanwhile.
struct Clinging: ValueFunction {
    enum Disguise: UInt8, CaseIterable {
        /// `done` goes to and fro, as if there were progress.
        case busy
        /// The owner word names one after another, or nobody.
        case shifting
        /// It names nobody at all, while everybody looks asleep.
        case gone
        /// It looks open, so that the other worker clings to it too, and in the end it is revoked from both.
        case open
        /// The bell never stops.
        case loud
        /// The place looks left already, under another generation.
        case stale
        /// Who asks the bell must wait, and it never rings.
        case mute
        /// Who rings the bell must wait, for it cannot ring any louder.
        case deafening
    }
    static let record = 21

    var disguise: Disguise

    func callAsFunction(_ value: Int) throws -> Int {
        guard value == Self.record else {
            // The other worker is at work when the one that clings begins.
            if value == 63 { usleep(200_000) }
            return value * 2
        }
        guard let memory = try? Scribbler(), let telling = Telling(memory, record: value) else {
            // One that clings to this place from an earlier attempt has taken it from our name.
            while true { sleep(1) }
        }
        let (owner, begin) = (telling[\.owner], telling.chunk.begin)
        var turn: UInt64 = 0
        while true {
            turn += 1
            switch disguise {
            case .busy: telling[\.done] = begin + turn % 2
            case .shifting: telling[\.owner] = owner & ~0xffff | [2, 3, 0xffff, 0, 4][Int(turn % 5)]
            case .gone:
                telling.state = 0xffff
                for worker in memory.workers { memory[worker: worker, \.asleep] = 1 }
            case .open:
                telling.state = 1
                usleep(1000)
            case .loud: memory.ring()
            case .stale: telling[\.left] = owner >> 16 + 1
            case .mute:
                _ = fcntl(WorkerDescriptors.bell, F_SETFL, O_NONBLOCK)
                memory.hear()
                _ = fcntl(WorkerDescriptors.bell, F_SETFL, 0)
                usleep(1000)
            case .deafening:
                _ = fcntl(WorkerDescriptors.bell, F_SETFL, O_NONBLOCK)
                memory.ring(times: .max - 1)
                _ = fcntl(WorkerDescriptors.bell, F_SETFL, 0)
                usleep(1000)
            }
        }
    }
}

/// A worker that never comes back ends with its time limit, or with its map, whatever it writes meanwhile.
@Suite(.serialized) struct ClingingTests {
    /// But one that nobody is ever seen to work at, which ends the run after some times five seconds.
    @Test(arguments: Clinging.Disguise.allCases.filter { $0 != .open })
    func noDisguiseOutlivesTheTimeLimit(_ disguise: Clinging.Disguise) throws {
        let pool = try WorkerPool(workers: 2, timeLimit: .milliseconds(300), chunkSize: 8)
        let results = try #require(
            bounded(pool) { try pool.map(Array(0..<64), Clinging(disguise: disguise), onFailure: .collect) })
        #expect(results.failures.map(\.index).contains(Clinging.record))
        // While everybody looks asleep, whoever is at work may be taken for lost too.
        if disguise != .gone { #expect(Set(results.failures.map(\.index)).isSubset(of: 16..<24)) }
        for (index, result) in results.successes { #expect(result == index * 2) }
    }

    @Test(arguments: Clinging.Disguise.allCases)
    func noDisguiseOutlivesItsMap(_ disguise: Clinging.Disguise) throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 8)
        let alarm = Alarm(milliseconds: 300) { pool.cancel() }
        // Or the damage is seen before that.
        #expect(throws: (any Error).self) { _ = try pool.map(Array(0..<64), Clinging(disguise: disguise)) }
        alarm.cancel()
        let later = bounded(pool) { Array(try pool.map([1, 2, 3], Clinging(disguise: disguise))) }
        #expect(later == [2, 4, 6])
        #expect(pool.sharedBytesInUse == 0)
    }

    /// All 256, in one pool: only the low byte of the sixteen bits names states that matter.
    @Test func noStateOfAnOwnerWordIsFatal() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 8)
        for state in UInt64(0)...255 {
            let results = try #require(
                bounded(pool) { try pool.map(Array(0..<64), Posing(state: state), onFailure: .collect) })
            #expect(results.failures.isEmpty, "state \(state): \(results.failures)")
            for index in 0..<64 { #expect(try results[index].get() == index * 2, "state \(state)") }
        }
    }
}

/// Doubles its value, under an owner word that says something else.
struct Posing: ValueFunction {
    var state: UInt64

    func callAsFunction(_ value: Int) -> Int {
        if value == 21, let memory = try? Scribbler(), let telling = Telling(memory, record: value) {
            telling.state = state
        }
        return value * 2
    }
}

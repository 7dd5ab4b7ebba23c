import Glibc
import Procession
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// Three runs at a time on one pool, whose workers are killed meanwhile: every result is its record's, in each of them.
/// PROCESSION_THREE_RUNS says how often, PROCESSION_SEED which.
@Suite(.serialized) struct ThreeRunsTests {
    @Test func runsThatAreOnTogetherKeepTheirRecordsThoughWorkersAreKilled() throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let keeper = EndKeeper()
        defer { keeper.end() }
        var kills = 0
        let rounds = environment("PROCESSION_THREE_RUNS", or: 15)
        for number in 0..<rounds {
            let jobs = (0..<3).map { _ in Job(&random) }
            keeper.expectAnEnd(of: "round \(number): \(jobs), seed \(seed)")
            let pool = try WorkerPool(
                workers: Int.random(in: 1...4, using: &random), retries: 1000,
                chunkSize: [nil, nil, 1, 7, 40].randomElement(using: &random)!)
            let threads = jobs.map { job in OtherThread { job.run(pool, "round \(number), seed \(seed)") } }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                usleep(UInt32.random(in: 0...8000, using: &random))
                let victim = pool.workerProcessIDs.randomElement(using: &random)
                if let victim, kill(victim, SIGKILL) == 0 { kills += 1 }
            }
            for thread in threads { thread.join() }
            #expect(Array(try pool.map(Array(0..<20), Triple())) == (0..<20).map { $0 * 3 })
            #expect(pool.statistics.failed == 0, "round \(number), seed \(seed)")
        }
        if rounds >= 100 { print("\(rounds) rounds of three runs, \(kills) workers killed") }
    }

    struct Job: Sendable {
        enum Kind: CaseIterable { case map, texts, stream, leftStream, mapInStream }
        let kind: Kind
        let count: Int
        let salt: UInt64

        init(_ random: inout SplitMix) {
            kind = Kind.allCases.randomElement(using: &random)!
            count = Int.random(in: 1...2000, using: &random)
            salt = random.next() >> 8
        }

        func run(_ pool: WorkerPool, _ context: String) {
            do {
                let values = (0..<count).map { $0 ^ Int(salt) }
                let right = values.map { $0 * 3 }
                switch kind {
                case .map: #expect(Array(try pool.map(values, Triple())) == right, "\(context)")
                case .texts: #expect(Array(try pool.map(values, AsText())) == values.map { "<\($0)>" }, "\(context)")
                case .stream:
                    #expect(try pool.stream(values, Triple()).map { try $0.get() } == right, "\(context)")
                case .leftStream:
                    let part = try pool.stream(values, AsText(), window: 1 << 16).prefix(count / 2).map { try $0.get() }
                    #expect(part == values.prefix(count / 2).map { "<\($0)>" }, "\(context)")
                case .mapInStream:
                    var position = 0
                    for result in pool.stream(values, Triple()) {
                        #expect(try result.get() == right[position], "\(context)")
                        position += 1
                        if position % 500 == 0 {
                            #expect(Array(try pool.map([position], Triple())) == [position * 3], "\(context)")
                        }
                    }
                    #expect(position == count, "\(context)")
                }
            } catch {
                Issue.record("\(kind): \(error); \(context)")
            }
        }
    }
}

struct AsText: ValueFunction {
    func callAsFunction(_ value: Int) -> String { "<\(value)>" }
}

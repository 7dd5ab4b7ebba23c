import Glibc
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// Says when it ran, so that a result that is written twice shows.
struct Stamp: ValueFunction {
    func callAsFunction(_ value: Int) -> Columns<Int, UInt64> {
        let start = Instant.now
        while Instant.now - start < .microseconds(20) {}
        return Columns(value * 2, start.nanoseconds)
    }
}

/// Never returns, in a way of the caller's choice.
struct Sticks: WorkerFunction {
    enum Way: UInt8, CaseIterable { case spins, sleeps, stops }
    var way: Way
    var badKey: Int

    func callAsFunction(key: Int, value: Int) -> Int {
        while key == badKey {
            switch way {
            case .spins: break
            case .sleeps: sleep(1)
            case .stops: raise(SIGSTOP)
            }
        }
        return value * 2
    }
}

/// Workers that stand still, for a while or for ever.
@Suite(.serialized) struct StopTests {
    @Test(arguments: Sticks.Way.allCases) func aRecordThatSticksCostsItselfAndNothingElse(_ way: Sticks.Way) throws {
        let pool = try WorkerPool(workers: 2, retries: 1, timeLimit: .milliseconds(100))
        for bad in [0, 30, 59] {
            let results = try pool.map(Array(0..<60), Sticks(way: way, badKey: bad), onFailure: .collect)
            #expect(
                results.failures.map(\.description) == [
                    "record \(bad) (key \(bad)): no answer in 0.1 seconds, worker killed, tried 2 times"
                ])
            for index in 0..<60 where index != bad { #expect(try results[index].get() == index * 2) }
        }
    }

    /// Workers that sleep are woken to go, and not left for the second after which those that do not hear are killed.
    @Test func sleepingWorkersAreSentHomeAtOnce() throws {
        let times = try (0..<4).map { _ in
            let pool = try WorkerPool(workers: 2)
            _ = try pool.map(0..<1000, Triple())
            usleep(20_000)
            return ContinuousClock().measure { pool.shutDown() }
        }
        #expect(times.min()! < .milliseconds(900), "\(times)")
    }

    /// Stopped between claim and publication, and let go before, during and after the decision to kill it.
    @Test func aWorkerThatGoesOnAfterItWasGivenUpPublishesNothingTwice() throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let pool = try WorkerPool(workers: 2, retries: 50, timeLimit: .milliseconds(12), chunkSize: 8)
        let count = 150
        var views: [(view: MappedArray<Columns<Int, UInt64>>, seen: [Columns<Int, UInt64>])] = []
        for _ in 0..<environment("PROCESSION_STOPS", or: 200) {
            let victim = pool.workerProcessIDs.randomElement(using: &random)!
            let (before, during) = (
                UInt32.random(in: 0..<2000, using: &random), UInt32.random(in: 6000..<18_000, using: &random)
            )
            let stopper = OtherThread {
                usleep(before)
                kill(victim, SIGSTOP)
                usleep(during)
                kill(victim, SIGCONT)
            }
            let results = try pool.map(Array(0..<count), Stamp())
            views.append((results, Array(results)))
            stopper.join()
        }
        #expect(pool.statistics.workersReplaced > 0, "nobody was given up")
        #expect(pool.statistics.published == pool.statistics.records)
        #expect(pool.statistics.damaged == 0)
        pool.shutDown()
        for (view, seen) in views {
            #expect(Array(view) == seen, "a slot was written after its result was taken")
            #expect(seen.map(\.values.0) == (0..<count).map { $0 * 2 })
        }
    }
}

import Glibc
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// How many cores its worker may run on, after a little work.
struct CoresSeen: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        dawdle()
        return (try? CoreSet(of: 0).count) ?? -1
    }
}

/// Keeps its worker to one core, as a function with reasons of its own may.
struct Settles: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        dawdle()
        try? CoreSet(of: 0).only(0).assign(to: 0)
        return value
    }
}

/// Takes so long that every worker comes to have a part of the records.
private func dawdle() {
    let start = Instant.now
    while Instant.now - start < .microseconds(20) {}
}

/// A long map begins with one worker on each core, and no function sees anything of it.
@Suite(.serialized, .enabled(if: (2...64).contains((try? CoreSet(of: 0).count) ?? 0))) struct SpreadTests {
    let cores: CoreSet
    let pool: WorkerPool
    let values = Array(0..<4000)

    init() throws {
        cores = try CoreSet(of: 0)
        pool = try WorkerPool(workers: cores.count)
    }

    @Test func aLongMapThatWasMappedBeforeWakesEachWorkerOnACoreOfItsOwn() throws {
        #expect(try coresWhenWoken(by: CoresSeen()) == pool.workerProcessIDs.map { _ in cores })
        #expect(try coresWhenWoken(by: CoresSeen()) == (0..<cores.count).map { cores.only($0) })
    }

    @Test func everyFunctionHasAllCores() throws {
        for _ in 0..<5 {
            #expect(Set(try pool.map(values, CoresSeen())) == [cores.count])
            waitUntilAllSleep()
        }
    }

    @Test func coresThatAFunctionHasChosenAreKept() throws {
        for _ in 0..<3 {
            _ = try pool.map(values, Settles())
            _ = try pool.map(values, CoresSeen())
            waitUntilAllSleep()
        }
        #expect(try coresWhenWoken(by: CoresSeen()) == pool.workerProcessIDs.map { _ in cores.only(0) })
    }

    @Test func aShortMapChoosesNoCores() throws {
        _ = try pool.map(values, CoresSeen())
        let few = Array(0..<pool.workerCount)
        #expect(try coresWhenWoken(by: CoresSeen(), mapping: few) == pool.workerProcessIDs.map { _ in cores })
    }

    /// What workers that cannot wake have been given by the time that a map waits for them.
    private func coresWhenWoken(by function: CoresSeen, mapping values: [Int]? = nil) throws -> [CoreSet] {
        waitUntilAllSleep()
        let workers = pool.workerProcessIDs
        for worker in workers { kill(worker, SIGSTOP) }
        let mapper = OtherThread { [pool, values = values ?? self.values] in _ = try? pool.map(values, function) }
        usleep(200_000)
        let seen = try workers.map { try CoreSet(of: $0) }
        for worker in workers { kill(worker, SIGCONT) }
        mapper.join()
        return seen
    }

    /// A worker that is idle spins a little before it sleeps.
    private func waitUntilAllSleep() {
        for worker in pool.workerProcessIDs {
            while !isAsleep(worker) { usleep(1000) }
        }
    }

    private func isAsleep(_ process: Int32) -> Bool {
        guard let stat = try? File.contents(of: "/proc/\(process)/stat") else { return true }
        return String(decoding: stat, as: UTF8.self).split(separator: ")").last?.hasPrefix(" S") ?? true
    }
}

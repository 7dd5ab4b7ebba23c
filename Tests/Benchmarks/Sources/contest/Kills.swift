import Dispatch
import Glibc
import Procession
import Synchronization

// B12: what a crash costs. A thread kills a worker every 100 ms while B6 runs, and watches how soon it is replaced.

func kills(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let steps = settings["steps", default: 1000]
    let count = settings.records
    let arena = try pool.layOut(count: count) { _ in steps }
    let expected = Spin()(steps)
    var mapped: MappedArray<Int>?
    var killer: Killer?
    func isRight() -> Bool {
        defer { mapped = nil }
        return mapped!.count == count && mapped!.allSatisfy { $0 == expected }
    }
    return [
        Side(name: "undisturbed") {
            mapped = try pool.map(arena, Spin())
        } isRight: {
            isRight()
        },
        Side(name: "killed every 100 ms") {
            killer = Killer(pool)
            mapped = try pool.map(arena, Spin())
        } isRight: {
            isRight()
        } notes: {
            // Outside of the time that is measured, because it sleeps between two kills.
            let sorted = killer!.stop().sorted()
            return ["kills": Double(sorted.count), "replaced_ms": sorted.isEmpty ? 0 : sorted[sorted.count / 2] * 1e3]
        },
    ]
}

private final class Killer: Sendable {
    private let isOver = Atomic(false)
    private let times = Mutex<[Double]>([])
    private let ended = DispatchSemaphore(value: 0)

    init(_ pool: WorkerPool) {
        DispatchQueue.global().async { [self] in
            while true {
                usleep(100_000)
                if isOver.load(ordering: .acquiring) { break }
                let before = pool.workerProcessIDs
                guard let victim = before.randomElement() else { continue }
                let clock = ContinuousClock()
                let start = clock.now
                kill(victim, SIGKILL)
                while !isOver.load(ordering: .acquiring) {
                    let now = pool.workerProcessIDs
                    if now.count == before.count, !now.contains(victim) {
                        times.withLock { $0.append((clock.now - start).seconds) }
                        break
                    }
                    usleep(100)
                }
            }
            ended.signal()
        }
    }

    /// The seconds that replacements took.
    func stop() -> [Double] {
        isOver.store(true, ordering: .releasing)
        ended.wait()
        return times.withLock { $0 }
    }
}

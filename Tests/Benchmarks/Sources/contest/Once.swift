import Glibc
import Procession

// B14: one map of `records` numbers in chunks of a fixed size and one worker, so that instructions can be counted.

func once(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: 1, chunkSize: 4096)
    let arena = try pool.layOut(count: settings.records) { $0 }
    let mapped =
        try settings["text", default: 0] == 0
        ? pool.map(arena, Twice())[0] : pool.map(arena, TwiceAndText())[0].values.0
    guard mapped == 0 else { exit(1) }
    pool.shutDown()
    exit(0)
}

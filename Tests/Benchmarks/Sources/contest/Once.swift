import Glibc
import OrderedCollections
import Procession

// B14: `rounds` maps of `records` records in chunks of a fixed size and one worker, so that instructions can be
// counted.

func once(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: 1, chunkSize: 4096)
    let count = settings.records
    switch (settings["text", default: 0], settings["dictionary", default: 0]) {
    case (_, 1):
        // B1d: the whole call, of which making the dictionary is no part.
        let records = OrderedDictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", $0) })
        for _ in 0..<settings["rounds", default: 1] {
            let mapped = OrderedDictionary(try pool.map(records, TwiceAndString()))
            guard mapped.values[count - 1].values.0 == (count - 1) * 2 else { exit(1) }
        }
    case (1, _):
        let arena = try pool.layOut(count: count) { $0 }
        guard try pool.map(arena, TwiceAndText())[0].values.0 == 0 else { exit(1) }
    default:
        let arena = try pool.layOut(count: count) { $0 }
        for _ in 0..<settings["rounds", default: 1] {
            guard try pool.map(arena, Twice())[0] == 0 else { exit(1) }
        }
    }
    pool.shutDown()
    exit(0)
}

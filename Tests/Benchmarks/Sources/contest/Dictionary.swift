import OrderedCollections
import Procession

// B1d: the whole call, from an ordered dictionary to an ordered dictionary of two values per key.

struct TwiceAndString: WorkerFunction, Sendable {
    func callAsFunction(key: String, value: Int) -> Columns<Int, String> { Columns(value &* 2, String(value)) }
}

func dictionary(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let count = settings.records
    let records = OrderedDictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", $0) })
    let function = TwiceAndString()
    var result: OrderedDictionary<String, Columns<Int, String>> = [:]

    func isRight() -> Bool {
        defer { result = [:] }
        return result.keys == records.keys
            && result.values.indices.allSatisfy { result.values[$0].values == ($0 * 2, String($0)) }
    }
    return [
        Side(name: "Procession") {
            result = OrderedDictionary(try pool.map(records, function))
        } isRight: {
            isRight()
        },
        Side(name: "concurrentPerform") {
            result = mapOnThreads(records, function)
        } isRight: {
            isRight()
        },
        Side(name: "serial mapValues") {
            var index = -1
            result = records.mapValues { value in
                index += 1
                return function(key: records.keys[index], value: value)
            }
        } isRight: {
            isRight()
        },
    ]
}

/// What one would write with threads: results into an array, then into a copy of the dictionary, hashing no key again.
private func mapOnThreads(
    _ records: OrderedDictionary<String, Int>, _ function: TwiceAndString
) -> OrderedDictionary<String, Columns<Int, String>> {
    let keys = records.keys.elements
    let values = records.values.elements
    let results = [Columns<Int, String>](unsafeUninitializedCapacity: records.count) { results, written in
        nonisolated(unsafe) let target = results  // chunks do not overlap
        inChunks(records.count) {
            for i in $0 { target.initializeElement(at: i, to: function(key: keys[i], value: values[i])) }
        }
        written = records.count
    }
    var index = -1
    return records.mapValues { _ in
        index += 1
        return results[index]
    }
}

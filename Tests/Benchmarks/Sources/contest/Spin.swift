import Procession

// B6: records that only take time. The same generator as in loops.c, `value` steps of it.

struct Spin: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        var state = UInt(bitPattern: value) | 1
        for _ in 0..<value {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
        }
        return Int(bitPattern: state)
    }
}

func spin(_ settings: Settings) throws -> [Side] {
    let steps = settings["steps", default: 1000]
    return try spinning(settings, (0..<settings.records).map { _ in steps })
}

/// Procession, threads and one thread over the same costs.
func spinning(_ settings: Settings, _ costs: [Int]) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let arena = try pool.layOut(costs)
    let input = touched(costs.count) { costs[$0] }
    let output = touched(costs.count) { _ in 0 }
    serially(input, output, Spin())
    let expected = Array(output)
    var mapped: MappedArray<Int>?
    func outputIsRight() -> Bool {
        defer { output.update(repeating: 0) }
        return output.elementsEqual(expected)
    }
    return [
        Side(name: "Procession") {
            mapped = try pool.map(arena, Spin())
        } isRight: {
            defer { mapped = nil }
            return mapped!.elementsEqual(expected)
        },
        Side(name: "concurrentPerform") {
            onThreads(input, output, chunk: 64, Spin())
        } isRight: {
            outputIsRight()
        },
        Side(name: "Swift") {
            serially(input, output, Spin())
        } isRight: {
            outputIsRight()
        },
    ]
}

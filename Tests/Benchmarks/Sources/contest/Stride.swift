import Procession

// B1: a map at fixed stride. Inputs lie in the arena, the pool is warm, results are looked at where they are.

struct Twice: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value &* 2 }
}

/// Two results per record: twice the value, and its text in 25 bytes.
struct TwiceAndText: ValueFunction {
    func callAsFunction(_ value: Int) -> Columns<Int, InlineText<24>> { Columns(value &* 2, InlineText(value)) }
}

func stride(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let count = settings.records
    return try sides("int", Twice(), count, pool) { $0 == 2 &* $1 }
        + sides("text", TwiceAndText(), count, pool) { $0.values.0 == 2 &* $1 && $0.values.1 == InlineText($1) }
}

/// Procession, threads and one thread, each with the same function.
@inline(__always)
private func sides<Function: ValueFunction & Sendable>(
    _ name: String, _ function: Function, _ count: Int, _ pool: WorkerPool,
    _ isRight: @escaping (Function.Output, Int) -> Bool
) throws -> [Side] where Function.Value == Int {
    let arena = try pool.layOut(count: count) { $0 }
    var mapped: MappedArray<Function.Output>?
    let input = touched(count) { $0 }
    let output = touched(count) { _ in try! function(0) }
    func outputIsRight() -> Bool { output.indices.allSatisfy { isRight(output[$0], $0) } }
    return [
        Side(name: "Procession, \(name)") {
            mapped = try pool.map(arena, function)
        } isRight: {
            defer { mapped = nil }
            return mapped!.count == count && mapped!.indices.allSatisfy { isRight(mapped![$0], $0) }
        },
        Side(name: "concurrentPerform, \(name)") {
            onThreads(input, output, function)
        } isRight: {
            outputIsRight()
        },
        Side(name: "Swift, \(name)") {
            serially(input, output, function)
        } isRight: {
            outputIsRight()
        },
    ]
}

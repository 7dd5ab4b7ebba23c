import Procession

// B15: records of `bytes` bytes each, 1 to 1 MiB; `workers` may be more than there are cores. Few records are mapped
// `times` times in a round.

/// Turns every byte of a record over.
struct Invert: ValueFunction {
    func callAsFunction(_ record: [UInt8]) -> [UInt8] { record.map { ~$0 } }
}

func growth(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let count = settings.records
    var isRight = false
    if settings["bytes", default: 8] == 8 {
        let arena = try pool.layOut(count: count) { $0 }
        let times = settings["times", default: 1]
        var mapped: MappedArray<Int>?
        let input = touched(count) { $0 }
        let output = touched(count) { _ in 0 }
        return [
            Side(name: "concurrentPerform") {
                for _ in 0..<times { onThreads(input, output, Twice()) }
            } isRight: {
                output.indices.allSatisfy { output[$0] == 2 &* $0 }
            },
            Side(name: "Procession") {
                for _ in 0..<times {
                    mapped = nil
                    mapped = try pool.map(arena, Twice())
                }
            } isRight: {
                defer { mapped = nil }
                return mapped!.indices.allSatisfy { mapped![$0] == 2 &* $0 }
            },
        ]
    }
    let record = [UInt8](repeating: 0x55, count: settings["bytes", default: 8])
    return [
        Side(name: "Procession") {
            var seen = 0
            var wrong = 0
            for result in pool.stream(repeatElement(record, count: count), Invert()) {
                let inverted = try result.get()
                if inverted.count != record.count || inverted.last != 0xaa { wrong += 1 }
                seen += 1
            }
            isRight = seen == count && wrong == 0
        } isRight: {
            isRight
        }
    ]
}

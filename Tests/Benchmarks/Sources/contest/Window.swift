import Procession

// B10: the first map of a pool, whose memory has never been touched, against one whose window is used again.

func window(_ settings: Settings) throws -> [Side] {
    let count = settings.records
    let warm = try WorkerPool(workers: settings.workers)
    let warmInput = try warm.layOut(count: count) { $0 }
    var fresh = try WorkerPool(workers: settings.workers)
    var freshInput = try fresh.layOut(count: count) { $0 }
    var mapped: MappedArray<Int>?
    func isRight() -> Bool {
        defer { mapped = nil }
        return mapped!.count == count && mapped!.indices.allSatisfy { mapped![$0] == 2 &* $0 }
    }
    return [
        Side(name: "used again") {
            mapped = try warm.map(warmInput, Twice())
        } isRight: {
            isRight()
        },
        Side(name: "fresh") {
            mapped = try fresh.map(freshInput, Twice())
        } isRight: {
            let right = isRight()
            fresh = try WorkerPool(workers: settings.workers)
            freshInput = try fresh.layOut(count: count) { $0 }
            return right
        },
    ]
}

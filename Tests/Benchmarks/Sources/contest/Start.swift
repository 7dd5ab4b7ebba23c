import Procession

// B4: starting a pool in a process that holds `mib` MiB of touched memory, up to its first result.

func start(_ settings: Settings) throws -> [Side] {
    let ballast = touched(settings["mib", default: 10] << 20) { UInt8(truncatingIfNeeded: $0) }
    var answer = 0
    return [
        Side(name: "Procession") {
            let pool = try WorkerPool(workers: settings.workers)
            answer = try pool.map([21], Twice())[0]
        } isRight: {
            defer { answer = 0 }
            return answer == 42 && ballast[ballast.count - 1] == 255
        }
    ]
}

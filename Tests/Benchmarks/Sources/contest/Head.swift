import Glibc
import Procession

// B11: record 0 takes a second, a million of a microsecond stand behind it, and the window holds a part of them only.

struct SleepOrSpin: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        guard value < 0 else { return Spin()(value) }
        usleep(UInt32(-value))
        return 0
    }
}

func head(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let count = settings.records
    let steps = settings["steps", default: 500]
    let window = settings["window", default: 4 << 20]
    let spun = Spin()(steps)
    var wrong = 0
    var secondHalf = Duration.zero
    var mostBytes = 0

    func stream(first: Int) throws {
        let clock = ContinuousClock()
        var index = 0
        var half = clock.now
        wrong = 0
        for result in pool.stream((0..<count).lazy.map { $0 == 0 ? first : steps }, SleepOrSpin(), window: window) {
            let value = try result.get()
            if value != (index == 0 && first < 0 ? 0 : spun) { wrong += 1 }
            if index == count / 2 { half = clock.now }
            if index & 1023 == 0 { mostBytes = max(mostBytes, pool.sharedBytesInUse) }
            index += 1
        }
        secondHalf = clock.now - half
        if index != count { wrong += 1 }
    }
    func notes() -> [String: Double] {
        defer { mostBytes = 0 }
        return [
            "second_half_ns": Double(secondHalf.nanoseconds), "shared_bytes": Double(mostBytes),
            "window": Double(window),
        ]
    }
    return [
        Side(name: "slow head") {
            try stream(first: -settings["microseconds", default: 1_000_000])
        } isRight: {
            wrong == 0
        } notes: {
            notes()
        },
        Side(name: "no slow head") {
            try stream(first: steps)
        } isRight: {
            wrong == 0
        } notes: {
            notes()
        },
    ]
}

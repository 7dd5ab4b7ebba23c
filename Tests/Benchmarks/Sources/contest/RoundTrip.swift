import Glibc
import Procession

// B2: one record there and back, on a warm pool. `trips` maps of one record each make a round.

func roundTrip(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let trips = settings.records
    let arena = try pool.layOut(count: 1) { $0 + 21 }
    var sum = 0
    func isRight() -> Bool {
        defer { sum = 0 }
        return sum == 42 * trips
    }
    var time = Duration.zero
    return [
        Side(name: "Procession, at once") {
            for _ in 0..<trips { sum += try pool.map(arena, Twice())[0] }
        } isRight: {
            isRight()
        },
        // The pause before each trip, in which workers fall asleep, is not part of the figure in the notes.
        Side(name: "Procession, after a pause") {
            time = .zero
            for _ in 0..<trips {
                usleep(500)
                time += try ContinuousClock().measure { sum += try pool.map(arena, Twice())[0] }
            }
        } isRight: {
            isRight()
        } notes: {
            ["ns": Double(time.nanoseconds)]
        },
    ]
}

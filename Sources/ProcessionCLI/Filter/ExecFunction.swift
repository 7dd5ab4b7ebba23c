import Procession
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// The function of `--exec`: every worker keeps one filter running and sends it the records, a line each.
struct ExecFunction: _ChunkFunction {
    static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        let desk = (worker.local as? FilterDesk) ?? FilterDesk(ExecPlan(of: chunk))
        worker.local = desk
        chunk.wasHandedOver = true
        desk.map(chunk, on: worker)
    }
}

/// What a worker must know to run filters.
struct ExecPlan: Equatable {
    let records: RecordPlan
    let command: String
    let retries: Int
    /// Whether lines and answers have the number of their record in front.
    let isTagged: Bool
    /// How long a filter may take over a record.
    let timeLimit: Duration?
    /// Bytes of memory that the filter, with all that it has started, may have alone.
    let memoryLimit: Int?
    /// Bytes of the window that a worker may hold for answers which it keeps back.
    let mostHeld: Int

    /// Numbers, then the plan with its length in front, then the command.
    func encoded() -> [UInt8] {
        let plan = records.encoded()
        let numbers = [
            retries, isTagged ? 1 : 0, timeLimit.map { Int($0.nanoseconds) } ?? 0, memoryLimit ?? 0,
            mostHeld, plan.count,
        ]
        return numbers.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } } + plan
            + command.givenBytes
    }
}

extension ExecPlan {
    /// From the bytes that the run shares, which the parent has written.
    init(of chunk: borrowing _ClaimedChunk) { self = chunk.withContext { ExecPlan(encoded: $0) } }

    init(encoded bytes: Span<UInt8>) {
        let numbers = (0..<6).map { place in
            (0..<8).reduce(0) { $0 | Int(bytes[place * 8 + $1]) << ($1 * 8) }
        }
        let end = 48 + numbers[5]
        guard let records = try? RecordPlan(encoded: bytes.extracting(48..<end)) else {
            preconditionFailure("the parent sent a plan that no worker can follow")
        }
        self.init(
            records: records, command: String(given: (end..<bytes.count).map { bytes[$0] }),
            retries: numbers[0], isTagged: numbers[1] == 1,
            timeLimit: numbers[2] > 0 ? .nanoseconds(numbers[2]) : nil,
            memoryLimit: numbers[3] > 0 ? numbers[3] : nil, mostHeld: numbers[4])
    }
}

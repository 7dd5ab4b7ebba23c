import Procession
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// The function of `--exec`: every worker keeps one filter running and sends it the records, a line each.
struct ExecFunction: _ChunkFunction {
    static func _map(_ chunk: inout ClaimedChunk, on worker: _Worker) {
        let desk = (worker.local as? FilterDesk) ?? FilterDesk(ExecPlan(of: chunk))
        worker.local = desk
        chunk.wasHandedOver = true
        desk.map(chunk, on: worker)
    }
}

/// What a worker must know to run filters.
struct ExecPlan {
    let records: RecordPlan
    let command: String
    let retries: Int

    init(records: RecordPlan, command: String, retries: Int) {
        self.records = records
        self.command = command
        self.retries = retries
    }

    /// The retries, then the plan with its length in front, then the command.
    func encoded() -> [UInt8] {
        let plan = records.encoded()
        func number(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        return number(retries) + number(plan.count) + plan + command.givenBytes
    }

    /// From the bytes that the run shares, which the parent has written.
    init(of chunk: borrowing ClaimedChunk) {
        self = chunk.withContext { bytes in
            func number(at offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) } }
            let end = 16 + number(at: 8)
            guard let records = try? RecordPlan(encoded: bytes.extracting(16..<end)) else {
                preconditionFailure("the parent sent a plan that no worker can follow")
            }
            let command = (end..<bytes.count).map { bytes[$0] }
            return ExecPlan(
                records: records, command: String(given: command), retries: number(at: 0))
        }
    }
}

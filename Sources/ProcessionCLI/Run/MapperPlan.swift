import Procession
import ProcessionRecords
import ProcessionSegment

/// What a worker must know to map records by functions.
struct MapperPlan: Equatable {
    let records: RecordPlan
    let commands: CommandCare

    /// Numbers, then the plan.
    func encoded() -> [UInt8] {
        [commands.retries, commands.mostOutput]
            .flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } } + records.encoded()
    }

    init(records: RecordPlan, commands: CommandCare) { (self.records, self.commands) = (records, commands) }

    init(encoded bytes: Span<UInt8>) throws(PlanError) {
        let numbers = (0..<2).map { place in
            (0..<8).reduce(0) { $0 | Int(bytes[place * 8 + $1]) << ($1 * 8) }
        }
        records = try RecordPlan(encoded: bytes.extracting(16...))
        commands = CommandCare(retries: numbers[0], mostOutput: numbers[1])
    }
}

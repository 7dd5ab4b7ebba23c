/// What is the same in every record's output: the bytes before the key, before each column, and at the end.
struct RecordFrame {
    /// Whether the record's key is part of its output.
    let hasKey: Bool
    let opening: [UInt8]
    /// What stands before each column's value.
    let before: Pieces
    /// What stands before each field of a row that is kept.
    let beforeField: Pieces
    let closing: [UInt8]
    /// What stands for a value that could not be made.
    let nothing: [UInt8]

    init(plan: RecordPlan) {
        let names = plan.columnNames.map { $0.json + Array(":".utf8) }
        let isLater = names.indices.map { $0 > 0 }
        hasKey = plan.output != .lines && plan.layout != .appended
        nothing = Array((plan.output.isJSON ? "null" : "").utf8)
        beforeField = Pieces(plan.layout == .appended ? Self.fieldPrefixes(plan) : [])
        switch plan.output {
        case .lines:
            opening = []
            before = Pieces(isLater.map { Array(($0 ? "\t" : "").utf8) })
            closing = Array("\n".utf8)
        case .csv, .tsv:
            opening = []
            before = Pieces(isLater.map { _ in [RowScanner(format: plan.output).delimiter] })
            closing = Self.rowEnding(plan)
        case .ndjson:
            opening = Array("{".utf8) + (plan.layout == .appended ? [] : plan.keyName.json + Array(":".utf8))
            before = Pieces(names.map { Array(",".utf8) + $0 })
            closing = Array("}\n".utf8)
        case .json:
            let isObject = names.count > 1 && plan.layout != .split
            opening = Array(",".utf8)
            before = Pieces(
                zip(isLater, names).map { isLater, name in
                    isObject ? Array((isLater ? "," : ":{").utf8) + name : Array(":".utf8)
                })
            closing = Array((isObject ? "}" : "").utf8)
        }
    }

    private static func fieldPrefixes(_ plan: RecordPlan) -> [[UInt8]] {
        plan.fieldNames.enumerated().map { place, name in
            switch plan.output {
            case .ndjson: Array((place > 0 ? "," : "").utf8) + name.json + Array(":".utf8)
            default: place > 0 ? [RowScanner(format: plan.output).delimiter] : []
            }
        }
    }

    /// Rows end as the input's header row did.
    static func rowEnding(_ plan: RecordPlan) -> [UInt8] {
        Array((plan.header.suffix(2) == Array("\r\n".utf8)[...] ? "\r\n" : "\n").utf8)
    }
}

/// What the parent writes around the records' texts to make one output of them.
///
/// `opening`, the texts in order, `closing`. When split, the texts of each column come together, between
/// `columnOpening` and `columnClosing`.
package struct OutputJoiner: Equatable, Sendable {
    /// What stands before the first text.
    package var opening: [UInt8] = []
    /// The byte every text begins with, and which the first text of the output, or of a column, must lose.
    package var separator: UInt8?
    /// What stands behind the last text.
    package var closing: [UInt8] = []
    /// What stands before the texts of each column, when split; else none.
    package var columnOpening: [[UInt8]] = []
    /// What stands behind the texts of each column, when split; else nothing.
    package var columnClosing: [UInt8] = []

    /// The plan must know its header if the input has one.
    package init(plan: RecordPlan) {
        guard !plan.answersAreOutput else { return }
        switch plan.output {
        case .lines, .ndjson: break
        case .csv, .tsv: opening = Self.headerRow(plan)
        case .json:
            opening = Array("{".utf8)
            separator = UInt8(ascii: ",")
            closing = Array("}\n".utf8)
            guard plan.layout == .split else { return }
            columnOpening = plan.columnNames.enumerated().map { index, name in
                Array((index == 0 ? "" : ",").utf8) + name.json + Array(":{".utf8)
            }
            columnClosing = Array("}".utf8)
        }
    }

    private static func headerRow(_ plan: RecordPlan) -> [UInt8] {
        let fields = (plan.layout == .appended ? plan.fieldNames : [plan.keyName]) + plan.columnNames
        let style = TextStyle(plan: plan)
        var row: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { row.append(RowScanner(format: plan.output).delimiter) }
            // A name that the format cannot hold was refused with the plan.
            try? style.appendName(field, isFirst: index == 0, to: &row)
        }
        return row + RecordFrame.rowEnding(plan)
    }
}

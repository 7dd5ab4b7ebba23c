/// What is to be done with every record: all that a worker must know, and so small that it travels as bytes.
///
/// There is none that cannot be carried out: what does not go together is refused when it is made, and what the header
/// row must have when that is known.
package struct RecordPlan: Equatable, Sendable {
    /// What a record gives.
    package enum Work: Equatable, Sendable {
        /// What functions make of it: columns, in order.
        case columns([Column], ColumnLayout)
        /// The answer of an external filter, which is sent the record as it is, one line each.
        case filter
    }

    /// What columns stand beside.
    package enum ColumnLayout: UInt8, CaseIterable, Sendable {
        /// The key of their record.
        case keyed
        /// Every field of their record.
        case appended
        /// Nothing: each column becomes a JSON object of its own.
        case split
    }

    /// The format records are read from.
    package let input: RecordFormat
    /// The format records are written to.
    package let output: RecordFormat
    package let work: Work
    /// The field that names the record; `nil` is the first one of a table, and `key` in NDJSON.
    package let key: FieldName?
    /// The field the functions work on; `nil` is the second one of a table, `value` in NDJSON, and for a filter all.
    package let value: FieldName?
    /// Whether a record that fails gives empty values (JSON's `null`) instead of nothing.
    package let emptyWhenFailed: Bool
    /// The header row of a CSV or TSV input with its line ending; empty until the splitter has seen it.
    package private(set) var header: [UInt8]

    /// Refuses what cannot be carried out, or could not be read back.
    package init(
        input: RecordFormat, output: RecordFormat? = nil, _ work: Work, key: FieldName? = nil, value: FieldName? = nil,
        emptyWhenFailed: Bool = false, header: [UInt8] = []
    ) throws(PlanError) {
        self.input = input
        self.output = output ?? input
        self.work = work
        self.key = key
        self.value = value
        self.emptyWhenFailed = emptyWhenFailed
        self.header = header
        try check()
    }

    /// The same for an input with this header row, in which fields are looked up.
    package func with(header: [UInt8]) throws(PlanError) -> RecordPlan {
        var plan = self
        plan.header = header
        try plan.check()
        return plan
    }

    /// What is computed of each record, in order; none by a filter.
    package var columns: [Column] { if case .columns(let columns, _) = work { columns } else { [] } }

    /// What the columns stand beside; nil with a filter.
    package var layout: ColumnLayout? { if case .columns(_, let layout) = work { layout } else { nil } }

    package var isFilter: Bool { if case .filter = work { true } else { false } }

    /// How many texts a record gives: one per column when split, else one.
    package var outputsPerRecord: Int { layout == .split ? columns.count : 1 }

    /// Whether the parent cuts records off unread, and the worker that maps one judges it first. Where one is malformed,
    /// the parent's own judgement counts (`firstMalformed`).
    var recordsAreCutUnread: Bool { input == .ndjson || input.isTable }

    /// Whether the text of a plain field is written as it stands, because the output can hold all that the input can,
    /// and needs quotation marks nowhere else.
    var keepsPlainText: Bool {
        switch (input, output) {
        case (.lines, .lines), (.csv, .csv), (.csv, .lines), (.tsv, .tsv), (.tsv, .lines): true
        default: false
        }
    }

    /// The names in the header row, in order; none without a header.
    var fieldNames: [FieldName] { input.isTable ? RowScanner.names(inHeader: header, format: input) : [] }

    /// What the key is called in the output.
    var keyName: FieldName { key ?? fieldNames.first ?? "key" }

    /// Whether a command is started for every record.
    package var runsCommands: Bool { columns.contains { $0.function.command != nil } }

    /// Whether functions of shared libraries are called.
    package var callsLibraries: Bool { columns.contains { $0.function.library != nil } }

    /// The fields that each column works on, one behind the other, or that the filter reads if one is named; `nil` is the
    /// value of a format whose values have no name, and the second field of a table.
    var sources: [FieldName?] {
        if isFilter { return value.map { [$0] } ?? [] }
        return columns.flatMap(\.fields).map { $0 ?? value ?? (input == .ndjson ? "value" : nil) }
    }
}

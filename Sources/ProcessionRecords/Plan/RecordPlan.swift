/// What is to be done with every record: all that a worker must know, and so small that it travels as bytes.
///
/// There is none that cannot be carried out: what does not go together is refused when it is made, and what the header
/// row must have when that is known.
package struct RecordPlan: Equatable, Sendable {
    /// What a record gives.
    package enum Work: Equatable, Sendable {
        /// What functions make of it: columns, in order.
        case columns([Column], ColumnLayout)
        /// The answer of an external filter, as it came.
        case filter
        /// Columns that functions make, then those that an external filter answers.
        case answers(Answers, beside: [Column], ColumnLayout)
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
    /// The field the functions work on; `nil` is the second one of a table, `value` in NDJSON.
    package let value: FieldName?
    /// What a filter is sent of each record.
    package let sent: SentForm
    /// Whether a record that fails gives empty values (JSON's `null`) instead of nothing.
    package let emptyWhenFailed: Bool
    /// The header row of a CSV or TSV input with its line ending; empty until the splitter has seen it.
    package private(set) var header: [UInt8]

    /// Refuses what cannot be carried out, or could not be read back.
    ///
    /// - Parameter sent: What a filter is sent; by default the value field if one is named, else the record.
    package init(
        input: RecordFormat, output: RecordFormat? = nil, _ work: Work, key: FieldName? = nil, value: FieldName? = nil,
        sent: SentForm? = nil, emptyWhenFailed: Bool = false, header: [UInt8] = []
    ) throws(PlanError) {
        self.input = input
        self.output = output ?? input
        self.work = work
        self.key = key
        self.value = value
        self.sent = sent ?? (value == nil ? .record : .value)
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

    /// What functions compute of each record, in order.
    package var columns: [Column] {
        switch work {
        case .columns(let columns, _), .answers(_, beside: let columns, _): columns
        case .filter: []
        }
    }

    /// What columns stand beside; nil where there are none.
    package var layout: ColumnLayout? {
        switch work {
        case .columns(_, let layout), .answers(_, beside: _, let layout): layout
        case .filter: nil
        }
    }

    /// The columns that a filter fills, behind the others.
    package var answers: Answers? { if case .answers(let answers, _, _) = work { answers } else { nil } }

    /// What every column is called, in order.
    package var columnNames: [FieldName] { columns.map(\.name) + (answers?.columns.map(\.name) ?? []) }

    /// Whether records go through an external filter.
    package var isFilter: Bool { if case .columns = work { false } else { true } }

    /// Whether a filter's answer is the record's output.
    package var answersAreOutput: Bool { work == .filter }

    /// Whether an answer without a tab is the record's output, as it came: a line that is the only column.
    package var keepsAnswers: Bool {
        guard let answers, output == .lines, layout == .keyed, columns.isEmpty, answers.form == .tsv else {
            return false
        }
        return answers.columns.count == 1 && answers.columns[0].kind == .text
    }

    /// Whether a filter is sent lines of the input, as they are.
    package var sendsLines: Bool {
        switch sent {
        case .record: [.lines, .tsv, .ndjson].contains(input)
        case .value: input == .lines
        case .json: input == .ndjson
        case .tsv: false
        }
    }

    /// How many texts a record gives: one per column when split, else one.
    package var outputsPerRecord: Int { layout == .split ? columnNames.count : 1 }

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

    /// Whether a program or a function is told the numbers of records.
    package var tellsNumbers: Bool {
        let isLine = input == .lines
        let commands = columns.compactMap(\.function.command)
        return callsLibraries || commands.contains { $0.takesNumber || isLine && $0.takesKey }
            || isFilter && isLine && (sent == .json || sent == .tsv)
    }

    /// The fields that each column works on, one behind the other, then that which a filter is sent; `nil` is the value of
    /// a format whose values have no name, and the second field of a table.
    var sources: [FieldName?] {
        let usual = value ?? (input == .ndjson ? "value" : nil)
        return columns.flatMap(\.fields).map { $0 ?? usual } + (isFilter && sent == .value ? [usual] : [])
    }
}

/// What is to be done with every record: all that a worker must know, and so small that it travels as bytes.
package struct RecordPlan: Equatable, Sendable {
    /// The format records are read from.
    package var input: RecordFormat
    /// The format records are written to.
    package var output: RecordFormat
    /// What is computed of each record, in order; none with `exec`.
    package var columns: [Column]
    /// The field that names the record; `nil` is the first one of a table, and `key` in NDJSON.
    package var key: FieldName?
    /// The field the functions work on; `nil` is the second one of a table, `value` in NDJSON, and with `exec` all.
    package var value: FieldName?
    /// Whether every field of the record is kept in front of the columns.
    package var append: Bool
    /// Whether each column becomes a JSON object of its own.
    package var split: Bool
    /// Whether records are handed to an external filter as they are, one line each, and its answers are the output.
    package var exec: Bool
    /// Whether a record that fails gives empty values (JSON's `null`) instead of nothing.
    package var emptyWhenFailed: Bool
    /// The header row of a CSV or TSV input with its line ending; empty until the splitter has seen it.
    package var header: [UInt8]

    package init(
        input: RecordFormat, output: RecordFormat? = nil, columns: [Column] = [], key: FieldName? = nil,
        value: FieldName? = nil, append: Bool = false, split: Bool = false, exec: Bool = false,
        emptyWhenFailed: Bool = false, header: [UInt8] = []
    ) {
        self.input = input
        self.output = output ?? input
        self.columns = columns
        self.key = key
        self.value = value
        self.append = append
        self.split = split
        self.exec = exec
        self.emptyWhenFailed = emptyWhenFailed
        self.header = header
    }

    /// How many texts a record gives: one per column when split, else one.
    package var outputsPerRecord: Int { split ? columns.count : 1 }

    /// Whether records are lines to the parent, which cuts them off unread, and a worker checks that each is an object
    /// before it sends it on. Where one is not, the parent's own judgement counts (`firstMalformed`).
    var linesAreChecked: Bool { exec && input == .ndjson && value == nil }

    /// Whether the text of a plain field is written as it stands, because the output can hold all that the input can.
    var keepsPlainText: Bool {
        switch (input, output) {
        case (.lines, .lines), (.tsv, .tsv), (.tsv, .lines): true
        default: false
        }
    }

    /// The names in the header row, in order; none without a header.
    var fieldNames: [FieldName] {
        guard input.isTable, !header.isEmpty else { return [] }
        let scanner = RowScanner(format: input)
        var names: [FieldName] = []
        var position = 0
        while let (field, isLast) = try? scanner.field(header.span, at: &position, atEnd: true) {
            var name: [UInt8] = []
            let bytes = header.span.extracting(field.range)
            if field.form == .doubled { appendUndoubled(bytes, to: &name) } else { name.append(bytes) }
            names.append(FieldName(name))
            if isLast { break }
        }
        return names
    }

    /// What the key is called in the output.
    var keyName: FieldName { key ?? fieldNames.first ?? "key" }

    /// The field that each column works on, or that the filter reads if one is named; `nil` is the value of a format whose
    /// values have no name, and the second field of a table.
    var sources: [FieldName?] {
        if exec { return value.map { [$0] } ?? [] }
        return columns.map { $0.field ?? value ?? (input == .ndjson ? "value" : nil) }
    }
}

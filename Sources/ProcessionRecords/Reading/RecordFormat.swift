/// The text formats that records are read from and written to.
package enum RecordFormat: String, CaseIterable, Sendable {
    /// Every line is a record; nothing is quoted, and any byte but a newline may be in it.
    case lines
    /// Comma-separated values by RFC 4180, with a header row.
    case csv
    /// Tab-separated values with a header row and no quoting.
    case tsv
    /// One JSON object per line.
    case ndjson
    /// One JSON object; its members are the records.
    case json

    /// The format of this name, in any case; an extension is a name too.
    package init?(name: String) {
        guard let format = RecordFormat(rawValue: name.lowercased()) ?? RecordFormat(fileExtension: name) else {
            return nil
        }
        self = format
    }

    /// The format that files of this extension hold, or `nil` where the extension does not tell.
    package init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "ndjson", "jsonl": self = .ndjson
        case "json": self = .json
        default: return nil
        }
    }

    /// Whether values are JSON values, so that numbers, texts and `null` are told apart.
    var isJSON: Bool { self == .ndjson || self == .json }

    /// Whether records are rows below a header row.
    var isTable: Bool { self == .csv || self == .tsv }
}

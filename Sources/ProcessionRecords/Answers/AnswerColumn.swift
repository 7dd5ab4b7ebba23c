/// A column that a filter fills: what it is called, and of what type its values are.
package struct AnswerColumn: Equatable, Sendable {
    /// What an answer's field must be. An answer that is not fails its record.
    package enum Kind: String, CaseIterable, Sendable {
        /// Any text.
        case text
        /// A number by the grammar of JSON, kept as it is spelled.
        case number
        /// `true` or `false`.
        case bool
        /// Any JSON value.
        case json
    }

    package let name: FieldName
    package let kind: Kind

    package init(name: FieldName, kind: Kind = .text) {
        self.name = name
        self.kind = kind
    }

    /// Reads `NAME[:TYPE],…`, as it is written on the command line.
    package static func list(parsing bytes: [UInt8]) throws(PlanError) -> [AnswerColumn] {
        var columns: [AnswerColumn] = []
        for part in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            columns.append(try AnswerColumn(parsing: Array(part)))
        }
        return columns
    }

    /// Reads `NAME[:TYPE]`. What stands behind the last colon is the type.
    private init(parsing bytes: [UInt8]) throws(PlanError) {
        let colon = bytes.lastIndex(of: UInt8(ascii: ":"))
        let name = Array(bytes[..<(colon ?? bytes.endIndex)])
        guard !name.isEmpty else {
            throw PlanError(
                "an answer has no name; answers are written NAME[:TYPE], with commas between them, as in 'score:number,word'"
            )
        }
        self.name = FieldName(name)
        kind = if let colon { try Self.kind(of: bytes, behind: colon) } else { .text }
    }

    private static func kind(of bytes: [UInt8], behind colon: Int) throws(PlanError) -> Kind {
        let word = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        if let kind = Kind(rawValue: word) { return kind }
        throw PlanError(
            "\(shown(bytes.span)) has no type behind its last colon\(suggestion(for: word, among: Kind.allCases.map(\.rawValue)))"
                + "; there are text, number, bool and json, and a name with a colon in it is written NAME:TYPE")
    }
}

/// What a filter's answers are, where they are columns.
package struct Answers: Equatable, Sendable {
    /// How an answer is written.
    package enum Form: String, CaseIterable, Sendable {
        /// As many fields as there are columns, with tabs between them and nothing quoted.
        case tsv
        /// An object, with a member for each column.
        case json
    }

    package let columns: [AnswerColumn]
    package let form: Form

    package init(_ columns: [AnswerColumn], _ form: Form = .tsv) {
        self.columns = columns
        self.form = form
    }
}

/// What a filter is sent of a record, in one line.
package enum SentForm: String, CaseIterable, Sendable {
    /// The record as it was written; of a JSON member its value.
    case record
    /// The text of the value field.
    case value
    /// An object: the fields by their names, or key and value where there are none.
    case json
    /// The texts of the fields, or of key and value, with tabs between them.
    case tsv
}

import ProcessionSegment

/// A value of a record, still lying in the input's bytes.
struct Field {
    enum Form {
        /// The bytes are the text.
        case plain
        /// The inside of a quoted CSV field, with quotation marks doubled.
        case doubled
        /// A JSON value.
        case json
    }

    var range: Range<Int>
    var form: Form
}

/// Finds the fields of CSV and TSV rows.
struct RowScanner {
    let delimiter: UInt8
    private let hasQuotes: Bool

    init(format: RecordFormat) {
        delimiter = format == .csv ? UInt8(ascii: ",") : UInt8(ascii: "\t")
        hasQuotes = format == .csv
    }

    /// Reads the field at `position` and moves behind it and what ends it; `isLast` says whether that was its row.
    ///
    /// With `atEnd`, the end of the bytes ends the row, too.
    func field(
        _ bytes: Span<UInt8>, at position: inout Int, atEnd: Bool
    ) throws(ScanStop) -> (field: Field, isLast: Bool) {
        if hasQuotes, position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            let field = try quoted(bytes, at: &position, atEnd: atEnd)
            guard let isLast = try ending(bytes, at: &position, atEnd: atEnd) else {
                throw .wrong(at: position, "a comma or the end of the row was expected behind the quoted field")
            }
            return (field, isLast)
        }
        let start = position
        while true {
            let end = position
            if let isLast = try ending(bytes, at: &position, atEnd: atEnd) {
                return (Field(range: start..<end, form: .plain), isLast)
            }
            if hasQuotes, bytes[position] == UInt8(ascii: "\"") {
                throw .wrong(at: position, "a field with a quotation mark in it must be quoted as a whole")
            }
            position += 1
        }
    }

    /// Moves behind a delimiter or the end of the row; `nil` if there is neither.
    private func ending(_ bytes: Span<UInt8>, at position: inout Int, atEnd: Bool) throws(ScanStop) -> Bool? {
        guard position < bytes.count else {
            guard atEnd else { throw .needMore }
            return true
        }
        let byte = bytes[position]
        // The control characters that end a field sort before anything a field usually holds.
        guard byte <= delimiter || byte <= UInt8(ascii: "\r") else { return nil }
        if byte == delimiter {
            position += 1
            return false
        }
        if byte == UInt8(ascii: "\n") {
            position += 1
            return true
        }
        guard byte == UInt8(ascii: "\r") else { return nil }
        if position + 1 == bytes.count, !atEnd { throw .needMore }
        if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\n") {
            position += 2
            return true
        }
        if hasQuotes {
            throw .wrong(at: position, "a field with a carriage return in it must be quoted")
        }
        return nil
    }

    private func quoted(_ bytes: Span<UInt8>, at position: inout Int, atEnd: Bool) throws(ScanStop) -> Field {
        let start = position
        var end = position + 1
        var form = Field.Form.plain
        while true {
            end = find(UInt8(ascii: "\""), in: bytes, from: end)
            if end == bytes.count, atEnd { throw .wrong(at: start, "this quoted field is never closed") }
            // A quotation mark at the end of the bytes may be the first of two.
            if end == bytes.count || end + 1 == bytes.count && !atEnd { throw .needMore }
            guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\"") else { break }
            form = .doubled
            end += 2
        }
        position = end + 1
        return Field(range: start + 1..<end, form: form)
    }
}

/// Appends the inside of a quoted CSV field with its doubled quotation marks made single.
func appendUndoubled(_ inside: Span<UInt8>, to text: inout [UInt8]) {
    var position = 0
    while position < inside.count {
        text.append(inside[position])
        position += inside[position] == UInt8(ascii: "\"") ? 2 : 1
    }
}

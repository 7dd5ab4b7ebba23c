import ProcessionBytes

/// A value of a record, still lying in the input's bytes.
struct Field {
    enum Form {
        /// The bytes are the text. In a table they have no delimiter, no end of a line and no quotation mark in them.
        case plain
        /// The inside of a quoted CSV field, which is the text.
        case quoted
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
        var seen = position
        return try field(bytes, at: &position, seen: &seen, atEnd: atEnd)
    }

    /// The same where more bytes may come: then `position` stays where the field begins, and `seen` says how far it was
    /// looked at, which is not done again.
    @inline(__always)
    func field(
        _ bytes: Span<UInt8>, at position: inout Int, seen: inout Int, atEnd: Bool
    ) throws(ScanStop) -> (field: Field, isLast: Bool) {
        let start = position
        if hasQuotes, start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
            let form = try findClosingMark(bytes, ofFieldAt: start, from: &seen, atEnd: atEnd)
            var end = seen + 1
            guard let isLast = try ending(bytes, at: &end, atEnd: atEnd) else {
                throw .wrong(at: end, "a comma or the end of the row was expected behind the quoted field")
            }
            position = end
            return (Field(range: start + 1..<seen, form: form), isLast)
        }
        seen = max(seen, start)
        while true {
            seen = findMark(in: bytes, from: seen, delimiter: delimiter)
            let end = seen
            if let isLast = try ending(bytes, at: &seen, atEnd: atEnd) {
                position = seen
                return (Field(range: start..<end, form: .plain), isLast)
            }
            if hasQuotes, bytes[seen] == UInt8(ascii: "\"") {
                throw .wrong(at: seen, "a field with a quotation mark in it must be quoted as a whole")
            }
            seen += 1
        }
    }

    /// Moves behind a delimiter or the end of the row; `nil` if there is neither.
    private func ending(_ bytes: Span<UInt8>, at position: inout Int, atEnd: Bool) throws(ScanStop) -> Bool? {
        guard position < bytes.count else {
            guard atEnd else { throw .needMore }
            return true
        }
        let byte = bytes[position]
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

    /// Moves `position` to the mark that closes a quoted field.
    private func findClosingMark(
        _ bytes: Span<UInt8>, ofFieldAt start: Int, from position: inout Int, atEnd: Bool
    ) throws(ScanStop) -> Field.Form {
        var form = Field.Form.quoted
        position = max(position, start + 1)
        while true {
            position = find(UInt8(ascii: "\""), in: bytes, from: position)
            if position == bytes.count, atEnd { throw .wrong(at: start, "this quoted field is never closed") }
            // A quotation mark at the end of the bytes may be the first of two.
            if position == bytes.count || position + 1 == bytes.count && !atEnd { throw .needMore }
            guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") else { return form }
            form = .doubled
            position += 2
        }
    }
}

/// Appends the inside of a quoted CSV field with its doubled quotation marks made single.
func appendUndoubled(_ inside: Span<UInt8>, to text: inout [UInt8]) {
    var position = 0
    while position < inside.count {
        let end = min(find(UInt8(ascii: "\""), in: inside, from: position) + 1, inside.count)
        text.append(inside.extracting(position..<end))
        position = end + (inside[end - 1] == UInt8(ascii: "\"") ? 1 : 0)
    }
}

extension RowScanner {
    /// The names in a header row, in order; none in an empty one.
    static func names(inHeader header: [UInt8], format: RecordFormat) -> [FieldName] {
        let scanner = RowScanner(format: format)
        var names: [FieldName] = []
        var position = 0
        while !header.isEmpty, let (field, isLast) = try? scanner.field(header.span, at: &position, atEnd: true) {
            var name: [UInt8] = []
            let bytes = header.span.extracting(field.range)
            if field.form == .doubled { appendUndoubled(bytes, to: &name) } else { name.append(bytes) }
            names.append(FieldName(name))
            if isLast { break }
        }
        return names
    }
}

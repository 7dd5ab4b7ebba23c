import ProcessionBytes

/// How a text is written as a value of the output format.
struct TextStyle {
    let format: RecordFormat
    /// Whether the text of a plain field comes from a format that can hold no more than this one, and so needs no look;
    /// nor does it in upper or lower case.
    let keepsPlainText: Bool
    /// Whether a carriage return at the end of a row is read as a part of the row's ending.
    let losesLastReturn: Bool

    init(plan: RecordPlan) {
        format = plan.output
        keepsPlainText = plan.keepsPlainText
        losesLastReturn = plan.output == .tsv && RecordFrame.rowEnding(plan).count == 1
    }

    func append(_ text: Span<UInt8>, to output: inout some ByteSink) throws(ValueFailure) {
        switch format {
        case .lines:
            try refuse(UInt8(ascii: "\n"), "newline", in: text)
            output.append(text)
        case .csv: appendCSV(text, to: &output)
        case .tsv:
            try refuse(UInt8(ascii: "\t"), "tab", in: text)
            try refuse(UInt8(ascii: "\n"), "newline", in: text)
            output.append(text)
        case .ndjson, .json: try appendJSONString(text, to: &output)
        }
    }

    /// Appends a name of the header row. A byte order mark before the first one would be passed over, unless it is
    /// quoted.
    func appendName(_ name: FieldName, isFirst: Bool, to output: inout some ByteSink) throws(ValueFailure) {
        guard isFirst, format == .csv || format == .tsv, name.bytes.starts(with: byteOrderMark) else {
            return try append(name.bytes.span, to: &output)
        }
        guard format == .csv else {
            throw ValueFailure(
                "\(name) begins with a byte order mark, which tsv does not read as a part of the first name")
        }
        appendQuoted(name.bytes.span, to: &output)
    }

    /// Refuses what was written at the end of a row if it would not be read back.
    func checkEnd(_ last: UInt8?) throws(ValueFailure) {
        guard losesLastReturn, last == UInt8(ascii: "\r") else { return }
        throw ValueFailure("the last column ends in a carriage return, which tsv reads as the line's")
    }

    private func refuse(_ byte: UInt8, _ name: String, in text: Span<UInt8>) throws(ValueFailure) {
        guard find(byte, in: text, from: 0) < text.count else { return }
        throw ValueFailure("\(shown(text)) has a \(name) in it, which \(format.rawValue) cannot hold")
    }

    private func appendCSV(_ text: Span<UInt8>, to output: inout some ByteSink) {
        if needsQuotes(text) { appendQuoted(text, to: &output) } else { output.append(text) }
    }

    private func appendQuoted(_ text: Span<UInt8>, to output: inout some ByteSink) {
        output.append(UInt8(ascii: "\""))
        var kept = 0
        while kept < text.count {
            // With the mark itself, which is written once more.
            let end = min(find(UInt8(ascii: "\""), in: text, from: kept) + 1, text.count)
            output.append(text.extracting(kept..<end))
            if text[end - 1] == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\"")) }
            kept = end
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Whether a text is a field of CSV only within quotation marks.
    func needsQuotes(_ text: Span<UInt8>) -> Bool {
        findMark(in: text, from: 0, delimiter: UInt8(ascii: ",")) < text.count
    }
}

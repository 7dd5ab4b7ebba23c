extension RecordSplitter {
    /// Cuts lines; the last one needs no newline.
    mutating func cutLines(_ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut) {
        while cut.count < limit, cut.consumed < bytes.count {
            let newline = find(UInt8(ascii: "\n"), in: bytes, from: cut.consumed)
            if newline == bytes.count, !atEnd { return }
            take(cut.consumed..<min(newline + 1, bytes.count), into: &cut)
        }
    }

    /// Cuts table rows of as many fields as the header has; empty lines may stand at the end only.
    mutating func cutRows(_ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut) throws(ScanStop) {
        while cut.count < limit, cut.consumed < bytes.count {
            let start = cut.consumed
            let blank = afterLineEndings(bytes, from: start)
            if blank == bytes.count {
                if atEnd { cut.consumed = blank }
                return
            }
            let (end, count) = try row(bytes, from: start, atEnd: atEnd)
            guard count == fieldCount else {
                let message = "this row has \(fields(count)), but the header has \(fields(fieldCount))"
                throw .wrong(at: start, message)
            }
            take(start..<end, into: &cut)
        }
    }

    /// Passes the header row and keeps it.
    mutating func takeHeader(_ bytes: Span<UInt8>, atEnd: Bool, into cut: inout Cut) throws(ScanStop) {
        let start = cut.consumed
        guard start < bytes.count else { throw .needMore }
        let (end, count) = try row(bytes, from: start, atEnd: atEnd)
        guard afterLineEndings(bytes, from: start) != end else {
            throw .wrong(at: start, "the line is empty where a header row was expected")
        }
        var row: [UInt8] = []
        row.append(bytes.extracting(start..<end))
        header = row
        fieldCount = count
        cut.consumed = end
    }

    private func row(
        _ bytes: Span<UInt8>, from start: Int, atEnd: Bool
    ) throws(ScanStop) -> (end: Int, fields: Int) {
        var position = start
        var count = 1
        while try !rows.field(bytes, at: &position, atEnd: atEnd).isLast { count += 1 }
        return (position, count)
    }

    private func fields(_ count: Int) -> String {
        count == 1 ? "1 field" : "\(count) fields"
    }

    private func afterLineEndings(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] == UInt8(ascii: "\n") || bytes[position] == UInt8(ascii: "\r") {
            position += 1
        }
        return position
    }
}

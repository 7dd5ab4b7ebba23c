extension RecordSplitter {
    /// Cuts lines; the last one needs no newline.
    mutating func cutLines(_ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut) {
        let (end, count) = endOfLine(limit, in: bytes, from: unfinished.seen)
        unfinished = Unfinished()
        cut.count = count
        cut.consumed = end
        if end == bytes.count, end > 0, bytes[end - 1] != UInt8(ascii: "\n") {
            // A line that is not ended yet is the last one, or comes again with more.
            if atEnd, count < limit {
                cut.count += 1
            } else {
                cut.consumed = count == 0 ? 0 : startOfLine(bytes, before: end)
                unfinished.seen = end - cut.consumed
            }
        }
        cut.records = 0..<cut.consumed
    }

    /// Cuts table rows of as many fields as the header has; empty lines may stand at the end only.
    mutating func cutRows(_ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut) throws(ScanStop) {
        // From the next row up to here there are line endings only.
        var blank = cut.consumed + unfinished.blank
        while cut.count < limit, cut.consumed < bytes.count {
            let start = cut.consumed
            blank = afterLineEndings(bytes, from: max(blank, start))
            if blank == bytes.count {
                unfinished.blank = blank - start
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
        // Of this row alone: what follows may not be there yet.
        guard afterLineEndings(bytes.extracting(first: end), from: start) != end else {
            throw .wrong(at: start, "the line is empty where a header row was expected")
        }
        var row: [UInt8] = []
        row.append(bytes.extracting(start..<end))
        header = row
        fieldCount = count
        cut.consumed = end
    }

    private mutating func row(
        _ bytes: Span<UInt8>, from start: Int, atEnd: Bool
    ) throws(ScanStop) -> (end: Int, fields: Int) {
        var (position, seen, count) = (start + unfinished.field, start + unfinished.seen, unfinished.fields)
        unfinished = Unfinished()
        do throws(ScanStop) {
            while try !rows.field(bytes, at: &position, seen: &seen, atEnd: atEnd).isLast { count += 1 }
        } catch {
            if case .needMore = error {
                unfinished = Unfinished(seen: seen - start, field: position - start, fields: count)
            }
            throw error
        }
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

    private func startOfLine(_ bytes: Span<UInt8>, before end: Int) -> Int {
        var position = end
        while position > 0, bytes[position - 1] != UInt8(ascii: "\n") { position -= 1 }
        return position
    }
}

import ProcessionBytes

// NDJSON and rows: the parent cuts off records by their ends alone; the worker that maps one, or sends it to a filter,
// has judged it; and where it could not take it, the parent's own judgement says whether the input is malformed.

extension RecordSplitter {
    /// Cuts lines, of which empty ones may stand at the end only.
    mutating func cutUnreadObjects(
        _ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut
    ) throws(ScanStop) {
        let start = cut.consumed
        let text = bytes.extracting(start...)
        var lines = Cut(records: 0..<0, count: 0, consumed: 0, isEnd: false)
        cutLines(text, limit: limit, atEnd: atEnd, into: &lines)
        leaveBlankLines(of: text, in: &lines, isJSONSpace)
        guard lines.count == 0 else { return takeAll(lines, into: &cut) }
        guard limit > 0 else { return }
        let next = afterJSONSpace(text, from: 0)
        if next == text.count {
            if atEnd { cut.consumed = bytes.count }
        } else if find(UInt8(ascii: "\n"), in: text, from: 0) < next {
            throw .wrong(at: start, "a line is empty before the last record")
        }
    }

    /// Cuts rows that end where they would if they were well-formed. Where none has ended yet, it is read, so that what
    /// is malformed and seems to have no end is found at once.
    mutating func cutUnreadRows(
        _ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut
    ) throws(ScanStop) {
        guard unfinished.blank == 0 else { return try cutRows(bytes, limit: limit, atEnd: atEnd, into: &cut) }
        // A row that is being read is read to its end.
        let isInRow = format == .csv && unfinished.seen > 0
        if isInRow { return try cutRows(bytes, limit: min(limit, 1), atEnd: atEnd, into: &cut) }
        let text = bytes.extracting(cut.consumed...)
        var rows = Cut(records: 0..<0, count: 0, consumed: 0, isEnd: false)
        if format == .csv {
            let ends = RowEnds(limit, in: text)
            (rows.count, rows.consumed) = (ends.count, ends.end)
            if atEnd, !ends.isQuoted, ends.end < text.count, ends.count < limit {
                (rows.count, rows.consumed) = (ends.count + 1, text.count)
            }
        } else {
            cutLines(text, limit: limit, atEnd: atEnd, into: &rows)
        }
        leaveBlankLines(of: text, in: &rows) { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard rows.count == 0 else { return takeAll(rows, into: &cut) }
        if unfinished.seen == 0 { try cutRows(bytes, limit: limit, atEnd: atEnd, into: &cut) }
    }

    /// Takes back the blank lines behind the last record: whether they are the last, only what follows can tell.
    private mutating func leaveBlankLines(of text: Span<UInt8>, in lines: inout Cut, _ isBlank: (UInt8) -> Bool) {
        var end = lines.consumed
        while end > 0, isBlank(text[end - 1]) { end -= 1 }
        if end > 0 { end = RecordReader.afterLine(text, from: end) }
        guard end < lines.consumed else { return }
        let blank = text.extracting(end..<lines.consumed)
        let isOpen = blank[blank.count - 1] != UInt8(ascii: "\n")
        lines.count -= newlines(in: blank, before: blank.count) + (isOpen ? 1 : 0)
        lines.consumed = end
        unfinished = Unfinished()
    }

    private func takeAll(_ lines: Cut, into cut: inout Cut) {
        let start = cut.consumed
        cut.count = lines.count
        cut.records = start..<start + lines.consumed
        cut.consumed = start + lines.consumed
    }
}

extension RecordPlan {
    /// The first record of a chunk that is malformed, where records are judged by who maps them: its number in the
    /// chunk, and what is wrong. `start` is where the chunk begins.
    package func firstMalformed(
        _ text: Span<UInt8>, from start: RecordSplitter.Border
    ) -> (item: Int, error: RecordSyntaxError)? {
        guard recordsAreCutUnread else { return nil }
        var splitter = RecordSplitter(format: input)
        splitter.border = start
        splitter.fieldCount = fieldNames.count
        do throws(RecordSyntaxError) {
            let good = try splitter.cut(text, limit: .max, atEnd: true)
            do throws(RecordSyntaxError) {
                _ = try splitter.cut(text.extracting(good.consumed...), limit: .max, atEnd: true)
            } catch {
                return (good.count, error)
            }
        } catch {
            return (0, error)
        }
        return nil
    }
}

import ProcessionBytes

// NDJSON: the parent cuts off lines, at the cost of lines; the worker that maps one, or sends it to a filter, has
// checked it; and where it could not, the parent's own judgement says whether the input is malformed.

extension RecordSplitter {
    /// Cuts lines, of which empty ones may stand at the end only.
    mutating func cutUncheckedObjects(
        _ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut
    ) throws(ScanStop) {
        let start = cut.consumed
        let text = bytes.extracting(start...)
        var lines = Cut(records: 0..<0, count: 0, consumed: 0, isEnd: false)
        cutLines(text, limit: limit, atEnd: atEnd, into: &lines)
        var end = lines.consumed
        while end > 0, isJSONSpace(text[end - 1]) { end -= 1 }
        if end > 0 { end = RecordReader.afterLine(text, from: end) }
        if end < lines.consumed {
            // Whether these empty lines are the last, only what follows can tell.
            let blank = text.extracting(end..<lines.consumed)
            let isOpen = blank[blank.count - 1] != UInt8(ascii: "\n")
            lines.count -= newlines(in: blank, before: blank.count) + (isOpen ? 1 : 0)
            lines.consumed = end
            unfinished = Unfinished()
        }
        guard lines.count == 0 else {
            cut.count = lines.count
            cut.records = start..<start + end
            cut.consumed = start + end
            return
        }
        guard limit > 0 else { return }
        let next = afterJSONSpace(text, from: 0)
        if next == text.count {
            if atEnd { cut.consumed = bytes.count }
        } else if find(UInt8(ascii: "\n"), in: text, from: 0) < next {
            throw .wrong(at: start, "a line is empty before the last record")
        }
    }
}

extension RecordPlan {
    /// The first record of a chunk that is malformed, where lines are checked by who maps them: its number in the
    /// chunk, and what is wrong. `start` is where the chunk begins.
    package func firstMalformed(
        _ text: Span<UInt8>, from start: RecordSplitter.Border
    ) -> (item: Int, error: RecordSyntaxError)? {
        guard linesAreChecked else { return nil }
        var splitter = RecordSplitter(format: .ndjson)
        splitter.border = start
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

/// Checks that lines are JSON objects, one each.
struct ObjectLineChecker {
    private var plain = PlainObjects()
    private var checker = JSONChecker()
    /// Lines that are read by the whole grammar before plain ones are looked for again; and how many these are where
    /// they are looked for in vain.
    private var strictLines = 0
    private var patience = 1

    /// Whether every line is an object, and nothing else is on it.
    mutating func accepts(_ lines: Span<UInt8>) -> Bool {
        var position = 0
        while position < lines.count {
            let end = end(of: lines, from: position)
            guard end > position else { return false }
            position = end
        }
        return true
    }

    /// The end of some lines, the first at `start`, that are objects; `start` where the first one is none.
    mutating func end(of lines: Span<UInt8>, from start: Int) -> Int {
        if strictLines == 0 {
            let count = plain.count(in: lines.extracting(start...))
            patience = count > 1024 ? 1 : min(patience * 2, 64)
            if count > 0 { return start + count }
            strictLines = patience
        }
        strictLines -= 1
        let end = RecordReader.afterLine(lines, from: start)
        return accepts(line: lines.extracting(start..<end)) ? end : start
    }

    private mutating func accepts(line: Span<UInt8>) -> Bool {
        let start = afterJSONSpace(line, from: 0)
        guard start < line.count, line[start] == UInt8(ascii: "{") else { return false }
        guard let end = try? checker.value(line, from: start) else { return false }
        return afterJSONSpace(line, from: end) == line.count
    }
}

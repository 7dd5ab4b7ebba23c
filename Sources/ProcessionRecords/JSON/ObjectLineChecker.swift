import ProcessionBytes

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

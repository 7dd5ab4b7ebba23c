import ProcessionBytes

/// Reads one row after another, from mark to mark, and judges them: what `RowScanner` reads as a row of so many fields
/// is one, and nothing else. What is wrong with a row that is none, the scanner says.
struct RowReader {
    private let delimiter: UInt8
    private let hasQuotes: Bool
    private var marks: BytePlaces
    /// Those of them in 64 bytes from `base` on that are not passed yet.
    private var word: UInt64 = 0
    private var base = 0
    /// Behind the row that was read last: there the marks go on. Nil behind what was none.
    private var next: Int?
    /// Where that row's text lies: a worker may read several by turns.
    private var place: TextPlace?

    init(format: RecordFormat) {
        delimiter = RowScanner(format: format).delimiter
        hasQuotes = format == .csv
        marks = BytePlaces(ofMarksWith: delimiter)
    }

    /// Reads the row that begins at `position`, of which there are as many as there are fields, and moves behind it.
    ///
    /// False where it is none. Then `position` is behind what the splitter has cut off as one.
    @inline(__always)
    mutating func read(_ bytes: Span<UInt8>, at position: inout Int, into fields: inout [Field]) -> Bool {
        // At 0 another text begins, perhaps where an earlier one lay.
        let place = TextPlace(of: bytes)
        if position == 0 || position != next || place != self.place {
            marks.move(to: position)
            (word, self.place) = (0, place)
        }
        let start = position
        var target = fields.mutableSpan
        let isRow = read(bytes, at: &position, into: &target)
        next = isRow ? position : nil
        if !isRow { position = end(of: bytes, from: start) }
        return isRow
    }

    @inline(__always)
    private mutating func read(
        _ bytes: Span<UInt8>, at position: inout Int, into fields: inout MutableSpan<Field>
    ) -> Bool {
        // Held in registers, which what `self` holds is not.
        let (hasQuotes, delimiter, count) = (hasQuotes, delimiter, fields.count)
        var start = position
        for place in 0..<count {
            let isLast: Bool?
            if hasQuotes, start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
                isLast = readQuoted(bytes, at: &start, into: &fields[place])
            } else {
                let end = nextMark(in: bytes)
                fields[place] = Field(range: start..<end, form: .plain)
                if end < bytes.count, bytes[end] == delimiter {
                    start = end &+ 1
                    continue
                }
                isLast = isLastField(bytes, endingAt: end, &start)
            }
            guard let isLast else { return false }
            guard isLast else { continue }
            position = start
            return place &+ 1 == count
        }
        return false
    }

    /// The next mark that may end a field. Tabs and ends of lines alone do so where there are no quotation marks.
    @inline(__always)
    private mutating func nextMark(in bytes: Span<UInt8>) -> Int {
        var mark = passMark(in: bytes)
        while !hasQuotes, mark < bytes.count, !endsField(bytes, mark) { mark = passMark(in: bytes) }
        return mark
    }

    /// The next mark, or the end.
    @inline(__always)
    private mutating func passMark(in bytes: Span<UInt8>) -> Int {
        while word == 0 {
            guard let more = marks.nextWord(in: bytes) else { return bytes.count }
            (word, base) = more
        }
        let mark = base &+ word.trailingZeroBitCount
        word &= word &- 1
        return mark
    }

    private func endsField(_ bytes: Span<UInt8>, _ mark: Int) -> Bool {
        bytes[mark] == delimiter || bytes[mark] == UInt8(ascii: "\n") || isReturn(bytes, at: mark)
    }

    /// Moves behind the mark that ends a field; whether it ends the row, too, or nil where it may not stand there.
    @inline(__always)
    private mutating func isLastField(_ bytes: Span<UInt8>, endingAt end: Int, _ position: inout Int) -> Bool? {
        guard end < bytes.count else {
            position = end
            return true
        }
        let mark = bytes[end]
        if mark == delimiter || mark == UInt8(ascii: "\n") {
            position = end + 1
            return mark != delimiter
        }
        guard isReturn(bytes, at: end) else { return nil }
        position = passMark(in: bytes) + 1
        return true
    }

    /// Whether a carriage return is a part of a line's ending.
    private func isReturn(_ bytes: Span<UInt8>, at position: Int) -> Bool {
        bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
    }

    /// Reads a field in quotation marks, and what ends it.
    @inline(never)
    private mutating func readQuoted(
        _ bytes: Span<UInt8>, at position: inout Int, into field: inout Field
    ) -> Bool? {
        let start = passMark(in: bytes) + 1
        var form = Field.Form.quoted
        while true {
            let mark = passMark(in: bytes)
            guard mark < bytes.count else { return nil }
            guard bytes[mark] == UInt8(ascii: "\"") else { continue }
            let next = passMark(in: bytes)
            if next == mark + 1, next < bytes.count, bytes[next] == UInt8(ascii: "\"") {
                form = .doubled
                continue
            }
            guard next == mark + 1 else { return nil }
            field = Field(range: start..<mark, form: form)
            return isLastField(bytes, endingAt: next, &position)
        }
    }

    /// Behind what the splitter cuts off at `start` without reading it.
    private func end(of bytes: Span<UInt8>, from start: Int) -> Int {
        let text = bytes.extracting(start...)
        guard hasQuotes else { return min(start + find(UInt8(ascii: "\n"), in: text, from: 0) + 1, bytes.count) }
        let row = RowEnds(1, in: text)
        return row.count > 0 ? start + row.end : bytes.count
    }
}

import ProcessionRecords

/// Where records of a file are, and how many: the file beside it that `procession index` makes.
struct RecordIndex: Equatable {
    /// A place between two records, and what stands before it.
    struct Entry: Equatable {
        let border: RecordSplitter.Border
        let records: Int
        /// The check sum of the input before it.
        let sum: CRC64
    }

    let format: RecordFormat
    let size: Int
    let modified: Int
    /// The check sum of the whole.
    let sum: CRC64
    let records: Int
    /// The line behind the last.
    let lines: Int
    /// In their order.
    let entries: [Entry]

    /// What the index of a file is called.
    static func path(of input: String) -> String { input + ".pidx" }

    /// How far apart entries are: few enough to be read at once, however large the file.
    static func step(for size: Int) -> Int { max(1 << 20, size / 65_536) }

    /// The last entry before a record; nil for the beginning.
    func entry(before record: Int) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].records <= record { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : entries[low - 1]
    }
}

extension RecordIndex {
    static let magic = Array("prcs-idx".utf8)
    static let version = 1

    /// Numbers of eight bytes: version, format, size, time, sum, records, lines, how many entries, these, a check sum.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        for number in [Self.version, RecordFormat.allCases.firstIndex(of: format)!, size, modified] {
            bytes.put(number)
        }
        bytes.put(bits: sum.value)
        for number in [records, lines, entries.count] { bytes.put(number) }
        for entry in entries {
            bytes.put(entry.border.offset.bytes)
            bytes.put(entry.border.line)
            bytes.put(Int(entry.border.place.rawValue))
            bytes.put(entry.records)
            bytes.put(bits: entry.sum.value)
        }
        bytes.put(bits: CRC64(of: bytes[...]).value)
        return bytes
    }

    /// Nil for what is no whole index of this version.
    init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: Self.magic), bytes.count >= 80, bytes.count % 8 == 0 else { return nil }
        var fields = Fields(bytes[8...])
        var end = Fields(bytes.suffix(8))
        do {
            guard try end.bits() == CRC64(of: bytes.dropLast(8)).value, try fields.number() == Self.version else {
                return nil
            }
            let format = try fields.number()
            guard format < RecordFormat.allCases.count else { return nil }
            self.format = RecordFormat.allCases[format]
            (size, modified) = (try fields.number(), try fields.number())
            sum = CRC64(value: try fields.bits())
            (records, lines) = (try fields.number(), try fields.number())
            var entries: [Entry] = []
            for _ in 0..<(try fields.number()) {
                let (offset, line) = (try fields.number(), try fields.number())
                var border = RecordSplitter.Border(line: line, offset: FileOffset(bytes: offset))
                guard let place = RecordSplitter.Place(rawValue: UInt8(truncatingIfNeeded: try fields.number())) else {
                    return nil
                }
                border.place = place
                entries.append(
                    Entry(border: border, records: try fields.number(), sum: CRC64(value: try fields.bits())))
            }
            self.entries = entries
        } catch {
            return nil
        }
    }
}

// MARK: Making one

extension RecordIndex {
    /// Goes through the whole input once.
    ///
    /// - Parameter step: How far apart the entries are.
    init(
        _ beginning: InputBeginning, format: RecordFormat, size: Int, modified: Int, step: Int, _ peek: Peek
    ) throws {
        (self.format, self.size, self.modified) = (format, size, modified)
        var builder = IndexBuilder(beginning, format, step)
        if format == .json { try builder.passMembers(peek) } else { try builder.passRows(size, peek) }
        guard builder.offset == size else { throw InputChanged() }
        sum = builder.sum
        (records, lines) = (builder.records, builder.line)
        let records = builder.records
        entries = builder.entries.filter { $0.records < records }
    }
}

/// What has been seen of an input that an index is made of.
private struct IndexBuilder {
    private let format: RecordFormat
    private let step: Int
    private let start: RecordSplitter.Border
    private(set) var offset: Int
    private(set) var line: Int
    private(set) var sum: CRC64
    private(set) var records = 0
    private(set) var entries: [RecordIndex.Entry] = []
    /// Where the next entry is due.
    private var due: Int

    private static let piece = 1 << 20

    init(_ beginning: InputBeginning, _ format: RecordFormat, _ step: Int) {
        (self.format, self.step) = (format, step)
        start = beginning.splitter.border
        (offset, line, sum) = (start.offset.bytes, start.line, beginning.sum)
        due = offset + step
    }

    private mutating func pass(_ bytes: Span<UInt8>) {
        sum.add(bytes)
        line += newlines(in: bytes, before: bytes.count)
        offset += bytes.count
    }

    private mutating func enter(_ place: RecordSplitter.Place) {
        var border = RecordSplitter.Border(line: line, offset: FileOffset(bytes: offset))
        border.place = place
        entries.append(RecordIndex.Entry(border: border, records: records, sum: sum))
        due = offset + step
    }

    /// Rows are counted by their ends. What is wrong with them is found by whoever maps them.
    mutating func passRows(_ size: Int, _ peek: Peek) throws {
        var rows = RowPass(format: format)
        while true {
            let bytes = try peek(offset, Self.piece)
            guard !bytes.isEmpty else { break }
            var rest = bytes.span
            while rest.count > 0 {
                let isDue = offset >= due
                let part = isDue ? rest : rest.extracting(first: due - offset)
                let (end, count) = rows.pass(isDue ? 1 : .max, in: part)
                pass(rest.extracting(first: end))
                rest = rest.extracting(end...)
                records += count
                if isDue, count == 1 { enter(.first) }
            }
        }
        try leaveOutBlankLines(size, peek)
    }

    /// Empty lines at the end are no records, and a last line without its end is one.
    private mutating func leaveOutBlankLines(_ size: Int, _ peek: Peek) throws {
        var (end, newlines) = (size, 0)
        scan: while end > start.offset.bytes {
            let from = max(start.offset.bytes, end - 4096)
            for byte in try peek(from, end - from).reversed() {
                let isNewline = byte == UInt8(ascii: "\n")
                guard format.isBlank(byte) || format == .lines && isNewline && end == size else { break scan }
                newlines += isNewline ? 1 : 0
                end -= 1
            }
        }
        records = end == start.offset.bytes && format != .lines ? 0 : max(0, records - newlines + 1)
        if format == .lines, size == start.offset.bytes { records = 0 }
    }

    /// Members are read by the whole grammar, which is what knows where they end.
    mutating func passMembers(_ peek: Peek) throws {
        var splitter = RecordSplitter(format: .json)
        splitter.border = start
        var size = min(Self.piece, step)
        while true {
            let bytes = try peek(offset, size)
            let isAtEnd = bytes.count < size
            let cut = try splitter.cut(bytes.span, limit: .max, atEnd: isAtEnd)
            pass(bytes.span.extracting(first: cut.consumed))
            records += cut.count
            if cut.isEnd { return }
            if cut.consumed == 0 {
                size *= 4
            } else if offset >= due {
                enter(splitter.border.place)
            }
        }
    }
}

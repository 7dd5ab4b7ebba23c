import ProcessionRecords

/// What stands in a text at an offset: so many bytes, or fewer at its end.
typealias Peek = (_ offset: Int, _ count: Int) throws -> [UInt8]

/// One of several parts of an input, counted from 0.
struct Shard: Equatable, CustomStringConvertible {
    let number: Int
    let count: Int

    var description: String { "shard \(number) of \(count)" }

    /// Where a part begins, when so much is divided among all: `floor(number * whole / count)`, however large.
    static func share(_ number: Int, of count: Int, in whole: Int) -> Int {
        whole / count * number + (whole % count * number) / count
    }
}

/// Where one shard ends and the next begins.
struct ShardBorder: Equatable {
    /// Line and place as the splitter has them; without an index lines are counted from here.
    var border = RecordSplitter.Border()
    /// Records before it; 0 where nobody has counted them.
    var records = 0
    /// How far a run that ends here must be shown the input: to the byte that says whether empty lines are the last.
    var shown = 0

    var offset: Int { border.offset.bytes }
}

/// The part of the input that a shard maps.
struct ShardSpan: Equatable {
    let begin: ShardBorder
    let end: ShardBorder
    /// Whether records were counted before it, and lines, so that their numbers are those of the whole.
    let isCounted: Bool
    /// Whether nothing comes behind it.
    let isLast: Bool

    var isEmpty: Bool { begin.offset == end.offset }
    /// How many records it has, where that is known.
    var records: Int? { isCounted ? end.records - begin.records : nil }
}

/// Divides an input among shards: by records where there is an index, else by bytes. The same for all who ask.
struct ShardBorders {
    let format: RecordFormat
    let size: Int
    /// Where the records begin.
    let start: RecordSplitter.Border
    /// The records of the whole, and where some of them are.
    let index: RecordIndex?
    let peek: Peek

    private static let piece = 1 << 16

    func span(of shard: Shard) throws -> ShardSpan {
        let (begin, end) = (try border(shard.number, of: shard.count), try border(shard.number + 1, of: shard.count))
        return ShardSpan(begin: begin, end: end, isCounted: index != nil, isLast: end.offset == size)
    }

    func border(_ number: Int, of count: Int) throws -> ShardBorder {
        if number == count { return end }
        if let index {
            let records = Shard.share(number, of: count, in: index.records)
            return records == 0 ? ShardBorder() : try border(before: records, index)
        }
        let goal = Shard.share(number, of: count, in: size)
        return goal > start.offset.bytes ? try border(near: goal) : ShardBorder()
    }

    private var end: ShardBorder {
        var end = ShardBorder(records: index?.records ?? 0, shown: size)
        end.border = RecordSplitter.Border(line: index?.lines ?? 1, offset: FileOffset(bytes: size))
        end.border.place = .end
        return end
    }

    // MARK: By bytes

    /// The first line that begins at or behind an offset and is not empty.
    private func border(near goal: Int) throws -> ShardBorder {
        var offset = goal - 1
        while true {
            let bytes = try peek(offset, Self.piece)
            guard !bytes.isEmpty else { return end }
            if let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                offset += newline + 1
                break
            }
            offset += bytes.count
        }
        let text = try blank(from: offset)
        guard offset < size, text.end < size else { return end }
        var result = ShardBorder(shown: format == .lines ? text.line : text.end + 1)
        result.border = RecordSplitter.Border(line: 1, offset: FileOffset(bytes: text.line))
        return result
    }

    /// The first byte at or behind an offset that is not blank, or the end, and where its line begins.
    private func blank(from offset: Int) throws -> (line: Int, end: Int) {
        guard format != .lines else { return (offset, offset) }
        var (line, position) = (offset, offset)
        while true {
            let bytes = try peek(position, Self.piece)
            guard !bytes.isEmpty else { return (line, position) }
            for byte in bytes {
                guard format.isBlank(byte) else { return (line, position) }
                position += 1
                if byte == UInt8(ascii: "\n") { line = position }
            }
        }
    }

    // MARK: By records

    private func border(before records: Int, _ index: RecordIndex) throws -> ShardBorder {
        let entry = index.entry(before: records) ?? RecordIndex.Entry(border: start, records: 0, sum: CRC64())
        guard format != .json else { return try member(records, behind: entry) }
        var rows = RowPass(format: format)
        var (offset, line, left) = (entry.border.offset.bytes, entry.border.line, records - entry.records)
        while left > 0 {
            let bytes = try peek(offset, Self.piece)
            guard !bytes.isEmpty else { throw ShardRefusal.indexIsWrong }
            let (end, count) = rows.pass(left, in: bytes.span)
            line += newlines(in: bytes.span, before: end)
            offset += end
            left -= count
        }
        var result = ShardBorder(records: records, shown: offset)
        result.border = RecordSplitter.Border(line: line, offset: FileOffset(bytes: offset))
        if format != .lines { result.shown = min(try blank(from: offset).end + 1, size) }
        return result
    }

    /// Behind the comma before a member of a JSON object.
    private func member(_ records: Int, behind entry: RecordIndex.Entry) throws -> ShardBorder {
        var splitter = RecordSplitter(format: .json)
        splitter.border = entry.border
        var (count, size) = (entry.records, Self.piece)
        while true {
            let bytes = try peek(splitter.border.offset.bytes, size)
            let before = splitter.border
            do throws(RecordSyntaxError) {
                count += try splitter.cut(bytes.span, limit: records - count, atEnd: false).count
            } catch {
                throw ShardRefusal.indexIsWrong
            }
            if count == records, splitter.border.place == .next { break }
            guard splitter.border == before else { continue }
            guard bytes.count == size else { throw ShardRefusal.indexIsWrong }
            size *= 4
        }
        var result = ShardBorder(records: records, shown: splitter.border.offset.bytes)
        result.border = splitter.border
        return result
    }
}

extension RecordFormat {
    /// Whether a line of such bytes alone is empty. Lines are never.
    func isBlank(_ byte: UInt8) -> Bool {
        switch self {
        case .lines, .json: false
        case .csv, .tsv: byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        case .ndjson:
            byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: " ")
                || byte == UInt8(ascii: "\t")
        }
    }
}

/// The beginning of an input: what every shard must know of it, wherever its own records are.
struct InputBeginning {
    /// The plan, with its header.
    let plan: RecordPlan
    /// Has seen the beginning, and stands where records begin.
    let splitter: RecordSplitter
    /// The check sum of what stands before.
    let sum: CRC64

    private static let piece = 1 << 16

    /// Throws what is wrong with the input, or with the plan for it.
    init(_ plan: RecordPlan, size: Int, _ peek: Peek) throws {
        var count = Self.piece
        while true {
            let bytes = try peek(0, count)
            var splitter = RecordSplitter(plan: plan)
            _ = try splitter.cut(bytes.span, limit: 0, atEnd: bytes.count == size)
            guard splitter.border.place == .start else {
                self.plan = try plan.with(header: splitter.header ?? [])
                self.splitter = splitter
                sum = CRC64(of: bytes[..<splitter.border.offset.bytes])
                return
            }
            guard bytes.count < size else { throw InputChanged() }
            count *= 4
        }
    }
}

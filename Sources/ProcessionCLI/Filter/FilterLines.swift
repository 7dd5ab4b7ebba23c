import ProcessionBytes
import ProcessionRecords
import ProcessionSegment

/// The lines of a chunk that a filter is to be sent: which they are, how far the filter that runs was sent them, and how
/// many of them it has answered.
struct FilterLines {
    /// Items that are never sent, and why.
    private var refusals: [Int: String] = [:]
    /// The lines to send, if they are not a piece of the chunk's own text.
    private var made: [UInt8]?
    private var text = 0..<0
    /// Tagged: the items of the lines.
    private var items: [Int] = []
    private let firstItem: Int
    /// Bytes of the lines that the current filter has been sent.
    private var sent = 0
    /// The last line of these was sent in part.
    private(set) var isInLine = false
    /// Lines that it was sent, the last perhaps in part, and those that it has answered.
    private var sentLines = 0
    private(set) var answered = 0

    init(of chunk: _ClaimedChunk, _ mapper: inout RecordMapper, linesAreRecords: Bool, isTagged: Bool) {
        firstItem = chunk.begin
        chunk.withText { bytes in
            if linesAreRecords, !isTagged, let range = Self.lines(chunk.begin..<chunk.end, of: bytes),
                mapper.canSend(bytes.extracting(range))
            {
                text = range
            } else {
                make(of: chunk, bytes, &mapper, isTagged: isTagged)
            }
        }
    }

    /// The bytes of some of a text's lines, or nil when the last of them has no end.
    private static func lines(_ wanted: Range<Int>, of bytes: Span<UInt8>) -> Range<Int>? {
        // As a rule the chunk is all of the text.
        if wanted.lowerBound == 0, !bytes.isEmpty, bytes[bytes.count - 1] == UInt8(ascii: "\n"),
            newlines(in: bytes, before: bytes.count) == wanted.count
        {
            return bytes.indices
        }
        let start = offset(ofLine: wanted.lowerBound, in: bytes, from: 0)
        let end = offset(ofLine: wanted.count, in: bytes, from: start)
        guard end > start, bytes[end - 1] == UInt8(ascii: "\n"),
            newlines(in: bytes.extracting(start..<end), before: end - start) == wanted.count
        else { return nil }
        return start..<end
    }

    /// Where the line begins that `count` lines stand before; the end where there are fewer.
    static func offset(ofLine count: Int, in bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        for _ in 0..<count { position = min(find(UInt8(ascii: "\n"), in: bytes, from: position) + 1, bytes.count) }
        return position
    }

    private mutating func make(
        of chunk: _ClaimedChunk, _ bytes: Span<UInt8>, _ mapper: inout RecordMapper, isTagged: Bool
    ) {
        var lines: [UInt8] = []
        var position = 0
        for _ in 0..<chunk.begin { mapper.skip(bytes, at: &position) }
        for item in chunk.begin..<chunk.end {
            let start = lines.count
            if isTagged { lines += "\(chunk.first + item + 1)\t".utf8 }
            do {
                try mapper.line(
                    bytes, at: &position, index: UInt64(chunk.first + item), into: &lines)
                lines.append(UInt8(ascii: "\n"))
                if isTagged { items.append(item) }
            } catch {
                lines.removeLast(lines.count - start)
                refusals[item] = error.message
            }
        }
        made = lines
    }

    var byteCount: Int { made?.count ?? text.count }
    var isSent: Bool { sent == byteCount }
    /// Whether the filter was sent a part of them.
    var isUnderWay: Bool { sentLines > 0 }
    /// Lines that it was sent, at least in part, and has not answered.
    var owed: Int { sentLines - answered }

    var hasRefusals: Bool { !refusals.isEmpty }
    /// Why an item is never sent.
    func refusal(of item: Int) -> String? { refusals.isEmpty ? nil : refusals[item] }

    /// Tagged: whether the filter that runs was sent the line of this item, which has no answer yet.
    func wasSent(_ item: Int) -> Bool {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low < min(sentLines, items.count) && items[low] == item
    }

    mutating func answer(_ count: Int) { answered += count }

    /// Sends lines that the filter has not, at most so many, and returns how many it has in addition, the last perhaps in
    /// part. `send` says how many bytes were taken, nil for none ever again.
    mutating func send<Failure>(
        of chunk: _ClaimedChunk, atMost limit: Int?, _ send: (Span<UInt8>) throws(Failure) -> Int?
    ) throws(Failure) -> Int? {
        let (start, begun) = (sent, isInLine ? 1 : 0)
        let result = withBytes(of: chunk) { lines in
            let end = limit.map { Self.offset(ofLine: $0 + begun, in: lines, from: start) } ?? lines.count
            return Result { () throws(Failure) -> (bytes: Int, lines: Int, isInLine: Bool)? in
                guard let count = try send(lines.extracting(start..<end)) else { return nil }
                guard count > 0 else { return (0, 0, begun > 0) }
                let sent = lines.extracting(start..<start + count)
                let endsInLine = sent[count - 1] != UInt8(ascii: "\n")
                return (count, newlines(in: sent, before: count) + (endsInLine ? 1 : 0) - begun, endsInLine)
            }
        }
        guard let taken = try result.get() else { return nil }
        isInLine = taken.isInLine
        sent += taken.bytes
        sentLines += taken.lines
        return taken.lines
    }

    private func withBytes<Result>(of chunk: _ClaimedChunk, _ body: (Span<UInt8>) -> Result) -> Result {
        if let made { return body(made.span) }
        return chunk.withText { body($0.extracting(text)) }
    }

    /// Forgets what was sent: the next line is that of the item `next`.
    mutating func rewind(to next: Int, of chunk: _ClaimedChunk) {
        let skipped = next - firstItem - refusals.keys.count { $0 < next }
        let start = withBytes(of: chunk) { Self.offset(ofLine: skipped, in: $0, from: 0) }
        (sent, sentLines, answered, isInLine) = (start, 0, 0, false)
    }

    /// Tagged: forgets what was sent, and the lines of items that are answered, which leave gaps.
    mutating func rewind(without isAnswered: (Int) -> Bool) {
        (sent, sentLines, answered, isInLine) = (0, 0, 0, false)
        guard let made else { return }
        var lines: [UInt8] = []
        var start = 0
        items = items.filter { item in
            let end = Self.offset(ofLine: 1, in: made.span, from: start)
            defer { start = end }
            guard !isAnswered(item) else { return false }
            lines += made[start..<end]
            return true
        }
        self.made = lines
    }
}

import ProcessionRecords
import ProcessionSegment

/// A claimed chunk on its way through a filter: which lines to send, and which items wait for an answer.
struct FilterJob {
    var chunk: ClaimedChunk
    /// Items that are never sent, and why.
    private var refusals: [Int: String] = [:]
    /// The lines to send, if they are not a piece of the chunk's own text.
    private var made: [UInt8]?
    private var text = 0..<0
    /// Bytes of the lines that the current filter has been sent.
    var sent = 0
    /// The next item to be answered.
    private(set) var item: Int
    /// Lines answered so far.
    private(set) var answered = 0

    init(_ chunk: ClaimedChunk, _ mapper: inout RecordMapper, linesAreRecords: Bool) {
        self.chunk = chunk
        item = chunk.begin
        chunk.withText { bytes in
            if linesAreRecords, let range = Self.lines(chunk.begin..<chunk.end, of: bytes),
                mapper.canSend(bytes.extracting(range))
            {
                text = range
            } else {
                makeLines(bytes, &mapper)
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
    private static func offset(ofLine count: Int, in bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        for _ in 0..<count { position = min(find(UInt8(ascii: "\n"), in: bytes, from: position) + 1, bytes.count) }
        return position
    }

    private mutating func makeLines(_ bytes: Span<UInt8>, _ mapper: inout RecordMapper) {
        var lines: [UInt8] = []
        var position = 0
        for _ in 0..<chunk.begin { mapper.skip(bytes, at: &position) }
        for item in chunk.begin..<chunk.end {
            do {
                try mapper.line(bytes, at: &position, into: &lines)
                lines.append(UInt8(ascii: "\n"))
            } catch {
                refusals[item] = error.message
            }
        }
        made = lines
    }

    /// Runs `body` over all lines of the job.
    private func withLines<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        if let made { return body(made.span) }
        return chunk.withText { body($0.extracting(text)) }
    }

    private var byteCount: Int { made?.count ?? text.count }
    var isSent: Bool { sent == byteCount }
    var isAnswered: Bool { item == chunk.end }

    /// Why the next item is not sent, if it is not.
    var refusal: String? { isAnswered ? nil : refusals[item] }

    /// Runs `body` over the lines that are not sent, of at most `count` lines after the last answer.
    func withUnsent<Result>(limit count: Int?, _ body: (Span<UInt8>) -> Result) -> Result {
        let (sent, answered) = (sent, answered)
        return withLines { lines in
            var end = lines.count
            if let count { end = max(sent, Self.offset(ofLine: answered + count, in: lines, from: 0)) }
            return body(lines.extracting(sent..<end))
        }
    }

    /// Lines that the current filter has, at least in part, and has not answered.
    func countUnanswered() -> Int {
        let (sent, answered) = (sent, answered)
        return withLines { lines in
            guard sent > 0 else { return 0 }
            let whole = newlines(in: lines, before: sent)
            return whole + (lines[sent - 1] == UInt8(ascii: "\n") ? 0 : 1) - answered
        }
    }

    /// Forgets what was sent to a filter that is no more: the next one begins with the first line without an answer.
    mutating func rewind() {
        let answered = answered
        sent = withLines { Self.offset(ofLine: answered, in: $0, from: 0) }
    }

    /// Takes the answers to the next items from the front of `bytes`, which are whole lines or end in a part of one, and
    /// publishes them. Returns the bytes taken, and how many answers that were; nil when not even the first one fits.
    mutating func takeAnswers(_ bytes: Span<UInt8>) -> (bytes: Int, answers: Int)? {
        let begin = chunk.overflowUsed
        let room = chunk.output.free.count
        var position = 0
        let first = item
        while item < chunk.end, refusals[item] == nil {
            let newline = find(UInt8(ascii: "\n"), in: bytes, from: position)
            guard newline < bytes.count else { break }
            guard newline < room else {
                if item == first { return nil }
                break
            }
            position = newline + 1
            store(end: begin + position)
        }
        append(bytes.extracting(first: position))
        answered += item - first
        chunk.publish(item)
        return (position, item - first)
    }

    /// The next item has failed, and so its line, if it has one, counts as answered. `text` stands in for its answer.
    mutating func fail(_ reason: String, text: Span<UInt8>) {
        guard text.count <= chunk.output.free.count else { return chunk.output.refuse(text.count) }
        append(text)
        if refusals[item] == nil { answered += 1 }
        chunk.fail(item, reason)
        guard !chunk.output.isFull else { return }
        store(end: chunk.overflowUsed)
        chunk.publish(item)
    }

    private mutating func append(_ text: Span<UInt8>) {
        var writer = chunk.output.freeBytes()
        writer.append(text)
        chunk.output.take(text.count)
    }

    private mutating func store(end: Int) {
        chunk.output.store(end, at: chunk.slotOffset + item * MemoryLayout<Int>.size)
        item += 1
    }
}

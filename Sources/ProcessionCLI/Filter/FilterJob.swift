import ProcessionBytes
import ProcessionRecords
import ProcessionSegment

/// A claimed chunk on its way through a filter: which lines to send, and which items wait for an answer.
///
/// Answers are stored where the parent will read them, in order, and published when they are certain. Until then they can
/// be taken back.
struct FilterJob {
    private(set) var chunk: _ClaimedChunk
    let isTagged: Bool
    /// Items that are never sent, and why.
    private var refusals: [Int: String] = [:]
    /// The lines to send, if they are not a piece of the chunk's own text.
    private var made: [UInt8]?
    private var text = 0..<0
    /// Bytes of the lines that the current filter has been sent.
    private var sent = 0
    /// The last line of these was sent in part.
    private(set) var isInLine = false
    /// Lines that it was sent, the last perhaps in part, and those that it has answered.
    private(set) var sentLines = 0
    var answered = 0
    /// Tagged: the items of the lines, and answers that came before their turn.
    private(set) var lineItems: [Int] = []
    var ahead: [Int: [UInt8]] = [:]
    /// The next item to be answered; the next to be certain.
    private(set) var item: Int
    private(set) var certain: Int
    /// What was stored of the answers before `certain`.
    private var mark: _ClaimedChunk.Mark
    /// Answers for which there was no room, from that of the item at `stored` on.
    private var isFull = false
    private var stored: Int
    private var spilled: [UInt8] = []
    private let firstItem: Int
    private let substitute: [UInt8]

    /// - Parameter substitute: What stands in for the answer of an item that fails.
    init(
        _ chunk: _ClaimedChunk, _ mapper: inout RecordMapper, linesAreRecords: Bool, isTagged: Bool, substitute: [UInt8]
    ) {
        self.chunk = chunk
        self.isTagged = isTagged
        self.substitute = substitute
        (item, certain, stored, firstItem) = (chunk.begin, chunk.begin, chunk.begin, chunk.begin)
        mark = chunk.mark
        chunk.withText { bytes in
            if linesAreRecords, !isTagged, let range = Self.lines(chunk.begin..<chunk.end, of: bytes),
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
            let start = lines.count
            if isTagged { lines += "\(chunk.first + item + 1)\t".utf8 }
            do {
                try mapper.line(bytes, at: &position, into: &lines)
                lines.append(UInt8(ascii: "\n"))
                if isTagged { lineItems.append(item) }
            } catch {
                lines.removeLast(lines.count - start)
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

    var byteCount: Int { made?.count ?? text.count }
    var recordCount: Int { chunk.end - chunk.begin }
    /// Answers that it holds.
    var answerCount: Int { item - chunk.begin }
    var answerBytes: Int { chunk.overflowUsed + spilled.count }
    var isSent: Bool { sent == byteCount }
    var isAnswered: Bool { item == chunk.end }
    var isCertain: Bool { certain == chunk.end }
    /// Whether the current filter owes it answers; whether it was sent a part of it.
    var owes: Bool { answered < sentLines }
    var isUnderWay: Bool { sentLines > 0 }
    /// The number, from 1, of the first record that has no answer.
    var firstUnanswered: Int { chunk.first + item + 1 }

    func refuses(_ item: Int) -> Bool { refusals[item] != nil }
    /// The number, from 1, of the first record that has no certain answer.
    var firstUncertain: Int { chunk.first + certain + 1 }

    // MARK: Sending

    /// Sends lines that the filter has not, at most so many, and returns how many it has in addition, the last perhaps in
    /// part. `send` says how many bytes were taken, nil for none ever again.
    mutating func send<Failure>(
        atMost limit: Int?, _ send: (Span<UInt8>) throws(Failure) -> Int?
    ) throws(Failure) -> Int? {
        let (start, begun) = (sent, isInLine ? 1 : 0)
        let result = withLines { lines in
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

    /// Forgets what was sent: the next line is that of the next item to be answered.
    mutating func rewind() {
        if isTagged { dropAnsweredLines() }
        let item = item
        let skipped = isTagged ? 0 : item - firstItem - refusals.keys.count { $0 < item }
        sent = withLines { Self.offset(ofLine: skipped, in: $0, from: 0) }
        (sentLines, answered, isInLine) = (0, 0, false)
    }

    /// With numbers, answers leave gaps.
    private mutating func dropAnsweredLines() {
        guard let made else { return }
        var lines: [UInt8] = []
        var items: [Int] = []
        var start = 0
        for item in lineItems {
            let end = Self.offset(ofLine: 1, in: made.span, from: start)
            if item >= self.item, ahead[item] == nil {
                lines += made[start..<end]
                items.append(item)
            }
            start = end
        }
        self.made = lines
        lineItems = items
    }

    // MARK: Answers

    /// Takes answers from the front of `bytes`, as many as there are and as the filter owes to this job. Returns the bytes
    /// taken, and how many answers that were.
    mutating func takeAnswers(_ bytes: Span<UInt8>) -> (bytes: Int, answers: Int) {
        passOver()
        var position = 0
        var answers = 0
        let begin = chunk.overflowUsed
        let room = isFull ? 0 : chunk.output.free.count
        while item < chunk.end, answered + answers < sentLines, refusals.isEmpty || refusals[item] == nil {
            let newline = find(UInt8(ascii: "\n"), in: bytes, from: position)
            guard newline < bytes.count else { break }
            guard newline < room else {
                append(bytes.extracting(first: isFull ? 0 : position))
                spill(bytes.extracting(position..<newline + 1))
                position = newline + 1
                answered += answers + 1
                passOver()
                return (position, answers + 1)
            }
            position = newline + 1
            store(end: begin + position)
            answers += 1
        }
        append(bytes.extracting(first: position))
        answered += answers
        passOver()
        return (position, answers)
    }

    /// Takes one answer, with its newline, for the next item.
    mutating func take(_ answer: Span<UInt8>) {
        guard !isFull, answer.count <= chunk.output.free.count else { return spill(answer) }
        append(answer)
        store(end: chunk.overflowUsed)
    }

    /// An answer for which there is no room, until `makeCertain` asks for some.
    private mutating func spill(_ answer: Span<UInt8>) {
        if !isFull {
            (isFull, stored) = (true, item)
            // At once for all that is to be expected: memory that grows leaves as much behind.
            let mean = max(answer.count, answerCount > 0 ? answerBytes / answerCount : 0)
            spilled.reserveCapacity(min(mean * (chunk.end - item), 8 << 20))
        }
        for place in answer.indices { spilled.append(answer[place]) }
        item += 1
    }

    /// Items that are never sent fail; and some were answered before their turn.
    mutating func passOver() {
        guard !refusals.isEmpty || !ahead.isEmpty else { return }
        while item < chunk.end {
            if let answer = ahead.removeValue(forKey: item) {
                take(answer.span)
            } else if let reason = refusals[item] {
                refuse(reason)
            } else {
                return
            }
        }
    }

    /// The next item fails. What stands in for its answer is not spilled, but made again.
    private mutating func refuse(_ reason: String) {
        let text = substitute
        if !isFull { chunk.fail(item, reason) }
        if !isFull, !chunk.output.isFull, text.count <= chunk.output.free.count { return take(text.span) }
        if !isFull { (isFull, stored) = (true, item) }
        item += 1
    }

    private mutating func append(_ text: Span<UInt8>) {
        guard !text.isEmpty else { return }
        var writer = chunk.output.freeBytes()
        writer.append(text)
        chunk.output.take(text.count)
    }

    private mutating func store(end: Int) {
        chunk.output.store(end, at: chunk.slotOffset + item * MemoryLayout<Int>.size)
        item += 1
    }

    // MARK: Certainty

    /// Publishes what is answered; what found no room waits for it. Returns false when the chunk was taken back.
    mutating func makeCertain() -> Bool {
        passOver()
        guard isFull else {
            publish(item)
            return true
        }
        publish(stored)
        return storeSpilled()
    }

    private mutating func publish(_ end: Int) {
        guard end > certain else { return }
        certain = end
        chunk.publish(end)
        mark = chunk.mark
    }

    /// Stores what found no room before, as often as it takes.
    private mutating func storeSpilled() -> Bool {
        let (texts, end) = (spilled, item)
        (spilled, isFull, item) = ([], false, stored)
        var position = 0
        while item < end {
            let next = refusals[item] == nil ? Self.offset(ofLine: 1, in: texts.span, from: position) : position
            if let reason = refusals[item] {
                guard fail(reason, asking: texts.count - position) else { return false }
            } else if next - position <= chunk.output.free.count {
                take(texts.span.extracting(position..<next))
                publish(item)
            } else {
                guard let isThere = waitForRoom(texts.count - position) else { return false }
                // An answer that is too large for any room has failed.
                if isThere { continue }
            }
            position = next
        }
        return true
    }

    /// Waits for room for the next item, with all before it published. Whether that is still to be stored; nil when the
    /// chunk was taken back.
    private mutating func waitForRoom(_ count: Int) -> Bool? {
        chunk.output.refuse(count + (refusals.isEmpty ? 0 : 4096))
        guard chunk.waitForRoom() else { return nil }
        mark = chunk.mark
        if chunk.begin == item { return true }
        item += 1
        certain = item
        return false
    }

    /// The next item has failed, with everything before it certain. Returns false when the chunk was taken back.
    mutating func fail(_ reason: String) -> Bool {
        guard fail(reason, asking: 0) else { return false }
        passOver()
        return makeCertain()
    }

    private mutating func fail(_ reason: String, asking more: Int) -> Bool {
        let text = substitute
        while true {
            chunk.fail(item, reason)
            if !chunk.output.isFull, text.count <= chunk.output.free.count {
                append(text.span)
                store(end: chunk.overflowUsed)
                publish(item)
                return true
            }
            guard let isThere = waitForRoom(more + 8192) else { return false }
            if !isThere { return true }
        }
    }

    /// Forgets answers that are not certain.
    mutating func takeBack() {
        guard !isTagged else { return }
        (item, isFull, spilled) = (certain, false, [])
        chunk.rewind(to: mark)
    }
}

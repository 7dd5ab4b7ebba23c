import ProcessionBytes
import ProcessionRecords
import ProcessionSegment

/// A claimed chunk on its way through a filter: the lines to send (`FilterLines`), and which items wait for an answer.
///
/// Answers are stored where the parent will read them, in order, and published when they are certain. Until then they can
/// be taken back.
struct FilterJob {
    private(set) var chunk: _ClaimedChunk
    let isTagged: Bool
    private(set) var lines: FilterLines
    /// Tagged: answers that came before their turn.
    private var ahead: [Int: [UInt8]] = [:]
    /// The next item to be answered; the next to be certain.
    private(set) var item: Int
    private(set) var certain: Int
    /// What was stored of the answers before `certain`.
    private var mark: _ClaimedChunk.Mark
    /// Answers for which there was no room, from that of the item at `stored` on.
    private var isFull = false
    private var stored: Int
    private var spilled: [UInt8] = []
    private let substitute: [UInt8]

    /// - Parameter substitute: What stands in for the answer of an item that fails.
    init(
        _ chunk: _ClaimedChunk, _ mapper: inout RecordMapper, linesAreRecords: Bool, isTagged: Bool, substitute: [UInt8]
    ) {
        self.chunk = chunk
        self.isTagged = isTagged
        self.substitute = substitute
        (item, certain, stored) = (chunk.begin, chunk.begin, chunk.begin)
        mark = chunk.mark
        lines = FilterLines(of: chunk, &mapper, linesAreRecords: linesAreRecords, isTagged: isTagged)
    }

    var recordCount: Int { chunk.end - chunk.begin }
    /// Answers that it holds.
    var answerCount: Int { item - chunk.begin }
    var answerBytes: Int { chunk.overflowUsed + spilled.count }
    /// What it takes of the window whatever the answers are: text and slots.
    var fixedBytes: Int { chunk.inputRange.count + recordCount * MemoryLayout<Int>.size }
    var isAnswered: Bool { item == chunk.end }
    var isCertain: Bool { certain == chunk.end }
    /// The number, from 1, of the first record that has no answer.
    var firstUnanswered: Int { chunk.first + item + 1 }

    /// The number, from 1, of the first record that has no certain answer.
    var firstUncertain: Int { chunk.first + certain + 1 }

    /// Sends lines that the filter has not. See `FilterLines.send`.
    mutating func send<Failure>(
        atMost limit: Int?, _ send: (Span<UInt8>) throws(Failure) -> Int?
    ) throws(Failure) -> Int? {
        try lines.send(of: chunk, atMost: limit, send)
    }

    /// Forgets what was sent: the next line is that of the next item to be answered.
    mutating func rewind() {
        let (next, ahead) = (item, ahead)
        if isTagged {
            lines.rewind { $0 < next || ahead[$0] != nil }
        } else {
            lines.rewind(to: next, of: chunk)
        }
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
        var newlines = BytePlaces(of: UInt8(ascii: "\n"))
        while item < chunk.end, answers < lines.owed, lines.refusal(of: item) == nil {
            let newline = newlines.next(in: bytes)
            guard newline < bytes.count else { break }
            guard newline < room else {
                append(bytes.extracting(first: isFull ? 0 : position))
                spill(bytes.extracting(position..<newline + 1))
                position = newline + 1
                lines.answer(answers + 1)
                passOver()
                return (position, answers + 1)
            }
            position = newline + 1
            store(end: begin + position)
            answers += 1
        }
        append(bytes.extracting(first: position))
        lines.answer(answers)
        passOver()
        return (position, answers)
    }

    /// Takes one answer, with its newline, for the next item.
    private mutating func take(_ answer: Span<UInt8>) {
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
    private mutating func passOver() {
        guard lines.hasRefusals || !ahead.isEmpty else { return }
        while item < chunk.end {
            if let answer = ahead.removeValue(forKey: item) {
                take(answer.span)
            } else if let reason = lines.refusal(of: item) {
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
        chunk.store(end, at: chunk.slotOffset + item * MemoryLayout<Int>.size)
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
            let reason = lines.refusal(of: item)
            let next = reason == nil ? FilterLines.offset(ofLine: 1, in: texts.span, from: position) : position
            if let reason {
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
        chunk.output.refuse(count + (lines.hasRefusals ? 4096 : 0))
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

    // MARK: Numbers

    /// What is wrong with an answer's number.
    enum Misnumbering {
        /// No such record waits for an answer.
        case unknown
        case doubled
    }

    /// Whether it is the number, from 1, of a record of this chunk.
    func holds(_ number: Int) -> Bool {
        (chunk.first + chunk.begin..<chunk.first + chunk.end).contains(number - 1)
    }

    /// Takes an answer, with its newline, for the record with this number.
    mutating func take(_ answer: Span<UInt8>, number: Int) -> Misnumbering? {
        let item = number - 1 - chunk.first
        if item < self.item || ahead[item] != nil { return lines.refusal(of: item) != nil ? .unknown : .doubled }
        guard lines.wasSent(item) else { return .unknown }
        lines.answer(1)
        guard item == self.item else {
            ahead[item] = (0..<answer.count).map { answer[$0] }
            return nil
        }
        take(answer)
        passOver()
        return nil
    }
}

import ProcessionBytes
import ProcessionRecords
import ProcessionSegment

/// A claimed chunk on its way through a filter: the lines to send (`FilterLines`), which items wait for an answer, and
/// what became of the answers (`ItemStore`).
struct FilterJob {
    private var store: ItemStore
    let isTagged: Bool
    private(set) var lines: FilterLines
    /// Tagged: answers that came before their turn.
    private var ahead: [Int: [UInt8]] = [:]
    /// Answers for which there was no room, from that of the next item to be stored on, and of how many items; those that
    /// fail have none among them.
    private var spilled: [UInt8] = []
    private var waiting = 0

    /// - Parameters:
    ///   - substitute: What stands in for the answer of an item that fails, where that would be its output.
    ///   - maker: Makes columns of answers.
    init(
        _ chunk: _ClaimedChunk, _ mapper: inout RecordMapper, linesAreRecords: Bool, isTagged: Bool,
        substitute: [UInt8], maker: ColumnMaker? = nil
    ) {
        store = ItemStore(chunk, substitute: substitute, maker: maker)
        self.isTagged = isTagged
        lines = FilterLines(of: chunk, &mapper, linesAreRecords: linesAreRecords, isTagged: isTagged)
    }

    var chunk: _ClaimedChunk { store.chunk }
    /// The next item to be answered; the next to be certain.
    private var item: Int { store.item + waiting }
    var certain: Int { store.certain }
    var recordCount: Int { chunk.end - chunk.begin }
    /// Answers that it holds.
    var answerCount: Int { item - chunk.begin }
    var answerBytes: Int { chunk.overflowUsed + spilled.count }
    /// What it takes of the window whatever the answers are: text and slots.
    var fixedBytes: Int { chunk.inputRange.count + recordCount * store.slotStride }
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
        if let maker = store.maker, waiting > 0 || !maker.keepsAnswers(bytes, to: chunk) {
            return takeColumns(bytes, maker)
        }
        var position = 0
        var answers = 0
        let end = chunk.end
        let room = waiting > 0 ? 0 : store.room
        var newlines = BytePlaces(of: UInt8(ascii: "\n"))
        while item < end, answers < lines.owed, lines.refusal(of: item) == nil {
            let newline = newlines.next(in: bytes)
            guard newline < bytes.count else { break }
            guard newline < room else {
                store.append(bytes.extracting(first: position))
                spill(bytes.extracting(position..<newline + 1))
                position = newline + 1
                lines.answer(answers + 1)
                passOver()
                return (position, answers + 1)
            }
            position = newline + 1
            store.note(end: position)
            answers += 1
        }
        store.append(bytes.extracting(first: position))
        lines.answer(answers)
        passOver()
        return (position, answers)
    }

    /// The same where columns are made of them.
    private mutating func takeColumns(_ bytes: Span<UInt8>, _ maker: ColumnMaker) -> (bytes: Int, answers: Int) {
        var (position, answers) = (0, 0)
        var newlines = BytePlaces(of: UInt8(ascii: "\n"))
        let chunk = chunk
        maker.withText(of: chunk) { maker, text in
            while item < chunk.end, answers < lines.owed, lines.refusal(of: item) == nil {
                let newline = newlines.next(in: bytes)
                guard newline < bytes.count else { break }
                let answer = bytes.extracting(position..<newline + 1)
                if waiting > 0 || !store.put(answer, because: nil, by: &maker, text) { spill(answer) }
                position = newline + 1
                answers += 1
            }
        }
        lines.answer(answers)
        passOver()
        return (position, answers)
    }

    /// Takes one answer, with its newline, for the next item.
    private mutating func take(_ answer: Span<UInt8>) {
        if waiting > 0 || !store.put(answer) { spill(answer) }
    }

    /// An answer for which there is no room, until `makeCertain` asks for some.
    private mutating func spill(_ answer: Span<UInt8>) {
        if waiting == 0 {
            // At once for all that is to be expected: memory that grows leaves as much behind.
            let mean = max(answer.count, answerCount > 0 ? answerBytes / answerCount : 0)
            spilled.reserveCapacity(min(mean * (chunk.end - item), 8 << 20))
        }
        for place in answer.indices { spilled.append(answer[place]) }
        waiting += 1
    }

    /// Items that are never sent fail; and some were answered before their turn. What stands in for the answer of one that
    /// fails is not spilled, but made again.
    private mutating func passOver() {
        guard lines.hasRefusals || !ahead.isEmpty else { return }
        while item < chunk.end {
            if let answer = ahead.removeValue(forKey: item) {
                take(answer.span)
            } else if let reason = lines.refusal(of: item) {
                if waiting > 0 || !store.put(because: reason) { waiting += 1 }
            } else {
                return
            }
        }
    }

    // MARK: Certainty

    /// Publishes what is answered; what found no room waits for it. Returns false when the chunk was taken back.
    mutating func makeCertain() -> Bool {
        passOver()
        store.publish()
        return waiting == 0 || storeSpilled()
    }

    /// Stores what found no room before, as often as it takes.
    private mutating func storeSpilled() -> Bool {
        let (texts, end) = (spilled, item)
        (spilled, waiting) = ([], 0)
        var position = 0
        while item < end {
            let reason = lines.refusal(of: item)
            let next = reason == nil ? FilterLines.offset(ofLine: 1, in: texts.span, from: position) : position
            if let reason {
                guard fail(reason, asking: texts.count - position) else { return false }
            } else if store.put(texts.span.extracting(position..<next)) {
                store.publish()
            } else {
                let bytes = roomWanted(texts.count - position, next - position, end - item)
                guard let isThere = store.waitForRoom(bytes) else { return false }
                // An answer that is too large for any room has failed.
                if isThere { continue }
            }
            position = next
        }
        return true
    }

    /// Bytes to ask for where so many of answers are left, of which the next one has `count`: columns are longer than
    /// answers, by as much as those of the next item; and some items may fail.
    private func roomWanted(_ left: Int, _ count: Int, _ items: Int) -> Int {
        let added = max(0, store.wanted - count)
        let failures = lines.hasRefusals || store.maker != nil ? 4096 : 0
        return left + added * max(1, min(items, (8 << 20) / max(added, 1))) + failures
    }

    /// The next item has failed, with everything before it certain. Returns false when the chunk was taken back.
    mutating func fail(_ reason: String) -> Bool {
        guard fail(reason, asking: 0) else { return false }
        passOver()
        return makeCertain()
    }

    private mutating func fail(_ reason: String, asking more: Int) -> Bool {
        while !store.put(because: reason) {
            guard let isThere = store.waitForRoom(store.wanted + more + 8192) else { return false }
            if !isThere { return true }
        }
        store.publish()
        return true
    }

    /// Forgets answers that are not certain.
    mutating func takeBack() {
        guard !isTagged else { return }
        (waiting, spilled) = (0, [])
        store.takeBack()
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

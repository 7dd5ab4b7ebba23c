import ProcessionRecords
import ProcessionSegment

/// The outputs of a claimed chunk's items, one behind the other where the parent will read them: answers as they came, or
/// columns that are made of them.
///
/// They are stored in order, and published when they are certain. Until then they can be taken back.
struct ItemStore {
    private(set) var chunk: _ClaimedChunk
    /// The next item to be stored; the next to be certain.
    private(set) var item: Int
    private(set) var certain: Int
    /// What was stored of the items before `certain`.
    private var mark: _ClaimedChunk.Mark
    /// Makes columns of answers; nil where an answer is the output as it came.
    let maker: ColumnMaker?
    /// Where the maker is in the chunk's text, and where it was when the last item became certain.
    private var place = ColumnMaker.Place()
    private var certainPlace = ColumnMaker.Place()
    /// What stands in for the answer of an item that fails, where that would be its output.
    private let substitute: [UInt8]
    /// Bytes that the output of the next item takes, for which there was no room.
    private(set) var wanted = 0

    init(_ chunk: _ClaimedChunk, substitute: [UInt8], maker: ColumnMaker?) {
        self.chunk = chunk
        self.substitute = substitute
        self.maker = maker
        (item, certain) = (chunk.begin, chunk.begin)
        mark = chunk.mark
    }

    var slotStride: Int { maker?.slotStride ?? MemoryLayout<Int>.size }
    /// Bytes for which there is room.
    var room: Int { chunk.output.free.count }

    // MARK: Answers as they came

    /// Notes of the next item that its answer ends behind so many bytes of those that are to be appended.
    mutating func note(end: Int) {
        chunk.store(chunk.overflowUsed + end, at: chunk.slotOffset + item * MemoryLayout<Int>.size)
        item += 1
    }

    /// Appends the answers whose ends were noted.
    mutating func append(_ answers: Span<UInt8>) {
        guard !answers.isEmpty else { return }
        var writer = chunk.output.freeBytes()
        writer.append(answers)
        chunk.output.take(answers.count)
    }

    // MARK: One item

    /// Stores the output of the next item, which has this answer. False where there is no room.
    mutating func put(_ answer: Span<UInt8>) -> Bool {
        if let maker { return maker.withText(of: chunk) { put(answer, because: nil, by: &$0, $1) } }
        wanted = answer.count
        guard wanted <= room else { return false }
        note(end: wanted)
        append(answer)
        return true
    }

    /// Stores the output of the next item, which has failed. False where there is no room.
    mutating func put(because reason: String) -> Bool {
        if let maker { return maker.withText(of: chunk) { put(nil, because: reason, by: &$0, $1) } }
        let text = substitute
        wanted = text.count
        guard fail(because: reason) else { return false }
        note(end: wanted)
        append(text.span)
        return true
    }

    /// Stores the columns of the next item, or what stands in for them where it has failed. False where there is no room.
    mutating func put(
        _ answer: Span<UInt8>?, because reason: String?, by maker: inout ColumnMaker.Parts, _ text: Span<UInt8>
    ) -> Bool {
        var next = place
        var writer = chunk.output.freeBytes()
        let failure = maker.map(
            text, at: &next, item: item, of: chunk, answer: answer, failed: reason, into: &writer)
        wanted = writer.wanted
        guard failure.map({ fail(because: $0) }) ?? !writer.isFull else { return false }
        var slot = chunk.slotOffset + item * slotStride
        for end in maker.ends {
            chunk.store(chunk.overflowUsed + end, at: slot)
            slot = slot + MemoryLayout<Int>.size
        }
        chunk.output.take(wanted)
        place = next
        item += 1
        return true
    }

    /// Says of the next item that it has failed, unless that leaves no room for what it wants.
    private mutating func fail(because reason: String) -> Bool {
        let before = chunk.mark
        chunk.fail(item, reason)
        if !chunk.output.isFull, wanted <= room { return true }
        chunk.rewind(to: before)
        return false
    }

    // MARK: Certainty

    /// Publishes what is stored.
    mutating func publish() {
        guard item > certain else { return }
        (certain, certainPlace) = (item, place)
        chunk.publish(item)
        mark = chunk.mark
    }

    /// Forgets what is not published.
    mutating func takeBack() {
        (item, place) = (certain, certainPlace)
        chunk.rewind(to: mark)
    }

    /// Waits for room for the next item, with all before it published. Whether that is still to be stored, and has not
    /// failed because it is too large for any room; nil when the chunk was taken back.
    mutating func waitForRoom(_ count: Int) -> Bool? {
        chunk.output.refuse(count)
        guard chunk.waitForRoom() else { return nil }
        mark = chunk.mark
        if chunk.begin == item { return true }
        item += 1
        certain = item
        return false
    }
}

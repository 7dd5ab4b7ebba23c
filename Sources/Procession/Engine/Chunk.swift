package import ProcessionSegment

/// The parent's own copy of a chunk: what it told the workers, and how far they have come.
///
/// Chunks form a `ChunkList` in the order of their records, from the oldest that has not been drained to the newest.
/// Each is written out when it is at the head and finished; where one was split, the parts take its position in the
/// list.
package final class Chunk {
    package enum State: Hashable {
        /// To be opened, again or for the first time.
        case waiting
        /// Open or claimed, at this place.
        case open(place: Int)
        /// A worker waits with it for room.
        case parked
        /// All items are published.
        case finished
        /// No item is published, and none will be: all have failed.
        case lost
    }

    /// Record index of item 0.
    package let first: Int
    /// Nil when the record indices are the keys.
    let keyOffset: _InputOffset?
    package let input: Range<_InputOffset>
    package let slotOffset: _ResultOffset
    /// What must stay in memory until the chunk is drained: its input, its slots.
    let storage: [any AnyExtent]
    /// What changes. Private, and so without a check at run time whether two use it at once.
    private var life: Life
    /// The next chunk in the order of records. The list's.
    var next: Chunk?
    var sequence = 0

    package init(
        first: Int, items: Range<Int>, keyOffset: _InputOffset?, input: Range<_InputOffset>,
        slotOffset: _ResultOffset, storage: [any AnyExtent]
    ) {
        self.first = first
        life = Life(items: items)
        self.keyOffset = keyOffset
        self.input = input
        self.slotOffset = slotOffset
        self.storage = storage
    }

    private struct Life {
        var items: Range<Int>
        var overflow: Extent<_ResultSegment>?
        var state = State.waiting
        /// How often the chunk was tried in vain: its worker died on it.
        var attempts = 0
        /// Overflow bytes that are known not to be enough, not counting the first time; and whether not even the first
        /// record found room the last time.
        var roomWanted = 0
        var isStuck = false
        var failures = ItemFailures()
    }

    /// The items of this chunk. Those of a later part of a split one do not begin at 0.
    package var items: Range<Int> { life.items }

    /// Bytes for what has no fixed size. Each part of a split chunk has its own.
    package internal(set) var overflow: Extent<_ResultSegment>? {
        get { life.overflow }
        set { life.overflow = newValue }
    }

    var state: State {
        get { life.state }
        set { life.state = newValue }
    }

    /// The items that failed, for whatever reason.
    package var failures: ItemFailures { life.failures }
    var roomWanted: Int { life.roomWanted }
    var isStuck: Bool { life.isStuck }

    /// Another chunk over some of the same items.
    func part(_ items: Range<Int>) -> Chunk {
        Chunk(
            first: first, items: items, keyOffset: keyOffset, input: input, slotOffset: slotOffset, storage: storage)
    }

    /// Items of it are to go out again, with room of their own.
    func wait(for again: Settlement.Again) {
        var life = Life(items: again.items)
        (life.attempts, life.roomWanted, life.isStuck) = (again.attempts, again.roomWanted, again.isStuck)
        self.life = life
    }

    /// The items are published, and some of them have failed.
    func finish(_ items: Range<Int>, _ failures: ItemFailures) {
        life.items = items
        life.failures = failures
        state = .finished
    }

    /// The items have failed and will not be published.
    func lose(_ items: Range<Int>, _ failures: ItemFailures) {
        var life = Life(items: items)
        (life.failures, life.state) = (failures, .lost)
        self.life = life
    }

    /// Whether a worker has it, or may have it.
    var isOut: Bool {
        switch state {
        case .open, .parked: true
        case .waiting, .finished, .lost: false
        }
    }

    /// The index of the first record.
    var firstRecord: Int { first + items.lowerBound }

    var isDrainable: Bool {
        switch state {
        case .finished, .lost: true
        case .waiting, .open, .parked: false
        }
    }

    /// Whether the items have results, but for those whose functions threw.
    package var isPublished: Bool { state == .finished }

    /// How far a claimer has come, when what a place says is what a worker writes; otherwise nil.
    func published(_ report: PlaceReport, from reader: SegmentReader<_ResultSegment>, naming most: Int) -> Published? {
        guard let done = Int(exactly: report.done), (items.lowerBound...items.upperBound).contains(done),
            let entries = FailureEntries(
                endingWith: report.failure, in: overflow?.range, of: items, below: done, naming: most, from: reader)
        else { return nil }
        return Published(done: done, failures: ItemFailures(entries, attempts: life.attempts + 1))
    }

    /// What settling the chunk depends on.
    var facts: Settlement.Facts {
        Settlement.Facts(
            items: life.items, attempts: life.attempts, room: life.overflow?.range.count, roomWanted: life.roomWanted,
            isStuck: life.isStuck)
    }

    func descriptor(run: RunTag) -> ChunkDescriptor {
        ChunkDescriptor(
            run: run, first: first, items: items, keyOffset: keyOffset, input: input, slotOffset: slotOffset,
            overflow: overflow?.range ?? .nothing())
    }
}

/// The part of a chunk that was published: the items below `done`, and which of them failed.
struct Published: Equatable {
    let done: Int
    let failures: ItemFailures
}

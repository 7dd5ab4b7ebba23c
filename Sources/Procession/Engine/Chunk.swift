import ProcessionSegment

/// The parent's own copy of a chunk: what it told the workers, and how far they have come.
///
/// Chunks form a `ChunkList` in the order of their records, from the oldest that has not been drained to the newest. Each
/// is written out when it is at the head and finished; where one was split, the parts take its position in the list.
package final class Chunk {
    package enum State: Hashable {
        /// To be opened, again or for the first time.
        case waiting
        /// Open or claimed, at this place.
        case open(place: Int)
        /// All items are published.
        case finished
        /// The one item has failed for good, without its function having said why.
        case failed(RecordFailure.Cause)
    }

    /// Record index of item 0.
    package let first: Int
    /// The items of this chunk. Those of a later part of a split one do not begin at 0.
    package internal(set) var items: Range<Int>
    let keyOffset: Int
    package let input: Range<Int>
    package let slotOffset: Int
    /// What must stay in memory until the chunk is drained: its input, its slots.
    let storage: [Extent]
    /// Bytes for what has no fixed size. Each part of a split chunk has its own.
    package internal(set) var overflow: Extent?
    var state = State.waiting
    /// How often the chunk, then of one record, was tried and its worker died.
    package internal(set) var attempts = 0
    /// Overflow bytes that are known not to be enough, not counting the first time.
    var roomWanted = 0
    /// Not even the first record found room the last time.
    var isStuck = false
    /// Items whose function threw.
    package internal(set) var failures = Failures()
    /// The next and the previous chunk in the order of records. The list's.
    var next: Chunk?
    unowned var previous: Chunk?
    var sequence = 0

    package struct Failures {
        /// The first of them, in order, as many as the run wants by name.
        package var first: [(item: Int, reason: String)] = []
        /// The items of the others, in order.
        package var others: [Int] = []
        package var count: Int { first.count + others.count }
    }

    package init(
        first: Int, items: Range<Int>, keyOffset: Int, input: Range<Int>, slotOffset: Int, storage: [Extent]
    ) {
        self.first = first
        self.items = items
        self.keyOffset = keyOffset
        self.input = input
        self.slotOffset = slotOffset
        self.storage = storage
    }

    /// Another chunk over some of the same items.
    func part(_ items: Range<Int>) -> Chunk {
        Chunk(
            first: first, items: items, keyOffset: keyOffset, input: input, slotOffset: slotOffset, storage: storage)
    }

    /// The index of the first record.
    var firstRecord: Int { first + items.lowerBound }

    var isDrainable: Bool {
        switch state {
        case .finished, .failed: true
        case .waiting, .open: false
        }
    }

    /// Why the only record of the chunk failed, if it failed without saying so itself.
    package var cause: RecordFailure.Cause? { if case .failed(let cause) = state { cause } else { nil } }

    var hasFailed: Bool { cause != nil || failures.count > 0 }

    func descriptor(run: Int) -> ChunkDescriptor {
        ChunkDescriptor(
            run: run, first: first, items: items, keyOffset: keyOffset, input: input, slotOffset: slotOffset,
            overflow: overflow?.range ?? 0..<0)
    }
}

package import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A segment and the parent's book of which parts of it are in use.
package final class SharedSegment<Segment>: Sendable {
    package let held: HeldSegment<Segment>
    let book: ExtentBook
    let limits: IdleLimits
    /// The memory of pieces can be given back. Of a sealed segment, it only goes as a whole.
    private let canGiveBack: Bool
    private let hugePages = HugePageOffer()
    /// Huge pages that are asked for at a time: few, for a call cannot be taken back when it takes long.
    private static var hugePagesAtOnce: Int { 4 }

    init(
        _ held: HeldSegment<Segment>, data: Range<_Offset<Segment>>, _ limits: IdleLimits, canGiveBack: Bool
    ) {
        self.held = held
        self.limits = limits
        self.canGiveBack = canGiveBack
        book = ExtentBook(Range(data))
    }

    /// A piece of the segment, or nil when it has none of that length, or the kernel refuses its memory.
    func allocate(_ count: Int, _ meter: Meter? = nil, isSparse: Bool = false) -> Extent<Segment>? {
        let (range, fresh) = book.extents.withLock { book in
            let before = book.highWater
            return (book.allocate(count), book.freshHugePages(above: before))
        }
        guard let extent = range.map({ Extent($0, of: self, meter) }) else { return nil }
        if Machine.refusesToOvercommit {
            guard (try? held.reserve(Range(extent.range))) != nil else { return nil }
        } else if !fresh.isEmpty, !isSparse, Mapping.hasHugePages {
            makeHuge(fresh)
        }
        return extent
    }

    private func makeHuge(_ range: Range<Int>) {
        let step = Self.hugePagesAtOnce * Mapping.hugePage
        for start in stride(from: range.lowerBound, to: range.upperBound, by: step) where hugePages.isGood {
            let piece = start..<min(start + step, range.upperBound)
            let before = Duration.ofThisThread
            let isDone = (try? held.makeHuge(piece)) != nil
            hugePages.note(
                pages: piece.count / Mapping.hugePage, took: isDone ? Duration.ofThisThread - before : nil)
        }
    }

    /// Whether so much of it was used before, and is there still.
    func isWarm(for bytes: Int) -> Bool { bytes == 0 || bytes <= book.idleBytes }

    fileprivate func release(_ range: Range<Int>) {
        book.extents.withLock { $0.release(range) }
        if range.count >= limits.kept { giveBackExcess() }
    }

    // MARK: Giving back

    /// Gives the memory of everything back that is nobody's.
    func giveBack() { giveBack(above: book.area.lowerBound) }

    /// Counts the end of a run, and says whether more is idle than should be; that it gives back, where it can.
    func endRun() -> Bool {
        guard let border = book.endRun(limits) else { return false }
        if canGiveBack { giveBack(above: border) }
        return true
    }

    /// Gives back what is idle beyond measure, if anything.
    func giveBackExcess() {
        if canGiveBack, let border = book.excess(limits) { giveBack(above: border) }
    }

    /// Nobody is handed anything meanwhile, for it might be what is given back. What the kernel refuses stays warm.
    private func giveBack(above border: Int) {
        guard canGiveBack else { return }
        let border = SegmentLayout.roundUp(border, to: Machine.pageSize)
        book.extents.withLock { book in try? book.giveBack(above: border, held.giveBack) }
    }
}

/// Which parts of a segment are in use. It may outlive the segment, to say what is still lent.
final class ExtentBook: Sendable {
    let extents: Mutex<ExtentAllocator>
    let area: Range<Int>

    init(_ area: Range<Int>) {
        self.area = area
        extents = Mutex(ExtentAllocator(area))
    }

    var bytesInUse: Int { extents.withLock { $0.bytesInUse } }
    var idleBytes: Int { extents.withLock { $0.idleBytes } }

    /// Counts the end of a run, and says from where on more memory is idle than should be, if any.
    func endRun(_ limits: IdleLimits) -> Int? {
        extents.withLock { book in
            book.endRun()
            return excess(limits, in: book)
        }
    }

    /// From where on more memory is idle than should be: it was not used by the last eight runs, or is more than a pool
    /// keeps in any case.
    func excess(_ limits: IdleLimits) -> Int? {
        extents.withLock { excess(limits, in: $0) }
    }

    private func excess(_ limits: IdleLimits, in book: borrowing ExtentAllocator) -> Int? {
        guard book.highWater - area.lowerBound > limits.kept else { return nil }
        let recent = max(area.lowerBound + limits.kept, book.recentReach)
        if book.idle(above: recent) > limits.kept / 4 { return recent }
        return book.idleBytes > limits.most ? area.lowerBound + limits.most : nil
    }
}

/// How much memory a pool may keep that is nobody's, so that the next run finds warm pages.
struct IdleLimits: Sendable {
    /// Bytes that are always kept. A quarter more, and it is worth the calls.
    var kept: Int
    /// Bytes that are never exceeded, however recently they were used.
    var most: Int
}

/// A piece of either segment, for whoever only keeps it.
package protocol AnyExtent: AnyObject, Sendable {}

/// What a piece keeps. Not inside of it: of a type that depends on another one's, the runtime looks up what it is each
/// time.
private struct KeptPiece {
    var range: Range<Int>
    var others: [any AnyExtent] = []
}

/// A piece of a segment, given back when the last reference goes; and others that are given back no sooner.
@usableFromInline
package final class Extent<Segment>: AnyExtent {
    private let kept: Mutex<KeptPiece>
    let segment: SharedSegment<Segment>
    private let meter: Meter?

    fileprivate init(_ range: Range<Int>, of segment: SharedSegment<Segment>, _ meter: Meter?) {
        kept = Mutex(KeptPiece(range: range))
        self.segment = segment
        self.meter = meter
        meter?.add(range.count)
    }

    deinit { release(kept.withLock { $0.range }) }

    /// Where the piece lies.
    package var range: Range<_Offset<Segment>> { Range(kept.withLock { $0.range }) }

    /// Keeps other pieces, to which this one refers.
    func keep(_ others: [any AnyExtent]) { kept.withLock { $0.others += others } }

    /// Gives back all but the first `used` bytes.
    package func shrink(to used: Int) {
        let rest = kept.withLock { kept in
            let (range, rest) = ExtentAllocator.split(kept.range, keeping: used)
            kept.range = range
            return rest
        }
        release(rest)
    }

    private func release(_ range: Range<Int>) {
        if range.isEmpty { return }
        segment.release(range)
        meter?.add(-range.count)
    }
}

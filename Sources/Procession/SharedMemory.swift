package import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A pool's two segments and the parent's book of which parts of them are in use.
package final class SharedMemory: Sendable {
    package let segments: ParentSegments
    private let inputBook: Mutex<ExtentAllocator>
    private let resultBook: Mutex<ExtentAllocator>
    /// How often the kernel had no huge pages to give. After a few times it is not asked again, for to look takes long.
    private let refusals = Atomic(0)
    private static let mostRefusals = 3
    /// Bytes of huge pages that are asked for at a time, because the first refusal ends a call.
    private static let hugeStep = 16 * Mapping.hugePage

    /// - Parameter spin: For how many nanoseconds an idle worker may look for the next run before it sleeps.
    package init(workers: Int, spin: UInt64 = 0) throws(PoolError) {
        // Address space, not memory: more than the machine has could never be filled, and limits are kept.
        let wanted = min(max(Machine.totalMemory(), 1 << 30), Machine.largestMemoryFile())
        let bytes = wanted & ~(SegmentLayout.pageBytes - 1)
        guard
            let layout = SegmentLayout(
                workerCapacity: workers, placeCount: Self.placeCount(workers: workers), inputBytes: bytes,
                resultBytes: bytes)
        else {
            throw PoolError(
                .outOfMemory,
                "\(workers) workers need more shared memory than two files of \(byteText(bytes)), all that the limits on "
                    + "file size and address space allow; raise them (ulimit -f, ulimit -v)")
        }
        do {
            segments = try ParentSegments(layout: layout, spin: spin)
        } catch {
            throw PoolError(
                .system,
                "cannot make shared memory, two files of \(byteText(bytes)) that are filled as needed: \(error)")
        }
        inputBook = Mutex(ExtentAllocator(layout.inputData))
        resultBook = Mutex(ExtentAllocator(layout.resultData))
    }

    /// Chunks open or claimed at a time. Enough to keep 64 workers busy while the parent sleeps; and few for few workers,
    /// because the parent looks at them all.
    package static func placeCount(workers: Int) -> Int { min(workers, 8) * 32 }

    package func allocateInput(_ count: Int, meter: Meter? = nil) -> Extent? {
        allocate(count, inputBook, segments.makeInputHuge).map { Extent($0, of: .input, in: self, meter) }
    }

    /// - Parameter isSparse: It may be far more than is going to be used, so that only pages which are touched must take
    ///   memory.
    package func allocateResult(_ count: Int, meter: Meter? = nil, isSparse: Bool = false) -> Extent? {
        allocate(count, resultBook, isSparse: isSparse, segments.makeResultsHuge).map {
            Extent($0, of: .result, in: self, meter)
        }
    }

    private func allocate(
        _ count: Int, _ book: borrowing Mutex<ExtentAllocator>, isSparse: Bool = false,
        _ makeHuge: (Range<Int>) throws(SystemError) -> Void
    ) -> Range<Int>? {
        let (range, fresh) = book.withLock { book in
            let before = book.highWater
            return (book.allocate(count), book.freshHugePages(above: before))
        }
        guard !isSparse else { return range }
        for start in stride(from: fresh.lowerBound, to: fresh.upperBound, by: Self.hugeStep)
        where refusals.load(ordering: .relaxed) < Self.mostRefusals {
            do {
                try makeHuge(start..<min(start + Self.hugeStep, fresh.upperBound))
            } catch {
                refusals.add(1, ordering: .relaxed)
            }
        }
        return range
    }

    /// Bytes of input that there are addresses for.
    package var inputRoom: Int { segments.layout.inputData.count }

    /// Bytes of both segments that are handed out.
    package var bytesInUse: Int {
        inputBook.withLock { $0.bytesInUse } + resultBook.withLock { $0.bytesInUse }
    }

    /// Throws when `count` more bytes cannot be had without somebody being killed for it.
    ///
    /// Reserving blindly is answered by the out-of-memory killer and not by an error, so the sizes are compared first.
    /// Pages that were used before are still there and count as available; what fits into them asks nobody, because the
    /// kernel takes half a millisecond to say what it has.
    package func checkRoom(input: Int, result: Int) throws(PoolError) {
        let warmInput = inputBook.withLock { max($0.highWater - $0.bytesInUse, 0) }
        let warmResult = resultBook.withLock { max($0.highWater - $0.bytesInUse, 0) }
        if input <= warmInput, result <= warmResult { return }
        let available = Machine.availableMemory() + warmInput + warmResult
        guard input + result <= available else {
            throw PoolError(
                .outOfMemory,
                "the run needs \(byteText(input)) for its input and \(byteText(result)) for its results in shared memory, "
                    + "and \(byteText(available)) are available; map it in parts, "
                    + "or as a stream with a smaller window")
        }
    }

    fileprivate func release(_ range: Range<Int>, of side: Extent.Side) {
        switch side {
        case .input: inputBook.withLock { $0.release(range) }
        case .result: resultBook.withLock { $0.release(range) }
        }
    }
}

/// A piece of a segment, given back when the last reference goes.
package final class Extent: Sendable {
    package enum Side: Sendable { case input, result }
    private let kept: Mutex<Range<Int>>
    private let side: Side
    private let memory: SharedMemory
    private let meter: Meter?

    fileprivate init(_ range: Range<Int>, of side: Side, in memory: SharedMemory, _ meter: Meter?) {
        kept = Mutex(range)
        self.side = side
        self.memory = memory
        self.meter = meter
        meter?.add(range.count)
    }

    deinit { release(kept.withLock { $0 }) }

    /// Where the piece lies.
    package var range: Range<Int> { kept.withLock { $0 } }

    /// Gives back all but the first `used` bytes.
    package func shrink(to used: Int) {
        let rest = kept.withLock { range in
            let (kept, rest) = ExtentAllocator.split(range, keeping: used)
            range = kept
            return rest
        }
        release(rest)
    }

    private func release(_ range: Range<Int>) {
        memory.release(range, of: side)
        meter?.add(-range.count)
    }
}

/// How many bytes of shared memory one run holds, whatever else the pool has lent out.
package final class Meter: Sendable {
    private let count = Atomic(0)

    package init() {}

    package var bytes: Int { count.load(ordering: .acquiring) }

    fileprivate func add(_ bytes: Int) { count.add(bytes, ordering: .acquiringAndReleasing) }
}

/// A size as people write it: "12.0 GiB".
package func byteText(_ count: Int) -> String {
    var size = Double(count)
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if size < 1024 || unit == "GiB" {
            return unit == "bytes" ? "\(count) bytes" : "\((size * 10).rounded() / 10) \(unit)"
        }
        size /= 1024
    }
    return "\(count) bytes"
}

package import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A pool's two segments and the parent's book of which parts of them are in use.
package final class SharedMemory: Sendable {
    package let segments: ParentSegments
    private let inputBook: Mutex<ExtentAllocator>
    private let resultBook: Mutex<ExtentAllocator>

    package init(workers: Int) throws(PoolError) {
        // Address space, not memory: more than the machine has could never be filled.
        let bytes = SegmentLayout.roundUp(max(Machine.totalMemory(), 1 << 30), to: SegmentLayout.pageBytes)
        guard
            let layout = SegmentLayout(
                workerCapacity: workers, placeCount: Self.placeCount, inputBytes: bytes, resultBytes: bytes)
        else { throw PoolError(.outOfMemory, "no layout for \(workers) workers and segments of \(bytes) bytes") }
        do {
            segments = try ParentSegments(layout: layout)
        } catch {
            throw PoolError(.system, "cannot make shared memory: \(error)")
        }
        inputBook = Mutex(ExtentAllocator(layout.inputData))
        resultBook = Mutex(ExtentAllocator(layout.resultData))
    }

    /// Chunks open or claimed at a time. Enough to keep 64 workers busy while the parent sleeps.
    package static let placeCount = 256

    package func allocateInput(_ count: Int) -> Extent? {
        inputBook.withLock { $0.allocate(count) }.map { Extent($0, of: .input, in: self) }
    }

    package func allocateResult(_ count: Int) -> Extent? {
        resultBook.withLock { $0.allocate(count) }.map { Extent($0, of: .result, in: self) }
    }

    /// Bytes of both segments that are handed out.
    package var bytesInUse: Int {
        inputBook.withLock { $0.bytesInUse } + resultBook.withLock { $0.bytesInUse }
    }

    /// Throws when `count` more bytes cannot be had without somebody being killed for it.
    ///
    /// Reserving blindly is answered by the out-of-memory killer and not by an error, so the sizes are compared first.
    /// Pages that were used before are still there and count as available.
    package func checkRoom(input: Int, result: Int) throws(PoolError) {
        let warm =
            inputBook.withLock { $0.highWater - $0.bytesInUse } + resultBook.withLock { $0.highWater - $0.bytesInUse }
        let available = Machine.availableMemory() + max(warm, 0)
        guard input + result <= available else {
            throw PoolError(
                .outOfMemory,
                "the map needs \(byteText(input)) for its input and \(byteText(result)) for its results in shared memory, "
                    + "and \(byteText(available)) are available; map it in parts")
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

    fileprivate init(_ range: Range<Int>, of side: Side, in memory: SharedMemory) {
        kept = Mutex(range)
        self.side = side
        self.memory = memory
    }

    deinit { memory.release(kept.withLock { $0 }, of: side) }

    /// Where the piece lies.
    package var range: Range<Int> { kept.withLock { $0 } }

    /// Gives back all but the first `used` bytes.
    package func shrink(to used: Int) {
        let rest = kept.withLock { range in
            let (kept, rest) = ExtentAllocator.split(range, keeping: used)
            range = kept
            return rest
        }
        memory.release(rest, of: side)
    }
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

package import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A pool's two segments: what workers read and what they write.
///
/// Its pool has it until the pool shuts down, or exchanges it for the memory that its input has taken; each segment is
/// there for as long as somebody holds a piece of it.
package final class SharedMemory: Sendable {
    package let segments: ParentSegments
    let input: SharedSegment<_InputSegment>
    let result: SharedSegment<_ResultSegment>

    /// - Parameters:
    ///   - spin: How long an idle worker may look for the next run before it sleeps.
    ///   - term: When a worker leaves; nil for never.
    package init(workers: Int, spin: Duration = .zero, term: WorkerTerm? = nil) throws(PoolError) {
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
            segments = try ParentSegments(layout: layout, spin: spin, term: term)
        } catch {
            throw PoolError(
                .system,
                "cannot make shared memory, two files of \(byteText(bytes)) that are filled as needed: \(error)")
        }
        // Exchanging the input costs the workers, and what functions keep in them.
        input = SharedSegment(
            segments.input, data: layout.inputData, IdleLimits(kept: 256 << 20, most: bytes / 4), canGiveBack: false)
        result = SharedSegment(
            segments.result, data: layout.resultData, IdleLimits(kept: 64 << 20, most: bytes / 8), canGiveBack: true)
    }

    /// Chunks open or claimed at a time. Enough to keep 64 workers busy while the parent sleeps; and few for few
    /// workers, because the parent looks at them all.
    package static func placeCount(workers: Int) -> Int { min(workers, 8) * 32 }

    package func allocateInput(_ count: Int, meter: Meter? = nil) -> Extent<_InputSegment>? {
        input.allocate(count, meter)
    }

    /// - Parameter isSparse: It may be far more than is going to be used, so that only pages which are touched must
    ///   take
    ///   memory.
    package func allocateResult(_ count: Int, meter: Meter? = nil, isSparse: Bool = false) -> Extent<_ResultSegment>? {
        result.allocate(count, meter, isSparse: isSparse)
    }

    /// Bytes of input that there are addresses for.
    package var inputRoom: Int { segments.layout.inputData.count }

    /// Bytes of both segments that are handed out.
    package var bytesInUse: Int { input.book.bytesInUse + result.book.bytesInUse }

    /// Throws when `count` more bytes cannot be had without somebody being killed for it.
    ///
    /// Reserving blindly is answered by the out-of-memory killer and not by an error, so the sizes are compared first.
    /// Pages that were used before are still there and count as available; what fits into them asks nobody, because the
    /// kernel takes half a millisecond to say what it has.
    package func checkRoom(input: Int, result: Int) throws(PoolError) {
        if self.input.isWarm(for: input), self.result.isWarm(for: result) { return }
        try Self.checkRoom(
            input: input, result: result, warm: self.input.book.idleBytes + self.result.book.idleBytes)
    }

    /// The same for more input in a segment.
    static func checkRoom(input: Int, of segment: SharedSegment<_InputSegment>) throws(PoolError) {
        if segment.isWarm(for: input) { return }
        try checkRoom(input: input, result: 0, warm: segment.book.idleBytes)
    }

    private static func checkRoom(input: Int, result: Int, warm: Int) throws(PoolError) {
        let available = Machine.availableMemory() + warm
        guard input + result <= available else {
            throw PoolError(
                .outOfMemory,
                "the run needs \(byteText(input)) for its input and \(byteText(result)) for its results in shared memory, "
                    + "and \(byteText(available)) are available; map it in parts, "
                    + "or as a stream with a smaller window")
        }
    }
}

/// How many bytes of shared memory one run holds, whatever else the pool has lent out.
package final class Meter: Sendable {
    private let count = Atomic(0)

    package init() {}

    package var bytes: Int { count.load(ordering: .acquiring) }

    func add(_ bytes: Int) { count.add(bytes, ordering: .acquiringAndReleasing) }
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

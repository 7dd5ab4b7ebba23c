/// Where everything lies in the two segments: the one place that does size arithmetic.
///
/// A layout is a pure function of four numbers. It is computed once by the parent, and once more by every worker from
/// the header, so that an offset is never passed around as a pointer. Every product and sum is checked; a shape that
/// does not fit 63 bits has no layout.
package struct SegmentLayout: Hashable, Sendable {
    /// Workers there are lines for.
    package let workerCapacity: Int
    /// Chunks that can be open or claimed at the same time.
    package let placeCount: Int
    /// Entries of the queue of opened places. Twice the places, so that an entry is hardly ever overwritten while its
    /// chunk is open: workers take the oldest first. Where it is, the place is found by its owner word.
    package let queueCount: Int
    /// Sizes of the two segments, sparse: address space, not memory.
    package let inputBytes, resultBytes: Int

    package let queueOffset, chunksOffset, inputDataOffset: Int
    package let workersOffset, placesOffset, lastWordsOffset, resultDataOffset: Int

    package static let line = 128
    /// For the last line that a worker has written to standard error: 2 lines.
    package static let lastWordsBytes = 256
    package static let headerBytes = 3 * line
    /// The smallest page there is. Where pages are larger, lines and data share one, which harms nobody.
    package static let pageBytes = 4096

    /// Nil when a number is out of range or the data areas would be empty.
    package init?(workerCapacity: Int, placeCount: Int, inputBytes: Int, resultBytes: Int) {
        guard (1...0xf000).contains(workerCapacity), (1...0x10_0000).contains(placeCount) else { return nil }
        self.workerCapacity = workerCapacity
        self.placeCount = placeCount
        self.queueCount = 2 * placeCount
        self.inputBytes = inputBytes
        self.resultBytes = resultBytes

        // The counts were checked above; these sums stay far below 63 bits.
        queueOffset = Self.headerBytes
        chunksOffset = Self.roundUp(queueOffset + queueCount * 4, to: Self.line)
        inputDataOffset = Self.roundUp(chunksOffset + placeCount * Self.line, to: Self.pageBytes)
        workersOffset = Self.line
        placesOffset = workersOffset + workerCapacity * Self.line
        lastWordsOffset = placesOffset + placeCount * Self.line
        resultDataOffset = Self.roundUp(lastWordsOffset + workerCapacity * Self.lastWordsBytes, to: Self.pageBytes)
        guard inputDataOffset < inputBytes, resultDataOffset < resultBytes else { return nil }
    }

    package var inputData: Range<_InputOffset> { Range(inputDataOffset..<inputBytes) }
    package var resultData: Range<_ResultOffset> { Range(resultDataOffset..<resultBytes) }

    /// Bytes that `count` slots of `stride` bytes take, or nil when that is not a size.
    package static func slotBytes(count: Int, stride: Int) -> Int? {
        guard count >= 0, stride >= 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
        return overflow || bytes > Int.max - line ? nil : bytes
    }

    /// `value` rounded up to a multiple of `alignment`, which is a power of two. `value` is at most `Int.max -
    /// alignment`.
    package static func roundUp(_ value: Int, to alignment: Int) -> Int {
        (value + alignment - 1) & ~(alignment - 1)
    }
}

import ProcessionSystem

/// Hands out pieces of a segment's data area, lowest address first, so that pages which are warm are used again.
///
/// Parent-private arithmetic: no memory is touched here. Not a general allocator: pieces are few (a handful per chunk
/// in flight, a handful per map) and long.
package struct ExtentAllocator: Sendable {
    /// Free ranges, in order of address, never empty, never adjacent.
    private(set) var free: [Range<Int>]
    /// Bytes handed out and not given back.
    package private(set) var bytesInUse = 0
    /// One behind the highest byte that was handed out: what lies above takes no memory.
    package internal(set) var highWater: Int
    /// Free ranges below the high water that take no memory either, in order of address: it was given back.
    var cold: [Range<Int>] = []
    /// How far pieces have reached since the last turn of `endRun`, and between that and the turn before.
    var reach, earlierReach: Int
    var runs = 0
    let area: Range<Int>

    package init(_ area: Range<Int>) {
        free = area.isEmpty ? [] : [area]
        (highWater, reach, earlierReach) = (area.lowerBound, area.lowerBound, area.lowerBound)
        self.area = area
    }

    /// A piece of `count` bytes, rounded up to whole cache-line pairs, or nil when no free range is long enough.
    ///
    /// - Complexity: O(free ranges).
    package mutating func allocate(_ count: Int) -> Range<Int>? {
        precondition(count >= 0)
        guard count <= Int.max - SegmentLayout.line else { return nil }
        let size = max(SegmentLayout.roundUp(count, to: SegmentLayout.line), SegmentLayout.line)
        guard let position = free.firstIndex(where: { $0.count >= size }) else { return nil }
        let start = free[position].lowerBound
        if free[position].count == size {
            free.remove(at: position)
        } else {
            free[position] = start + size..<free[position].upperBound
        }
        bytesInUse += size
        highWater = max(highWater, start + size)
        reach = max(reach, start + size)
        if !cold.isEmpty { cold = cold.flatMap { $0.without(start..<start + size) } }
        return start..<start + size
    }

    /// The huge pages that nothing was handed out from while the high water was at `before`, and something now is; none
    /// while less than one such page is in use.
    package func freshHugePages(above before: Int) -> Range<Int> {
        let first = SegmentLayout.roundUp(before, to: Mapping.hugePage)
        let end = min(SegmentLayout.roundUp(highWater, to: Mapping.hugePage), area.upperBound & -Mapping.hugePage)
        return first < end && highWater - area.lowerBound >= Mapping.hugePage ? first..<end : first..<first
    }

    /// Takes back a piece, or an end of one, that was handed out.
    package mutating func release(_ extent: Range<Int>) {
        guard !extent.isEmpty else { return }
        var low = 0
        var high = free.count
        while low < high {
            let middle = (low + high) / 2
            if free[middle].lowerBound < extent.lowerBound { low = middle + 1 } else { high = middle }
        }
        precondition(low == 0 || free[low - 1].upperBound <= extent.lowerBound, "extent released twice")
        precondition(low == free.count || extent.upperBound <= free[low].lowerBound, "extent released twice")
        let joinsBelow = low > 0 && free[low - 1].upperBound == extent.lowerBound
        let joinsAbove = low < free.count && free[low].lowerBound == extent.upperBound
        switch (joinsBelow, joinsAbove) {
        case (true, true):
            free[low - 1] = free[low - 1].lowerBound..<free[low].upperBound
            free.remove(at: low)
        case (true, false): free[low - 1] = free[low - 1].lowerBound..<extent.upperBound
        case (false, true): free[low] = extent.lowerBound..<free[low].upperBound
        case (false, false): free.insert(extent, at: low)
        }
        bytesInUse -= extent.count
    }

    /// The part of an extent of at least `used` bytes that the rest of it can be given back from.
    package static func split(_ extent: Range<Int>, keeping used: Int) -> (kept: Range<Int>, rest: Range<Int>) {
        let kept = min(extent.count, SegmentLayout.roundUp(used, to: SegmentLayout.line))
        let border = extent.lowerBound + kept
        return (extent.lowerBound..<border, border..<extent.upperBound)
    }
}

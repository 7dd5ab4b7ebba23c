/// Memory that pieces have left behind: how much there is, how long nobody has had it, and giving it back.
extension ExtentAllocator {
    /// Bytes that take memory although they are nobody's.
    package var idleBytes: Int { highWater - area.lowerBound - bytesInUse - cold.reduce(0) { $0 + $1.count } }

    /// The part of them from an address on.
    package func idle(above border: Int) -> Int {
        idleRanges(above: border).reduce(0) { sum, range in
            sum + range.count - cold.reduce(0) { $0 + $1.clamped(to: range).count }
        }
    }

    /// Counts the end of a run: of a map or a stream.
    package mutating func endRun() {
        runs += 1
        if runs % Self.remembered == 0 { (earlierReach, reach) = (reach, area.lowerBound) }
    }

    /// Up to where the last eight runs have had memory, or more of them: what lies above need not be kept warm for the
    /// next.
    package var recentReach: Int { max(reach, earlierReach) }

    private static var remembered: Int { 8 }

    /// Lets `punch` give back the memory of what is free from `border` on. Nothing may be handed out meanwhile.
    package mutating func giveBack(above border: Int, _ punch: (Range<Int>) throws -> Void) rethrows {
        let ranges = idleRanges(above: border)
        for range in ranges { try punch(range) }
        cold = cold.flatMap { $0.without(border..<Int.max) } + ranges
        // What is free up to the end is as if it had never been handed out.
        guard let last = free.last, last.upperBound == area.upperBound else { return }
        highWater = min(highWater, max(last.lowerBound, border))
        cold = cold.flatMap { $0.without(highWater..<Int.max) }
    }

    private func idleRanges(above border: Int) -> [Range<Int>] {
        free.map { $0.clamped(to: min(border, highWater)..<highWater) }.filter { !$0.isEmpty }
    }
}

extension Range<Int> {
    /// What is left of it, in one part or two.
    func without(_ other: Range<Int>) -> [Range<Int>] {
        guard overlaps(other) else { return [self] }
        let below = lowerBound..<Swift.max(lowerBound, other.lowerBound)
        let above = Swift.min(upperBound, other.upperBound)..<upperBound
        return [below, above].filter { !$0.isEmpty }
    }
}

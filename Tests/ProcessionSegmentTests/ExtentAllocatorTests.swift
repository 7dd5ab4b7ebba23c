import ProcessionSegment
import TestSupport
import Testing

struct ExtentAllocatorTests {
    static let line = SegmentLayout.line

    @Test func handsOutLowestFirstAndNothingTwice() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for round in 0..<50 {
            // A tail that is not a whole line is never handed out.
            let area = 4096..<4096 + 200 * Self.line + (round % 2) * 60
            var allocator = ExtentAllocator(area)
            var model = FreeLines(count: 200, base: 4096)
            var held: [Range<Int>] = []
            for step in 0..<1000 {
                if held.isEmpty || Bool.random(using: &numbers) {
                    let count = Int.random(in: 0...40 * Self.line, using: &numbers)
                    let given = allocator.allocate(count)
                    let expected = model.allocate(count)
                    guard given == expected else {
                        let difference = "\(given as Range<Int>?), not \(expected as Range<Int>?)"
                        Issue.record(
                            "allocate(\(count)) gave \(difference); round \(round), step \(step), seed \(seed)")
                        return
                    }
                    if let given { held.append(given) }
                } else {
                    let extent = held.remove(at: Int.random(in: held.indices, using: &numbers))
                    // Sometimes only the end of a piece goes back, as when a chunk used less than it was given.
                    let used = Bool.random(using: &numbers) ? 0 : Int.random(in: 1...extent.count, using: &numbers)
                    let (kept, rest) = ExtentAllocator.split(extent, keeping: used)
                    allocator.release(rest)
                    model.release(rest)
                    if !kept.isEmpty { held.append(kept) }
                }
                guard allocator.bytesInUse == model.bytesInUse, allocator.highWater == model.highWater else {
                    Issue.record("the book is wrong; round \(round), step \(step), seed \(seed)")
                    return
                }
            }
        }
    }

    @Test func isOneRangeAgainWhenAllIsReleased() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let area = 0..<100 * Self.line
        var allocator = ExtentAllocator(area)
        var held: [Range<Int>] = []
        while let extent = allocator.allocate(Int.random(in: 1...5 * Self.line, using: &numbers)) {
            held.append(extent)
        }
        for extent in held.shuffled(using: &numbers) { allocator.release(extent) }
        #expect(allocator.allocate(area.count) == area, "seed \(seed)")
    }

    @Test func everyHugePageIsToldOnceWhenItIsFirstTouched() {
        let huge = 2 << 20
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        // It begins and ends within a huge page.
        let area = huge / 2..<100 * huge + huge / 3
        var allocator = ExtentAllocator(area)
        var told: [Range<Int>] = []
        while true {
            let before = allocator.highWater
            let extent = allocator.allocate(Int.random(in: 1...3 * huge, using: &numbers))
            let fresh = allocator.freshHugePages(above: before)
            #expect(fresh.isEmpty || fresh.lowerBound % huge == 0 && fresh.count % huge == 0, "seed \(seed)")
            if !fresh.isEmpty { told.append(fresh) }
            guard let extent else { break }
            // Nothing while little is in use; then all that lies in whole huge pages up to the high water.
            let isLarge = allocator.highWater - area.lowerBound >= huge
            #expect(isLarge || told.isEmpty, "seed \(seed)")
            // A huge page of which a part was handed out before is not told any more.
            let begun = SegmentLayout.roundUp(before, to: huge)
            let end = min(extent.upperBound, 100 * huge)
            #expect(!isLarge || end <= max(begun, told.last?.upperBound ?? 0), "seed \(seed)")
        }
        #expect(zip(told, told.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "seed \(seed)")
        #expect(told.last!.upperBound >= min(allocator.highWater, 100 * huge), "seed \(seed)")
    }

    @Test func aPieceIsAtLeastOneLine() {
        var allocator = ExtentAllocator(0..<1024)
        #expect(allocator.allocate(0) == 0..<Self.line)
        #expect(allocator.allocate(1) == Self.line..<2 * Self.line)
    }

    @Test(arguments: [1025, Int.max - 128, Int.max - 127, Int.max]) func refusesWhatDoesNotFit(count: Int) {
        var allocator = ExtentAllocator(0..<1024)
        #expect(allocator.allocate(count) == nil)
        #expect(allocator.bytesInUse == 0)
    }

    @Test func anEmptyAreaHasNothingToGive() {
        var allocator = ExtentAllocator(4096..<4096)
        #expect(allocator.allocate(0) == nil)
        #expect(allocator.highWater == 4096)
    }

    @Test func releasingNothingChangesNothing() {
        var allocator = ExtentAllocator(0..<1024)
        allocator.release(512..<512)
        #expect(allocator.allocate(1024) == 0..<1024)
    }

    @Test func trapsWhenReleasedTwice() async {
        await #expect(processExitsWith: .failure) {
            var allocator = ExtentAllocator(0..<1024)
            let extent = allocator.allocate(128)!
            allocator.release(extent)
            allocator.release(extent)
        }
    }

    @Test func trapsWhenAReleaseReachesIntoWhatIsFreeAbove() async {
        await #expect(processExitsWith: .failure) {
            var allocator = ExtentAllocator(0..<1024)
            _ = allocator.allocate(128)
            allocator.release(0..<256)
        }
    }

    @Test func trapsWhenAReleaseReachesIntoWhatIsFreeBelow() async {
        await #expect(processExitsWith: .failure) {
            var allocator = ExtentAllocator(0..<1024)
            _ = allocator.allocate(128)
            _ = allocator.allocate(128)
            allocator.release(0..<128)
            allocator.release(0..<256)
        }
    }

    @Test(arguments: [(0, 0), (1, 128), (128, 128), (129, 256), (256, 256), (300, 256), (Int.max - 128, 256)])
    func splitsAtTheLineBehindWhatIsUsed(used: Int, kept: Int) {
        let (near, far) = ExtentAllocator.split(1024..<1280, keeping: used)
        #expect(near == 1024..<1024 + kept)
        #expect(far == 1024 + kept..<1280)
    }
}

/// What the allocator should do, as plainly as it can be said: one flag per line, first fit.
private struct FreeLines {
    private var isFree: [Bool]
    private let base: Int
    private(set) var highWater: Int

    init(count: Int, base: Int) {
        isFree = Array(repeating: true, count: count)
        self.base = base
        highWater = base
    }

    var bytesInUse: Int { isFree.count { !$0 } * SegmentLayout.line }

    mutating func allocate(_ count: Int) -> Range<Int>? {
        let lines = max(1, (count + SegmentLayout.line - 1) / SegmentLayout.line)
        var run = 0
        for index in isFree.indices {
            run = isFree[index] ? run + 1 : 0
            guard run == lines else { continue }
            let first = index + 1 - lines
            for taken in first...index { isFree[taken] = false }
            let extent = base + first * SegmentLayout.line..<base + (index + 1) * SegmentLayout.line
            highWater = max(highWater, extent.upperBound)
            return extent
        }
        return nil
    }

    mutating func release(_ extent: Range<Int>) {
        for address in stride(from: extent.lowerBound, to: extent.upperBound, by: SegmentLayout.line) {
            isFree[(address - base) / SegmentLayout.line] = true
        }
    }
}

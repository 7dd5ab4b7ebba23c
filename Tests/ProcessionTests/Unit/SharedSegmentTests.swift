import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// What a segment keeps for the next run, and what it gives back unasked.
@Suite struct SharedSegmentTests {
    private static let mebibyte = 1 << 20

    private let segments: ParentSegments

    init() throws {
        let layout = SegmentLayout(
            workerCapacity: 1, placeCount: 1, inputBytes: Self.mebibyte, resultBytes: 64 * Self.mebibyte)
        segments = try ParentSegments(layout: #require(layout))
    }

    /// A segment of 64 MiB that keeps four, and never more than sixteen.
    private func segment(canGiveBack: Bool = true, most: Int = 16) throws -> SharedSegment<_ResultSegment> {
        SharedSegment(
            segments.result, data: segments.layout.resultData,
            IdleLimits(kept: 4 * Self.mebibyte, most: most * Self.mebibyte), canGiveBack: canGiveBack)
    }

    private func use(_ bytes: Int, of segment: SharedSegment<_ResultSegment>) { _ = segment.allocate(bytes) }

    /// What is let go of at once is looked at when it is a large piece: a run that has not ended may be done with it.
    @Test(arguments: [(1, 1), (4, 4), (15, 15), (16, 16), (17, 16), (40, 16)])
    func aLargePieceThatIsLetGoOfStaysUpToTheLimit(mebibytes: Int, kept: Int) throws {
        let segment = try segment()
        use(mebibytes * Self.mebibyte, of: segment)
        #expect(segment.book.idleBytes == kept * Self.mebibyte && segment.book.bytesInUse == 0)
        #expect(segment.isWarm(for: kept * Self.mebibyte) && !segment.isWarm(for: kept * Self.mebibyte + 1))
    }

    @Test func smallPiecesAreNotLookedAtBeforeARunEnds() throws {
        let segment = try segment()
        var pieces = (0..<20).map { _ in segment.allocate(Self.mebibyte) }
        pieces.removeAll()
        #expect(segment.book.excess(segment.limits) != nil && segment.book.idleBytes == 20 * Self.mebibyte)
        segment.giveBackExcess()
        #expect(segment.book.excess(segment.limits) == nil && segment.book.idleBytes == 16 * Self.mebibyte)
    }

    @Test func whatTheLastRunsHaveNotUsedIsExcess() throws {
        let segment = try segment()
        use(3 * Self.mebibyte, of: segment)
        for _ in 0..<16 { _ = segment.book.endRun(segment.limits) }
        #expect(segment.book.excess(segment.limits) == nil, "so much is always kept")
        use(6 * Self.mebibyte, of: segment)
        #expect(segment.book.excess(segment.limits) == nil, "it was used just now")
        for _ in 0..<16 { _ = segment.book.endRun(segment.limits) }
        #expect(segment.book.excess(segment.limits) != nil)
        segment.giveBackExcess()
        #expect(segment.book.idleBytes == 4 * Self.mebibyte)
    }

    @Test(arguments: [(5, false), (6, true)]) func aLittleMoreThanIsKeptIsNotWorthTheCalls(
        mebibytes: Int, isExcess: Bool
    ) throws {
        let segment = try segment()
        use(mebibytes * Self.mebibyte, of: segment)
        for _ in 0..<16 { _ = segment.book.endRun(segment.limits) }
        #expect((segment.book.excess(segment.limits) != nil) == isExcess)
    }

    /// A low limit on the size of files makes the most less than that.
    @Test func whatIsAlwaysKeptIsNoExcess() throws {
        let segment = try segment(most: 2)
        use(4 * Self.mebibyte, of: segment)
        #expect(segment.book.excess(segment.limits) == nil && segment.book.idleBytes == 4 * Self.mebibyte)
    }

    /// Room that a worker has asked for, and may have lied about.
    @Test func aPieceThatMayNotBeUsedTakesNoMemory() throws {
        let segment = try segment()
        let piece = segment.allocate(32 * Self.mebibyte, isSparse: true)
        #expect(MemoryUse.blocks(of: segments.descriptors[1]) < Self.mebibyte)
        withExtendedLifetime(piece) {}
    }

    @Test func aSegmentThatIsSealedGivesNothingBackByParts() throws {
        let segment = try segment(canGiveBack: false)
        use(40 * Self.mebibyte, of: segment)
        segment.giveBack()
        segment.giveBackExcess()
        #expect(segment.book.idleBytes == 40 * Self.mebibyte && segment.book.excess(segment.limits) != nil)
    }

    @Test func nothingNeedsNoWarmMemory() throws {
        let segment = try segment()
        #expect(segment.isWarm(for: 0) && !segment.isWarm(for: 1))
    }

    @Test func aPieceIsMeteredUntilItIsGone() throws {
        let segment = try segment()
        let (meter, other) = (Meter(), Meter())
        var piece = segment.allocate(1024, meter)
        let kept = segment.allocate(512, other)
        #expect(meter.bytes == 1024 && other.bytes == 512)
        piece?.shrink(to: 300)
        #expect(meter.bytes == 384 && piece?.range.count == 384)
        kept?.keep([try #require(piece)])
        piece = nil
        #expect(meter.bytes == 384, "another piece refers to it")
        withExtendedLifetime(kept) {}
    }
}

/// What is asked of the machine before it is taken.
@Suite struct SharedMemoryTests {
    private let memory: SharedMemory

    init() throws { memory = try SharedMemory(workers: 1) }

    @Test func moreThanTheMachineHasIsRefusedWithTheSizes() {
        let tooMuch = Machine.totalMemory() * 2
        for error in [
            #expect(throws: PoolError.self) { try memory.checkRoom(input: tooMuch, result: 0) },
            #expect(throws: PoolError.self) { try memory.checkRoom(input: 0, result: tooMuch) },
            #expect(throws: PoolError.self) { try SharedMemory.checkRoom(input: tooMuch, of: memory.input) },
        ] {
            #expect(error?.code == .outOfMemory && error?.description.contains(byteText(tooMuch)) == true)
        }
    }

    @Test func whatThereIsIsGranted() throws {
        try memory.checkRoom(input: 1 << 20, result: 1 << 20)
        try SharedMemory.checkRoom(input: 1 << 20, of: memory.input)
        #expect(memory.bytesInUse == 0)
    }

    @Test(arguments: [(1, 32), (2, 64), (8, 256), (9, 256), (64, 256)])
    func placesAreForEightWorkersAtMost(workers: Int, places: Int) {
        #expect(SharedMemory.placeCount(workers: workers) == places)
    }

    @Test(
        arguments: [
            (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1 << 20, "1.0 MiB"), (1 << 20 - 1, "1024.0 KiB"),
            (3 << 29, "1.5 GiB"), (1 << 45, "32768.0 GiB"),
        ])
    func sizesAreWrittenAsPeopleDo(bytes: Int, text: String) { #expect(byteText(bytes) == text) }

    // MARK: Room for results

    private struct Source: RecordSource {
        var estimate: Int
        var overflowLimit: Int
        let meter: Meter? = Meter()
        var remaining: Int? { nil }
        func overflowEstimate(records: Int, inputBytes: Int) -> Int { estimate * records + inputBytes }
        mutating func next(limit: Int) throws -> Supply { .end }
        mutating func drain(_ chunk: Chunk) throws {}
        mutating func flush() throws {}
    }

    /// For what is expected per record, was wanted before, whether that was for the first record, and the most that a
    /// chunk may have: what it gets, but for rounding.
    @Test(
        arguments: [
            (0, 0, false, Int.max, nil), (10, 0, false, .max, 612), (10, 0, false, 50, 562),
            (0, 300, false, .max, 1112),
            (0, 300, false, 500, 1012), (0, 300, false, 200, 812), (0, 300, true, 200, 1112),
        ] as [(Int, Int, Bool, Int, Int?)])
    func aChunkGetsTheRoomThatItIsGoingToTake(each: Int, wanted: Int, isStuck: Bool, limit: Int, given: Int?) throws {
        let chunk = Chunk(first: 0, items: 0..<10, keyOffset: nil, input: 0..<0, slotOffset: 0, storage: [])
        chunk.wait(for: Settlement.Again(items: 0..<10, roomWanted: wanted, isStuck: isStuck))
        var source = Source(estimate: each, overflowLimit: limit)
        try memory.makeRoom(for: chunk, &source)
        #expect(chunk.overflow?.range.count == given.map { SegmentLayout.roundUp($0, to: SegmentLayout.line) })
        #expect(source.meter?.bytes == chunk.overflow?.range.count ?? 0)
    }
}

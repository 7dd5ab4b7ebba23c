import OrderedCollections
import ProcessionSegment
import TestSupport
import Testing

@testable import Procession

/// Slots as a worker that has gone wild may leave them: the parent loads a valid value of each, and no more bytes than
/// there are.
@Suite struct DamagedSlotTests {
    private let memory: SharedMemory
    private let extent: Extent<_ResultSegment>
    private let here: Int
    private static let bytes = 4096

    init() throws {
        memory = try SharedMemory(workers: 1)
        extent = try #require(memory.allocateResult(Self.bytes))
        here = extent.range.lowerBound.bytes
    }

    private func load<Value: SlotValue>(
        _ type: Value.Type, _ words: [UInt64], allowing allowance: Int = bytes
    ) -> Value {
        let writer = extent.segment.held.writer
        for (index, word) in words.enumerated() { writer.store(word, at: here + 8 * index) }
        var reader = extent.segment.held.reader.slots.allowing(allowance)
        return Value._load(at: here, from: &reader)
    }

    /// The words of a short text's slot.
    private func text(_ text: String) -> [UInt64] {
        var words: [UInt64] = [0, UInt64(text.utf8.count) << 56]
        for (index, byte) in text.utf8.enumerated() { words[index / 8] |= UInt64(byte) << (index % 8 * 8) }
        return words
    }

    /// The words of a slot that says where so many elements lie: from a word of the extent on.
    private func array(at word: Int, _ count: Int) -> [UInt64] { [UInt64(here + 8 * word), UInt64(count)] }

    @Test func rangesWhoseBoundsAreInNoOrder() {
        #expect(load(Range<Int>.self, [5, 3]) == 5..<5)
        #expect(load(ClosedRange<Int>.self, [5, 3]) == 5...5)
        #expect(load(Range<Int>.self, [UInt64(bitPattern: 1), .max]) == 1..<1)
        let none = Double.nan.bitPattern
        let two = Double(2).bitPattern
        #expect(load(Range<Double>.self, [none, none]) == 0..<0)
        #expect(load(Range<Double>.self, [none, two]) == 2..<2)
        #expect(load(ClosedRange<Double>.self, [two, none]) == 2...2)
        #expect(load(ClosedRange<Float>.self, [none | none >> 32]) == 0...0)
    }

    @Test func charactersThatAreNone() {
        #expect(load(Character.self, text("")) == "\u{fffd}")
        #expect(load(Character.self, text("ab")) == "a")
        #expect(load(Character.self, [0xff, 1 << 56]) == "\u{fffd}")
        #expect(load(Character.self, [.max, .max]) == "\u{fffd}")
        for number: UInt64 in [0xd800, 0xdfff, 0x11_0000, 0xffff_ffff] {
            #expect(load(Unicode.Scalar.self, [number]) == "\u{fffd}")
        }
    }

    /// The first of equal keys is there, with its value.
    @Test func keysThatComeTwice() {
        let words = array(at: 4, 3) + array(at: 7, 3) + [1, 1, 2, 10, 20, 30]
        #expect(load([Int: Int].self, words) == [1: 10, 2: 30])
        #expect(load(OrderedDictionary<Int, Int>.self, words) == [1: 10, 2: 30])
        #expect(load(Set<Int>.self, array(at: 2, 3) + [1, 1, 2]) == [1, 2])
        #expect(load(OrderedSet<Int>.self, array(at: 2, 3) + [2, 1, 2]) == [2, 1])
    }

    @Test func keysAndValuesOfDifferentNumbers() {
        #expect(load([Int: Int].self, array(at: 4, 2) + array(at: 6, 1) + [1, 2, 10]) == [1: 10])
        #expect(load([Int: Int].self, array(at: 4, 1) + array(at: 5, 1 << 40) + [1, 10]) == [:])
    }

    /// What claims more than may be copied out is empty; so is what claims nothing at all, many times.
    @Test func countsThatAreNone() {
        for count: UInt64 in [1 << 63, .max, 1 << 40, 1 << 61, 513] {
            #expect(load(Set<Int>.self, [UInt64(here), count]).isEmpty)
            #expect(load([NoResult: NoResult].self, [UInt64(here), count, UInt64(here), count << 4]).isEmpty)
        }
        #expect(load([Nothing].self, [UInt64(here), 1 << 30]).isEmpty)
        #expect(load([Nothing].self, [UInt64(here), 4096]).count == 4096)
    }

    @Test func resultsThatAreNeither() {
        #expect(load(Result<Int, Odd>.self, [0xff, 1]) == .failure(.second))
        #expect(load(Result<Int, Odd>.self, [0xff, 0xff]) == .failure(.first))
        #expect(load(Result<String, Odd>.self, [0, .max, .max]) == .success(""))
    }

    /// A value that holds itself ends where a reader goes no deeper, in whatever number it does so.
    @Test(arguments: [1, 2, 100]) func valuesThatLieInThemselves(count: Int) {
        let nest = load(Nest.self, array(at: 0, count), allowing: 1 << 30)
        var depth = 1
        var all = 0
        var row = [nest]
        while !row.isEmpty {
            all += row.count
            row = row.flatMap(\.inside)
            depth += 1
        }
        #expect(depth <= 515)
        #expect(all <= 600 * count)
    }

    @Test func parcelsWithWhateverWordsInThem() {
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<3000 {
            let words = (0..<Self.bytes / 8).map { _ in anyWord(&random) }
            // Every element takes a byte at least of what may be copied.
            #expect(load(Parcel.self, words).lines.count <= Self.bytes)
            #expect(load([Parcel].self, words).count <= Self.bytes)
            _ = load([Payment: Set<Range<Double>>].self, words)
            _ = load(Result<[Character], Loud>.self, words)
            _ = load(Columns<SIMD3<Float>, Bool, [Character: UInt128], ClosedRange<String>>.self, words)
            _ = load(OrderedSet<Light?>.self, words)
        }
    }

    /// Most often one that might be believed.
    private func anyWord(_ random: inout SplitMix) -> UInt64 {
        switch random.next() % 8 {
        case 0: random.next()
        case 1: random.next() % 4
        case 2: 255 << 56 | random.next() % 512
        case 3: Double.nan.bitPattern
        case 4: .max
        case 5: (random.next() % 16) << 56 | random.next() >> 8
        default: UInt64(here) + random.next() % 512 * 8
        }
    }
}

/// A type that has no fields.
struct Nothing: Equatable, FieldsValue {
    var slotFields: Columns<> { Columns() }
    init(slotFields: Columns<>) {}
}

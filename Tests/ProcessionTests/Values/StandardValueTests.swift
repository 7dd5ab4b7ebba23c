import OrderedCollections
import Procession
import Testing

/// Types of the standard library come through shared memory as they were, both ways, at their bounds too.
@Suite struct StandardValueTests {
    private func comesBack<Value: SlotValue & Equatable>(_ values: [Value]) throws {
        let pool = try WorkerPool(workers: 1)
        #expect(Array(try pool.map(values, Echo<Value>())) == values)
        #expect(Array(try pool.map([values], Echo<[Value]>())) == [values])
        // Behind something of another size, so that it does not begin where its kind would in memory.
        let columns = values.map { Columns($0, "text", $0) }
        #expect(Array(try pool.map(columns, Echo<Columns<Value, String, Value>>())) == columns)
    }

    private func stride<Value: SlotValue>(of _: Value.Type) -> Int { Value._slotStride }

    @Test func wideAndNarrowNumbers() throws {
        try comesBack([Int128.min, -1, 0, .max])
        try comesBack([UInt128.min, 1 << 64, .max])
        try comesBack([Float16.pi, -.infinity, .leastNonzeroMagnitude])
        #expect(stride(of: Int128.self) == 16)
    }

    @Test func vectors() throws {
        try comesBack([SIMD2<Double>(.infinity, -0.0), SIMD2(1, 2)])
        try comesBack([SIMD3<Float>(1, 2, 3)])
        try comesBack([SIMD4<Int32>(1, .min, .max, 0)])
        try comesBack([SIMD8<Int8>(repeating: -1)])
        try comesBack([SIMD16<UInt8>(repeating: 255)])
        try comesBack([SIMD32<UInt16>(repeating: 9)])
        try comesBack([SIMD64<UInt8>(repeating: 7)])
        #expect(stride(of: SIMD4<Float>.self) == 16)
    }

    @Test func setsAndDictionaries() throws {
        try comesBack([[], ["a", "a text that is longer than any slot"], ["a"]] as [Set<String>])
        try comesBack([Set(0..<10_000), []])
        try comesBack([["b", "a"], []] as [OrderedSet<String>])
        try comesBack([["z": [1, 2], "": []], [:]] as [[String: [Int]]])
        try comesBack([[[1]: ["a": nil, "b": 2.5]], [[]: [:]]] as [[Set<Int>: [String: Double?]]])
    }

    @Test func ranges() throws {
        try comesBack([0..<0, Int.min..<Int.max, 3..<4])
        try comesBack([UInt8.min...UInt8.max, 7...7])
        try comesBack([-Double.infinity..<Double.infinity, -0.0..<0.0])
        try comesBack(["a"..."a text that is longer than any slot"])
        #expect(stride(of: Range<Int>.self) == 16)
    }

    @Test func charactersAndScalars() throws {
        let characters: [Character] = [
            "a", "\0", "\r\n", "é", "e\u{301}", "👩‍👩‍👧", "\u{d7ff}", "\u{e000}", "\u{10ffff}", "\u{301}",
        ]
        try comesBack(characters)
        let longest = Character("a" + String(repeating: "\u{301}", count: 500))
        let results = Array(try WorkerPool(workers: 1).map(characters + [longest], Echo<Character>()))
        #expect(results.map { Array($0.utf8) } == (characters + [longest]).map { Array($0.utf8) })
        try comesBack(["a", "\0", "\u{d7ff}", "\u{e000}", "\u{10ffff}"] as [Unicode.Scalar])
    }

    @Test func results() throws {
        try comesBack(
            [.success("a text that is longer than any slot"), .failure(.second), .success("")] as [Result<String, Odd>])
        try comesBack([.success(1), .failure(Loud(text: "loud"))] as [Result<UInt8, Loud>])
    }

    /// Equality of texts knows compositions; what comes back is what was given all the same.
    @Test func textsAreKeptAsTheyAreSpelled() throws {
        let pool = try WorkerPool(workers: 1)
        let texts = [
            "é", "e\u{301}", "\u{fffd}", "\u{1100}\u{1161}", "가", "e\u{301} in a text that is longer than any slot",
        ]
        let results = Array(try pool.map([texts], Echo<[String]>())[0])
        #expect(results.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        let keys = try pool.map([["e\u{301}": "é"]], Echo<[String: String]>())[0]
        #expect(keys.keys.map { Array($0.utf8) } == [Array("e\u{301}".utf8)])
    }

    /// No number is equal to it, and so a set may have several.
    @Test func numbersThatAreNone() throws {
        let pool = try WorkerPool(workers: 1)
        let numbers: Set<Double> = [.nan, .nan, 1]
        #expect(try pool.map([numbers], Echo<Set<Double>>())[0].count == 3)
        let payload = Double(bitPattern: 0x7ff8_0000_dead_beef)
        #expect(try pool.map([payload], Echo<Double>())[0].bitPattern == payload.bitPattern)
    }
}

enum Odd: UInt8, Error, FieldsValue {
    case first, second
    var slotFields: UInt8 { rawValue }
    init(slotFields: UInt8) { self = Odd(rawValue: slotFields) ?? .first }
}

struct Loud: Error, Equatable, FieldsValue {
    var text: String
    init(text: String) { self.text = text }
    var slotFields: String { text }
    init(slotFields: String) { text = slotFields }
}

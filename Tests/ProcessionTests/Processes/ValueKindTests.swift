import OrderedCollections
import Procession
import Testing

struct Point: BitwiseCopyable, Equatable { var x, y: Double }
extension Point: SlotValue {}

/// Gives back what it is given, so that both ways through memory are tried.
struct Echo<Value: SlotValue>: ValueFunction {
    func callAsFunction(_ value: Value) -> Value { value }
}

struct EchoKey<Key: SlotValue>: WorkerFunction {
    func callAsFunction(key: Key, value: Int) -> Columns<Key, Int> { Columns(key, value) }
}

struct Repeat: ValueFunction {
    func callAsFunction(_ count: Int) -> Columns<Int, String, [UInt8]> {
        Columns(count, String(repeating: "é", count: count), Array(repeating: 7, count: count))
    }
}

struct Sizes: ValueFunction {
    func callAsFunction(_ value: Int) -> Columns<UInt8, Int, UInt16, Double> {
        Columns(UInt8(value), -value, UInt16(1000 + value), Double(value) / 2)
    }
}

@Suite struct ValueKindTests {
    func comesBack<Value: SlotValue & Equatable>(_ values: [Value]) throws {
        let pool = try WorkerPool(workers: 2)
        #expect(Array(try pool.map(values, Echo<Value>())) == values)
    }

    @Test func integersOfEveryWidth() throws {
        try comesBack([Int.min, -1, 0, 1, .max])
        try comesBack([Int8.min, 0, .max])
        try comesBack([UInt8.min, .max])
        try comesBack([Int16.min, .max])
        try comesBack([UInt16.min, .max])
        try comesBack([Int32.min, .max])
        try comesBack([UInt32.min, .max])
        try comesBack([Int64.min, .max])
        try comesBack([UInt64.min, .max])
        try comesBack([UInt.min, .max])
    }

    @Test func floatsBoolsAndDurations() throws {
        try comesBack([0.1, -0.0, .infinity, .leastNonzeroMagnitude])
        try comesBack([Float.pi, -1])
        try comesBack([true, false, true])
        try comesBack([Duration.seconds(3), .nanoseconds(1)])
    }

    @Test func ownTypesThatAreBitwiseCopyable() throws {
        try comesBack([Point(x: 1, y: 2), Point(x: -3, y: 4)])
    }

    @Test(arguments: [0, 1, 14, 15, 16, 17, 100, 70_000])
    func textsOfEveryLength(length: Int) throws {
        try comesBack(["", String(repeating: "x", count: length), "ä🎉\0", String(repeating: "é", count: length)])
    }

    @Test func arraysOfBytesNumbersTextsAndArrays() throws {
        try comesBack([[UInt8](), [1], Array(repeating: 9, count: 100_000)])
        try comesBack([[1.5, 2.5], []])
        try comesBack([["a", "a longer text than fifteen bytes"], []])
        try comesBack([[[1, 2], []], [[3]]])
        try comesBack([[true, false], []])
    }

    @Test func optionals() throws {
        try comesBack([1, nil, 3] as [Int?])
        try comesBack(["a", nil, "a longer text than fifteen bytes"] as [String?])
    }

    @Test func orderedDictionariesInsideOrderedDictionaries() throws {
        try comesBack(
            [
                ["z": ["b": 1, "a": 2], "a": [:]], [:],
            ] as [OrderedDictionary<String, OrderedDictionary<String, Int>>])
    }

    @Test func columnsOfMixedKinds() throws {
        let pool = try WorkerPool(workers: 2)
        let results = try pool.map(Array(0..<3000), Repeat())
        for index in [0, 1, 7, 8, 15, 16, 2999] {
            #expect(results[index].values.1 == String(repeating: "é", count: index))
            #expect(results[index].values.2 == Array(repeating: 7, count: index))
        }
    }

    @Test func columnsOfFixedSizeComeApartAtTheRightOffsets() throws {
        let pool = try WorkerPool(workers: 2)
        let data: OrderedDictionary = ["p": 1, "q": 2]
        let (small, large, flag) = try pool.map(data, Uneven()).columns()
        #expect(small == ["p": 1, "q": 2])
        #expect(large == ["p": 1.5, "q": 2.5])
        #expect(flag == ["p": true, "q": false])
    }

    /// Where all columns lie as they do in memory, each begins where its kind may.
    @Test func columnsOfNumbersOfAllSizesComeApart() throws {
        let pool = try WorkerPool(workers: 1)
        let (small, large, middle, last) = try pool.map([1: 10, 2: 20], Sizes()).columns()
        #expect(small == [1: 10, 2: 20] && large == [1: -10, 2: -20])
        #expect(middle == [1: 1010, 2: 1020] && last == [1: 5, 2: 10])
    }

    @Test func keysOfEveryKind() throws {
        let pool = try WorkerPool(workers: 2)
        func comesBack<Key: SlotValue & Hashable>(_ keys: [Key]) throws {
            let data = OrderedDictionary(uniqueKeysWithValues: zip(keys, 0...))
            let results = try pool.map(data, EchoKey<Key>())
            #expect(results.map { $0.value.values.0 } == keys)
            #expect(Array(results.keys) == keys)
        }
        try comesBack((0..<500).map { "key \($0)" })
        try comesBack((0..<500).map { "a key that is longer than a slot, \($0)" })
        try comesBack((0..<500).map { Double($0) / 3 })
        try comesBack((0..<500).map { [UInt8($0 % 256), UInt8($0 / 256)] })
    }

    @Test func inlineTextsAreTheSameWhereTheirBytesAreAll() {
        let texts = ["", "a", "b", "ab", "ba", "abc"].map { InlineText<4>(truncating: $0) }
        for (place, text) in texts.enumerated() {
            #expect(texts.indices.filter { texts[$0] == text } == [place])
        }
        #expect(Set(texts + texts).count == texts.count)
    }

    @Test func inlineTextsHoldNumbersAndCutsBetweenScalars() throws {
        #expect(InlineText<20>(Int.min).description == "-9223372036854775808")
        #expect(InlineText<20>(UInt64.max).description == "18446744073709551615")
        #expect(InlineText<40>(Int128.min).description == "\(Int128.min)")
        #expect(InlineText<40>(UInt128.max).description == "\(UInt128.max)")
        for number in (0...255).map({ UInt8($0) }) { #expect(InlineText<3>(number).description == "\(number)") }
        for power in sequence(first: 1, next: { $0 > Int.max / 10 ? nil : $0 * 10 }) {
            for number in [power - 1, power, power + 1, 99 &* power, -power, 1 - power] {
                #expect(InlineText<20>(number).description == "\(number)")
            }
        }
        #expect(InlineText<4>(truncating: "aé🎉").description == "aé")
        try comesBack([InlineText<8>(12345), ""])
    }
}

struct Uneven: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int8, Double, Bool> {
        Columns(Int8(value), Double(value) + 0.5, value == 1)
    }
}

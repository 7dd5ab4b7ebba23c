import Foundation
import Procession
import ProcessionFoundation
import TestSupport
import Testing

struct Echo<Value: SlotValue>: ValueFunction {
    func callAsFunction(_ value: Value) -> Value { value }
}

/// Foundation's types come through shared memory as they were, both ways, at their bounds too.
@Suite struct FoundationValueTests {
    private func comesBack<Value: SlotValue & Equatable>(_ values: [Value]) throws {
        let pool = try WorkerPool(workers: 1)
        let results = Array(try pool.map(values, Echo<Value>()))
        for (result, value) in zip(results, values) { #expect(result == value) }
        #expect(results.count == values.count)
        #expect(Array(try pool.map([values], Echo<[Value]>())) == [values])
    }

    private func stride<Value: SlotValue>(of _: Value.Type) -> Int { Value._slotStride }

    @Test func datesAreEightBytes() throws {
        #expect(stride(of: Date.self) == 8)
        let seconds = [0, -0.0, 0.1, 1e300, -.infinity, .infinity, .leastNonzeroMagnitude, 793_000_000.123456789]
        try comesBack(
            [.distantPast, .distantFuture, Date()] + seconds.map { Date(timeIntervalSinceReferenceDate: $0) })
        let none = Date(timeIntervalSinceReferenceDate: Double(bitPattern: 0x7ff8_0000_dead_beef))
        let result = try WorkerPool(workers: 1).map([none], Echo<Date>())[0]
        #expect(result.timeIntervalSinceReferenceDate.bitPattern == 0x7ff8_0000_dead_beef)
    }

    @Test func identifiersAreSixteenBytes() throws {
        #expect(stride(of: UUID.self) == 16)
        try comesBack((0..<100).map { _ in UUID() })
        let counted = UUID(uuidString: "00010203-0405-0607-0809-0A0B0C0D0EFF")!
        try comesBack([counted])
        #expect(UUID(slotFields: counted.slotFields) == counted)
    }

    @Test func dataAndItsSlices() throws {
        let data = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        try comesBack([Data(), Data([0]), data, data[500..<700]])
    }

    @Test func addressesWithTheirBases() throws {
        let base = URL(string: "http://host/a/b/?q#f")!
        let texts = ["http://[::1]:80/%7e/%e9?a=b%20c#d", "mailto:a@b.c", "?q", "//host/p", "urn:x:y", "x/../y", "#f"]
        var urls = texts.map { URL(string: $0)! }
        urls += texts.map { URL(string: $0, relativeTo: base)! }
        urls += ["/tmp/a b/ü", "/a%20b:c?d#e", "/e\u{301}", "/é", "/tmp/", "relative"].map { URL(filePath: $0) }
        urls += [URL(string: "http://例え.jp/ä ö?é")!, URL(filePath: "/tmp/x", directoryHint: .isDirectory)]
        try comesBack(urls)
        let results = Array(try WorkerPool(workers: 1).map(urls, Echo<URL>()))
        for (result, url) in zip(results, urls) {
            #expect(result.relativeString.utf8.elementsEqual(url.relativeString.utf8))
            #expect(result.baseURL == url.baseURL && result.absoluteString == url.absoluteString)
            #expect(result.path == url.path && result.hasDirectoryPath == url.hasDirectoryPath)
        }
    }

    @Test func decimalsToTheLastDigit() throws {
        #expect(stride(of: Decimal.self) == 24)
        let texts = [
            "0", "0.1", "-123.45", "1e127", "-1e-128", "340282366920938463463374607431768211455e127",
            "-340282366920938463463374607431768211455e-128", "18446744073709551616", "18446744073709551615", "1.00",
        ]
        var decimals = texts.map { Decimal(string: $0)! }
        decimals += [.greatestFiniteMagnitude, .leastFiniteMagnitude, .leastNonzeroMagnitude, .pi, 1 / 3]
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<1000 {
            let digits = Decimal(random.next()) * Decimal(random.next() >> (random.next() % 64))
            let exponent = Int.random(in: -128...100, using: &random)
            decimals.append(Decimal(sign: exponent % 2 == 0 ? .plus : .minus, exponent: exponent, significand: digits))
        }
        try comesBack(decimals)
        let results = Array(try WorkerPool(workers: 1).map(decimals + [.nan], Echo<Decimal>()))
        for (result, decimal) in zip(results, decimals) {
            #expect(result.exponent == decimal.exponent && result.description == decimal.description)
        }
        #expect(results.last?.isNaN == true)
    }

    /// What a worker that has gone wild may have left.
    @Test func fieldsThatNoValueHas() {
        #expect(Decimal(slotFields: Columns(0, 0, 0, 1)) == 0)
        #expect(Decimal(slotFields: Columns(0, 1, 0, 255)).isNaN)
        #expect(Decimal(slotFields: Columns(.max, .max, .max, 0)) == .greatestFiniteMagnitude)
        #expect(Decimal(slotFields: Columns(.max, .max, .min, 1)) < 0)
        for text in ["", "http://[", "http://a:b:c/", "http://h:999999999999999999999/", "\0", "%"] {
            #expect(URL(slotFields: Columns(text, nil)).absoluteString.isEmpty == false)
            #expect(URL(slotFields: Columns("x", text)).absoluteString.isEmpty == false)
        }
        #expect(URL(slotFields: Columns("", nil)).absoluteString == "about:invalid")
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<10_000 {
            _ =
                Decimal(
                    slotFields: Columns(
                        random.next() >> (random.next() % 64), random.next(), Int8(truncatingIfNeeded: random.next()),
                        UInt8(random.next() % 3))
                ).description
            let bytes = (0..<random.next() % 20).map { _ in UInt8(random.next() % 256) }
            _ = URL(slotFields: Columns(String(decoding: bytes, as: UTF8.self), nil)).path
        }
    }
}

/// Errors that say in Foundation's way what is wrong.
@Suite struct ErrorTextTests {
    @Test func theTextOfALocalizedErrorIsShown() throws {
        let pool = try WorkerPool(workers: 1)
        let failures = try pool.map([1, 2, 3], Complains(), onFailure: .collect).failures
        #expect(failures.map(\.cause.message) == ["1 is not wanted", "Complaint(number: 2)", "Bare()"])
    }
}

struct Complaint: LocalizedError {
    var number: Int
    var errorDescription: String? { number == 2 ? nil : "\(number) is not wanted" }
}

struct Bare: Error {}

struct Complains: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        if value == 3 { throw Bare() }
        throw Complaint(number: value)
    }
}

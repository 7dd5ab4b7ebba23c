import TestSupport
import Testing

@testable import ProcessionRecords

/// Decimals of few digits are read and written as the standard library reads and writes them.
@Suite struct ShortDecimalTests {
    @Test func whatIsReadIsTheNearestNumber() {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let bytes = Array("0123456789.-".utf8)
        var read = 0
        for _ in 0..<30_000 {
            let text = (0..<Int.random(in: 0...18, using: &random)).map { _ in bytes.randomElement(using: &random)! }
            guard let decimal = ShortDecimal(text.span) else { continue }
            read += 1
            let spelled = String(decoding: text, as: UTF8.self)
            #expect(NumberText(text.span) != nil, "seed \(seed): \(spelled)")
            #expect(Double(spelled)?.bitPattern == decimal.value.bitPattern, "seed \(seed): \(spelled)")
        }
        #expect(read > 3000)
    }

    @Test(arguments: [
        "", "-", ".", "-.5", "1.", "01", "00.5", "1.2.3", "1e5", "+1", "1234567890123456", "0.1234567890123456",
    ])
    func whatIsNoShortDecimalIsReadInAnotherWay(text: String) {
        #expect(ShortDecimal(Array(text.utf8).span) == nil)
    }

    @Test func whatIsWrittenIsTheShortestText() {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        var written = 0
        let special = [
            0, -0.0, 1e15, 1e14, 0.0001, 0.00009999, 0.1 + 0.2, 1 / 3, .infinity, 1e300, .leastNonzeroMagnitude,
            9_007_199_254_740_992,
        ]
        for round in 0..<40_000 {
            let digits = UInt64.random(in: 0...UInt64(1) << UInt64.random(in: 1...53, using: &random), using: &random)
            let power = (0..<Int.random(in: 0...12, using: &random)).reduce(1.0) { power, _ in power * 10 }
            let number = round < special.count ? special[round] : Double(digits) / power * (round % 3 == 0 ? -1 : 1)
            for places in 0...9 {
                var text: [UInt8] = []
                guard text.append(number, places: places) else {
                    #expect(text.isEmpty)
                    continue
                }
                written += 1
                #expect(String(decoding: text, as: UTF8.self) == number.description, "seed \(seed), \(places) places")
            }
        }
        #expect(written > 20_000)
    }

    @Test(arguments: [("0.25", 2), ("2.5", 1), ("-0.0", 1), ("1234.5678", 4), ("7.0", 0), ("0.00012", 5)])
    func whatItWasMadeForGoesThisWay(spelled: String, places: Int) {
        var text: [UInt8] = []
        let decimal = ShortDecimal(Array(spelled.utf8).span)
        let isWritten = text.append(decimal?.value ?? .nan, places: places)
        #expect(isWritten)
        #expect(String(decoding: text, as: UTF8.self) == spelled)
    }
}

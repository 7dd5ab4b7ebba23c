import ProcessionRecords
import Testing

@Suite struct NumberTests {
    private func map(_ value: String, _ function: String) throws -> String {
        let outcome = try run(#"{"k":\#(value)}"#, plan(.json, "v=\(function)"))
        return outcome.failures.first ?? String(outcome.text.dropFirst(#"{"k":"#.count).dropLast(2))
    }

    @Test(arguments: [
        ("4611686018427387903", "9223372036854775806"), ("-4611686018427387904", "-9223372036854775808"),
        ("0", "0"), ("-0", "0"), ("1.0", "2.0"), ("0.1", "0.2"), ("1e300", "2e+300"), ("5e-324", "1e-323"),
        ("-0.0", "-0.0"), ("12345678901234567.0", "2.4691357802469136e+16"), ("\"21\"", "42"),
    ])
    func doublesExactly(value: String, product: String) throws {
        #expect(try map(value, "double") == product)
    }

    @Test(arguments: ["4611686018427387904", "-4611686018427387905"])
    func failsWhatOverflows(value: String) throws {
        #expect(try map(value, "double") == "k: \(value) × 2 is beyond a signed integer of 64 bits")
    }

    @Test func failsAnIntegerBeyond64Bits() throws {
        #expect(
            try map("9223372036854775808", "scale:1")
                == "k: 9223372036854775808 is beyond a signed integer of 64 bits")
        #expect(try map("-9223372036854775808", "scale:1") == "-9223372036854775808")
    }

    @Test(arguments: ["1e308", "1e999"])
    func failsWhatIsNoLongerFinite(value: String) throws {
        #expect(try map(value, "scale:1e9").hasSuffix("is beyond a number of 64 bits"))
    }

    @Test(arguments: [
        ("3", "scale:3", "9"), ("3", "scale:3.0", "9.0"), ("3", "scale:-1", "-3"), ("3", "scale:0.5", "1.5"),
        ("1e20", "scale:1", "1e+20"), ("2", "scale:1e2", "200.0"),
    ])
    func staysAnIntegerOnlyAmongIntegers(value: String, function: String, product: String) throws {
        #expect(try map(value, function) == product)
    }

    @Test func keepsTheSpellingOfNumbersThatAreNotMultiplied() throws {
        for text in ["1E5", "1.50", "-0", "123456789012345678901234567890", "0.10e-07"] {
            #expect(try map(text, "identity") == text)
            #expect(try map(text, "string") == "\"\(text)\"")
        }
    }

    @Test(arguments: ["true", "null", "\"x\""])
    func failsWhatIsNoNumber(value: String) throws {
        #expect(try map(value, "double").hasSuffix("is not a number"))
    }

    @Test func multipliesOnlyNumbersInsideContainers() throws {
        let value = #"{"1": [1, "2", {"x": -1.5}], "t": true, "n": null, "e": {}, "s": "a\"3"}"#
        #expect(try map(value, "double") == #"{"1":[2,"2",{"x":-3.0}],"t":true,"n":null,"e":{},"s":"a\"3"}"#)
    }

    @Test func failsTheWholeRecordWhenANumberInsideOverflows() throws {
        #expect(try map("[1, 9223372036854775807]", "double").hasPrefix("k: 9223372036854775807 × 2 is beyond"))
    }
}

import ProcessionRecords
import Testing

@Suite struct JSONTests {
    /// A bit of everything the grammar has.
    static let sample =
        "{ \"a\" : 1 , \"é\\u00e9\\ud83d\\ude00\":[ ], \"x\":{\"y\":[true,false,null,-1.5e+3,0,\"\\\\\\\"/\\n\"]},\n"
        + "\t\"日本\": \"🐟\", \"a\":[[{}],{\"\":\"\"}] }\n"

    @Test func keepsDuplicateKeysInOrder() throws {
        let outcome = try run(#"{"b":1,"a":2,"b":3,"":4}"#, plan(.json, "v=identity"))
        #expect(outcome.text == #"{"b":1,"a":2,"b":3,"":4}"# + "\n")
    }

    @Test func keepsTextsAsTheyAreWritten() throws {
        let outcome = try run(Self.sample, plan(.json, "v=identity"))
        #expect(
            outcome.text
                == #"{"a":1,"é\u00e9\ud83d\ude00":[],"x":{"y":[true,false,null,-1.5e+3,0,"\\\"/\n"]},"#
                + #""日本":"🐟","a":[[{}],{"":""}]}"# + "\n")
    }

    @Test(arguments: ["{}", " { } ", "\u{FEFF}{}\n"])
    func mapsAnEmptyObjectToOne(input: String) throws {
        #expect(try run(input, plan(.json, "v=identity")).text == "{}\n")
        #expect(try run(input, plan(.json, "v=double", "w=upper", split: true)).text == #"{"v":{},"w":{}}"# + "\n")
    }

    @Test func worksOnTheTextOfEveryValue() throws {
        let input = #"{"a":"b\u00dfc","b":12,"c":true,"d":null,"e":[1, "x\"y"],"f":"\ud83d\ude00\n"}"#
        #expect(
            try run(input, plan(.json, "v=string")).text
                == #"{"a":"b\u00dfc","b":"12","c":"true","d":"null","e":"[1,\"x\\\"y\"]","f":"\ud83d\ude00\n"}"# + "\n")
        #expect(try run(input, plan(.json, "v=length")).text == #"{"a":3,"b":2,"c":4,"d":4,"e":10,"f":2}"# + "\n")
        #expect(
            try run(input, plan(.json, "v=upper")).text
                == #"{"a":"BSSC","b":"12","c":"TRUE","d":"NULL","e":"[1,\"X\\\"Y\"]","f":"😀\n"}"# + "\n")
    }

    @Test func takesAFieldOutOfEachObject() throws {
        let outcome = try run(#"{"a":{"x":1,"\u0079":2},"b":{"x":3},"c":4}"#, plan(.json, "v=double@y"))
        #expect(outcome.text == #"{"a":4}"# + "\n")
        #expect(
            outcome.failures
                == ["b: the record has no field 'y'", "c: the value is no object, so it has no field 'y'"])
    }

    @Test func givesNullWhenAsked() throws {
        let input = #"{"a":"x","b":1}"#
        #expect(
            try run(input, plan(.json, "v=double", "w=length", emptyWhenFailed: true)).text
                == #"{"a":{"v":null,"w":null},"b":{"v":2,"w":1}}"# + "\n")
        let split = try run(input, plan(.json, "v=double", "w=length", split: true, emptyWhenFailed: true))
        #expect(split.text == #"{"v":{"a":null,"b":2},"w":{"a":null,"b":1}}"# + "\n")
        #expect(split.failures == ["a: 'x' is not a number"])
    }

    @Test func failsHalfASurrogatePairThatMustBecomeText() throws {
        let input = #"{"a":"\ud83d","b":"\ud83dx","c":"\ude00"}"#
        #expect(try run(input, plan(.json, "v=identity")).text == input + "\n")
        #expect(try run(input, plan(.json, "v=upper")).failures.count == 3)
    }

    @Test func cutsTheMembersBeforeAnErrorFirst() throws {
        var splitter = RecordSplitter(format: .json)
        let input = Array("{\"a\":1,\n\"b\":2,\n\"c\":x}".utf8)
        let cut = try splitter.cut(input.span, limit: .max, atEnd: true)
        #expect(cut.count == 2)
        let rest = Array(input[cut.consumed...])
        let error = #expect(throws: RecordSyntaxError.self) { try splitter.cut(rest.span, limit: .max, atEnd: true) }
        #expect(
            error == RecordSyntaxError(message: "a JSON value was expected", line: 3, offset: FileOffset(bytes: 19)))
    }

    @Test(arguments: [
        ("", 0, "the input ends where a JSON object was expected"), ("[]", 0, "a JSON object was expected"),
        ("{\"a\":01}", 6, "a number must not begin with a needless zero"), ("{\"a\":1,}", 7, "a member's name"),
        ("{\"a\" 1}", 5, "a colon was expected"), ("{\"a\":1 \"b\":2}", 7, "a comma or '}' was expected"),
        ("{\"a\":[1 2]}", 8, "a comma or ']' was expected"), ("{\"a\":tru}", 5, "'true' was expected"),
        ("{\"a\":\"\t\"}", 6, "a control character"), ("{\"a\":\"\\x\"}", 6, "JSON has no such escape"),
        ("{\"a\":\"\\u12g4\"}", 10, "a hexadecimal digit"), ("{\"a\":1}x", 7, "nothing can follow"),
        ("{\"a\":-}", 6, "a digit was expected"), ("{\"a\":1.}", 7, "a digit was expected"),
        ("{\"a\":[1}", 7, "a comma or ']' was expected"), ("{,}", 1, "a member's name"),
        ("{\"a\":1}{", 7, "nothing can follow"), ("{\"a\":[,]}", 6, "a JSON value was expected"),
    ])
    func saysWhereTheGrammarIsBroken(input: String, offset: Int, message: String) throws {
        let error = #expect(throws: RecordSyntaxError.self) { try run(input, plan(.json, "v=identity")) }
        #expect(error?.offset.bytes == offset)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func refusesWhatIsNotUTF8(bytes: [UInt8]) throws {
        let input = Array("{\"a\":\n\"x".utf8) + bytes + Array("\"}".utf8)
        let error = #expect(throws: RecordSyntaxError.self) { try run(input, plan(.json, "v=identity")) }
        #expect(error == RecordSyntaxError(message: "this byte is not UTF-8", line: 2, offset: FileOffset(bytes: 8)))
    }

    @Test func refusesEveryTruncation() throws {
        let sample = Array(Self.sample.utf8)
        // Without its last two bytes, the brace and the newline, the object is not complete.
        for length in 0..<sample.count - 1 {
            #expect(throws: RecordSyntaxError.self) { try run(Array(sample[..<length]), plan(.json, "v=identity")) }
        }
    }

    @Test func nestsAMillionDeep() throws {
        let depth = 1_000_000
        let value =
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        let input = Array("{\"a\":".utf8) + value + Array("}".utf8)
        var splitter = RecordSplitter(format: .json)
        #expect(try splitter.cut(input.span, limit: .max, atEnd: true).isEnd)
        #expect(try run(input, plan(.json, "v=length")).text == "{\"a\":\(2 * depth)}\n")
        let error = #expect(throws: RecordSyntaxError.self) {
            try run(Array(input.dropLast(2)), plan(.json, "v=length"))
        }
        #expect(error?.message == "the input ends before its JSON object does")
    }
}

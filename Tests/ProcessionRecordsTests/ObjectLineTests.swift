import ProcessionRecords
import Testing

@Suite struct ObjectLineTests {
    @Test func writesKeyAndColumns() throws {
        let input = "{\"value\": 2, \"key\": \"a\"}\n{\"key\": 7, \"value\": 1.5}\r\n"
        #expect(try run(input, plan(.ndjson, "v=double")).text == "{\"key\":\"a\",\"v\":4}\n{\"key\":7,\"v\":3.0}\n")
    }

    @Test func usesTheNameOfTheKeyField() throws {
        let outcome = try run(
            #"{"i\u0064":null,"n":[1, 2]}"#, plan(.ndjson, "v=double", "w=length", key: "id", value: "n"))
        #expect(outcome.text == "{\"id\":null,\"v\":[2,4],\"w\":5}\n")
    }

    @Test func keepsEveryFieldWhenAppending() throws {
        let input = "{ \"z\": [ 1 ], \"value\": \"é\", \"z\": 2 }\n"
        let outcome = try run(input, plan(.ndjson, "n=length", append: true))
        #expect(outcome.text == "{\"z\":[1],\"value\":\"é\",\"z\":2,\"n\":1}\n")
    }

    @Test func takesTheLastOfSeveralFieldsOfOneName() throws {
        #expect(try run(#"{"key":1,"value":1,"value":2}"#, plan(.ndjson, "v=double")).text == "{\"key\":1,\"v\":4}\n")
    }

    @Test func failsARecordThatLacksAField() throws {
        let input = "{\"key\":1}\n{\"value\":1}\n{\"key\":3,\"value\":1}\n{}\n"
        let outcome = try run(input, plan(.ndjson, "v=double"))
        #expect(outcome.text == "{\"key\":3,\"v\":2}\n")
        #expect(
            outcome.failures == [
                "1: the record has no field 'value'; --value names the field to map",
                "2: the record has no field 'key'; --key names the key",
                "4: the record has no field 'key'; --key names the key",
            ])
        let nulled = try run(input, plan(.ndjson, "v=double", emptyWhenFailed: true))
        #expect(
            nulled.text
                == "{\"key\":1,\"v\":null}\n{\"key\":null,\"v\":null}\n{\"key\":3,\"v\":2}\n{\"key\":null,\"v\":null}\n"
        )
        let kept = try run(input, plan(.ndjson, "v=double", append: true, emptyWhenFailed: true))
        #expect(
            kept.text
                == "{\"key\":1,\"v\":null}\n{\"value\":1,\"v\":2}\n{\"key\":3,\"value\":1,\"v\":2}\n{\"v\":null}\n")
    }

    @Test func mapsNoBytesToNone() throws {
        #expect(try run("", plan(.ndjson, "v=double")).text.isEmpty)
    }

    @Test(arguments: [
        ("{\"key\":1}\n\n{}\n", 2, 10, "a line is empty before the last record"),
        ("[]\n", 1, 0, "a JSON object was expected"),
        ("{} {}\n", 1, 3, "nothing can follow the JSON object on its line"),
        ("{\n}\n", 1, 1, "the line ends before its JSON object does"),
        ("{\"a\":1", 1, 6, "the input ends inside a JSON object"),
        ("{}\n{\"a\":\"\n\"}", 2, 9, "the line ends before its JSON object does"),
    ])
    func saysWhereALineIsBroken(input: String, line: Int, offset: Int, message: String) throws {
        let error = #expect(throws: RecordSyntaxError.self) {
            try run(input, plan(.ndjson, "v=length", emptyWhenFailed: true))
        }
        #expect(error == RecordSyntaxError(message: message, line: line, offset: FileOffset(bytes: offset)))
    }
}

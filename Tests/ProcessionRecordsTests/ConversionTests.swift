import ProcessionRecords
import Testing

@Suite struct ConversionTests {
    @Test func turnsTextsIntoJSONStringsAndProductsIntoNumbers() throws {
        let input = "id,v\n1,\"2\"\n\"a\"\"b\",-0.5\n"
        let plan = try plan(.csv, to: .ndjson, "s=identity", "n=double", "l=length")
        #expect(
            try run(input, plan).text
                == #"{"id":"1","s":"2","n":4,"l":1}"# + "\n" + #"{"id":"a\"b","s":"-0.5","n":-1.0,"l":4}"# + "\n")
    }

    @Test func readsJSONStringsForText() throws {
        let input = #"{"a\u0022":"x,\u00e9\ny","b":null,"c":[1, "2"],"d":true}"#
        #expect(
            try run(input, plan(.json, to: .csv, "v=identity")).text
                == "key,v\n\"a\"\"\",\"x,é\ny\"\nb,\nc,\"[1,\"\"2\"\"]\"\nd,true\n")
        let lines = try run(input, plan(.json, to: .lines, "v=identity"))
        #expect(lines.text == "\n[1,\"2\"]\ntrue\n")
        #expect(lines.failures == ["a\": 'x,é\\ny' has a newline in it, which lines cannot hold"])
    }

    @Test func namesMembersByTextsAndNumbersOnly() throws {
        let input = "{\"key\":\"a\\n\",\"value\":1}\n{\"key\":2,\"value\":2}\n{\"key\":null,\"value\":3}\n"
        let outcome = try run(input, plan(.ndjson, to: .json, "v=identity"))
        #expect(outcome.text == #"{"a\n":1,"2":2}"# + "\n")
        #expect(outcome.failures == ["null: the key null is neither a text nor a number, so it names no member"])
    }

    @Test func appendsRowsToObjects() throws {
        let outcome = try run("a\tb\n1\t\"\n", plan(.tsv, to: .ndjson, "n=length", append: true))
        #expect(outcome.text == #"{"a":"1","b":"\"","n":1}"# + "\n")
    }

    @Test func splitsATableIntoObjects() throws {
        let outcome = try run("k,v\na,1\nb,2\n", plan(.csv, to: .json, "x=double", "y=string", split: true))
        #expect(outcome.text == #"{"x":{"a":2,"b":4},"y":{"a":"1","b":"2"}}"# + "\n")
    }

    /// Every pair of formats carries plain words and keeps their order.
    @Test(arguments: RecordFormat.allCases, RecordFormat.allCases)
    func carriesWordsFromEveryFormatToEveryOther(input: RecordFormat, output: RecordFormat) throws {
        let inputs: [RecordFormat: String] = [
            .lines: "x\ny\n", .csv: "key,value\n1,x\n2,y\n", .tsv: "key\tvalue\n1\tx\n2\ty\n",
            .ndjson: "{\"key\":1,\"value\":\"x\"}\n{\"key\":2,\"value\":\"y\"}\n", .json: "{\"1\":\"x\",\"2\":\"y\"}",
        ]
        let outputs: [RecordFormat: String] = [
            .lines: "X\nY\n", .csv: "key,v\n1,X\n2,Y\n", .tsv: "key\tv\n1\tX\n2\tY\n",
            .ndjson: "{\"key\":1,\"v\":\"X\"}\n{\"key\":2,\"v\":\"Y\"}\n", .json: "{\"1\":\"X\",\"2\":\"Y\"}\n",
        ]
        var expected = outputs[output]!
        // Only lines and NDJSON have keys that are numbers.
        if output == .ndjson, input != .lines, input != .ndjson {
            expected = "{\"key\":\"1\",\"v\":\"X\"}\n{\"key\":\"2\",\"v\":\"Y\"}\n"
        }
        #expect(try run(inputs[input]!, plan(input, to: output, "v=upper")).text == expected)
    }
}

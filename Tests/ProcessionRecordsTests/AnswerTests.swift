import ProcessionRecords
import ProcessionSegment
import Testing

/// A filter's answers as columns, and what it is sent, without a filter.
@Suite struct AnswerTests {
    private func plan(
        _ input: RecordFormat, to output: RecordFormat? = nil, _ answers: String, _ form: Answers.Form = .tsv,
        columns: [String] = [], _ layout: RecordPlan.ColumnLayout = .keyed, value: FieldName? = nil,
        sent: SentForm? = nil, emptyWhenFailed: Bool = false
    ) throws -> RecordPlan {
        try RecordPlan(
            input: input, output: output,
            .answers(
                Answers(try AnswerColumn.list(parsing: Array(answers.utf8)), form),
                beside: try columns.map { try Column(parsing: $0) }, layout),
            value: value, sent: sent, emptyWhenFailed: emptyWhenFailed)
    }

    /// What becomes of records that have these answers, and why some failed.
    private func map(_ input: String, _ plan: RecordPlan, _ answers: String...) throws -> Outcome {
        var splitter = RecordSplitter(plan: plan)
        let bytes = Array(input.utf8)
        let cut = try splitter.cut(bytes.span, limit: .max, atEnd: true)
        // The plan goes to a worker as bytes.
        let plan = try RecordPlan(encoded: plan.with(header: splitter.header ?? []).encoded().span)
        var mapper = try RecordMapper(plan: plan)
        let chunk = Array(bytes[cut.records])
        var texts = Array(repeating: [UInt8](), count: plan.outputsPerRecord)
        var (outcome, position) = (Outcome(), 0)
        #expect(cut.count == answers.count)
        for (index, answer) in answers.enumerated() {
            var ends = Array(repeating: 0, count: texts.count)
            let bytes = ByteWriter.collect(capacity: 1 << 16) { output in
                let failure = mapper.map(
                    chunk.span, at: &position, index: UInt64(index), answer: Array((answer + "\n").utf8).span,
                    into: &output, ends: &ends)
                if let failure { outcome.failures.append(failure.message) }
            }
            for (column, end) in ends.enumerated() {
                texts[column] += bytes[(column > 0 ? ends[column - 1] : 0)..<end]
            }
        }
        #expect(position == chunk.count)
        outcome.bytes = join(texts, OutputJoiner(plan: plan))
        return outcome
    }

    @Test func namesAndTypesAreReadAsTheyAreWritten() throws {
        let list = try AnswerColumn.list(parsing: Array("a,b:number,c:d:bool,e:json,f:text".utf8))
        #expect(list.map(\.name) == ["a", "b", "c:d", "e", "f"])
        #expect(list.map(\.kind) == [.text, .number, .bool, .json, .text])
        for wrong in ["", "a,,b", "a,", ":text", "a:", "a:int", "a:Number", "a: text"] {
            #expect(throws: PlanError.self) { try AnswerColumn.list(parsing: Array(wrong.utf8)) }
        }
    }

    /// Values keep their type where the output has types, and are their texts where it has none.
    @Test(arguments: [
        (RecordFormat.ndjson, #"{"id":"k","t":"a \"b","n":-1.50e2,"b":true,"j":[1,{"x":null}]}"# + "\n"),
        (.json, #"{"k":{"t":"a \"b","n":-1.50e2,"b":true,"j":[1,{"x":null}]}}"# + "\n"),
        (.csv, "id,t,n,b,j\nk,\"a \"\"b\",-1.50e2,true,\"[1,{\"\"x\"\":null}]\"\n"),
        (.tsv, "id\tt\tn\tb\tj\nk\ta \"b\t-1.50e2\ttrue\t[1,{\"x\":null}]\n"),
        (.lines, "a \"b\t-1.50e2\ttrue\t[1,{\"x\":null}]\n"),
    ])
    func everyTypeInEveryFormat(_ output: RecordFormat, _ expected: String) throws {
        let names = "t,n:number,b:bool,j:json"
        let fields = "a \"b\t-1.50e2\ttrue\t [1, { \"x\" : null} ]"
        let object = #" { "j": [1, {"x": null}], "other": 0, "b": true, "n": -1.50e2, "t": "a \u0022b" } "#
        for (form, answer) in [(Answers.Form.tsv, fields), (.json, object)] {
            let outcome = try map("id,v\nk,w\n", plan(.csv, to: output, names, form), answer)
            #expect(outcome.text == expected && outcome.failures == [])
        }
    }

    @Test(arguments: [
        ("x,y", "a", "column 'y': the answer 'a' has 1 field, not 2"),
        ("x,y", "a\tb\tc", "column 'y': the answer 'a\\tb\\tc' has 3 fields, not 2"),
        ("x:number", "", "column 'x': '' is no number, in the answer ''"),
        ("x:number", "1 ", "column 'x': '1 ' is no number, in the answer '1 '"),
        ("x:number", "01", "column 'x': '01' is no number, in the answer '01'"),
        ("x:number", "nan", "column 'x': 'nan' is no number, in the answer 'nan'"),
        ("x:number", "+1", "column 'x': '+1' is no number, in the answer '+1'"),
        ("x:number", "1\r", "column 'x': '1\\r' is no number, in the answer '1\\r'"),
        ("y,x:bool", "\tTrue", "column 'x': 'True' is neither true nor false, in the answer '\\tTrue'"),
        ("x:bool", "tru", "column 'x': 'tru' is neither true nor false, in the answer 'tru'"),
        ("x:json", "", "column 'x': '' is no JSON value, in the answer ''"),
        ("x:json,y", " \t1", "column 'x': ' ' is no JSON value, in the answer ' \\t1'"),
        ("x:json", "1 2", "column 'x': '1 2' is no JSON value, in the answer '1 2'"),
        ("x:json", "[1,", "column 'x': '[1,' is no JSON value, in the answer '[1,'"),
        ("x:json", "\"", "column 'x': '\"' is no JSON value, in the answer '\"'"),
    ])
    func fieldsThatAreNotAsTheyWereNamed(_ names: String, _ answer: String, _ reason: String) throws {
        let outcome = try map("a\n", plan(.lines, to: .ndjson, names), answer)
        #expect(outcome.failures == [reason] && outcome.bytes == [])
    }

    @Test(arguments: [
        ("x", "1", "column 'x': the answer '1' is no JSON object"),
        ("x", "", "column 'x': the answer '' is no JSON object"),
        ("x", #"{"x":"a"} {}"#, #"column 'x': the answer '{"x":"a"} {}' is no JSON object"#),
        ("x", #"{"x":"a""#, #"column 'x': the answer '{"x":"a"' is no JSON object"#),
        ("y,x", #"{"y":"a","X":1}"#, #"column 'x': the answer '{"y":"a","X":1}' has no member of this name"#),
        ("x", #"{"x":1}"#, #"column 'x': '1' is no JSON string, in the answer '{"x":1}'"#),
        ("x", #"{"x":null}"#, #"column 'x': 'null' is no JSON string, in the answer '{"x":null}'"#),
        ("x", #"{"x":"\ud800"}"#, #"column 'x': '\ud800' has half of a surrogate pair in it, which no text can hold"#),
        ("x:number", #"{"x":"1"}"#, #"column 'x': '"1"' is no number, in the answer '{"x":"1"}'"#),
        ("x:number", #"{"x":null}"#, #"column 'x': 'null' is no number, in the answer '{"x":null}'"#),
        ("x:bool", #"{"x":0}"#, #"column 'x': '0' is neither true nor false, in the answer '{"x":0}'"#),
    ])
    func membersThatAreNotAsTheyWereNamed(_ names: String, _ answer: String, _ reason: String) throws {
        let outcome = try map("a\n", plan(.lines, to: .ndjson, names, .json), answer)
        #expect(outcome.failures == [reason] && outcome.bytes == [])
    }

    @Test func aValueThatTheOutputCannotHoldFailsItsRecord() throws {
        let outcome = try map("id,v\n1,a\n", plan(.csv, to: .tsv, "x", .json), #"{"x":"a\nb"}"#)
        #expect(outcome.failures == [#"column 'x': 'a\nb' has a newline in it, which tsv cannot hold"#])
    }

    @Test func ofSeveralMembersOfOneNameTheLastOneCounts() throws {
        #expect(try map("a\n", plan(.lines, "x", .json), #"{"x":1,"\u0078":"b"}"#).text == "b\n")
    }

    /// Key or fields, then columns of functions, then answers; what fails is left empty where the plan says so.
    @Test func answersStandBehindTheColumnsOfFunctions() throws {
        let input = "id,n\n1,2\n2,x\n3,4\n"
        let keyed = try plan(.csv, "a,b", columns: ["d=double"], emptyWhenFailed: true)
        let outcome = try map(input, keyed, "p\tq", "p\tq", "p")
        #expect(outcome.text == "id,d,a,b\n1,4,p,q\n2,,,\n3,,,\n")
        #expect(outcome.failures == ["'x' is not a number", "column 'b': the answer 'p' has 1 field, not 2"])
        let appended = try plan(.csv, to: .ndjson, "a", columns: ["d=string"], .appended)
        #expect(
            try map("id,n\n1,2\n", appended, "p").text == "{\"id\":\"1\",\"n\":\"2\",\"d\":\"2\",\"a\":\"p\"}\n")
        let split = try plan(.csv, to: .json, "a:number,b", columns: ["d=double"], .split)
        #expect(
            try map("id,n\n1,2\n3,4\n", split, "5\tx", "6\ty").text
                == #"{"d":{"1":4,"3":8},"a":{"1":5,"3":6},"b":{"1":"x","3":"y"}}"# + "\n")
        let empty = try plan(.ndjson, "a", columns: ["d=string@x"], .appended)
        #expect(try map("{}\n{\"x\":1}\n", empty, "p", "q").text == "{\"x\":1,\"d\":\"1\",\"a\":\"q\"}\n")
    }

    @Test(arguments: [
        (SentForm.record, RecordFormat.csv, "id,\"v\"\r\n1,\"a\t\"\"\"\r\n", "1,\"a\t\"\"\"\r"),
        (.value, .csv, "id,v\n1,\"a\"\"\"\n", "a\""),
        (.json, .csv, "id,v\n1,\"a\n\"\"\"\n", #"{"id":"1","v":"a\n\""}"#),
        (.tsv, .csv, "id,\"v\"\r\n1,\"a,\"\"\"\r\n", "1\ta,\""), (.json, .tsv, "a\tb\n1\t\n", #"{"a":"1","b":""}"#),
        (.tsv, .tsv, "a\tb\r\n1\t\r\n", "1\t"), (.value, .tsv, "a\tb\n1\t2\n", "2"),
        (.json, .ndjson, "{ \"a\" :1}\n", "{ \"a\" :1}"), (.value, .ndjson, #"{"value":"a\"b"}"#, "a\"b"),
        (.tsv, .ndjson, #"{"a": "x y", "b": [1, 2], "c": null}"#, "x y\t[1,2]\tnull"),
        (.record, .json, #"{"k":{"a": "x"}}"#, #"{"a":"x"}"#), (.value, .json, #"{"k":"x"}"#, "x"),
        (.json, .json, #"{"k\"":{"a": "x"}}"#, #"{"key":"k\"","value":{"a":"x"}}"#),
        (.tsv, .json, #"{"k\"":{"a": "x"}}"#, "k\"\t{\"a\":\"x\"}"), (.value, .lines, "a\tb\n", "a\tb"),
        (.json, .lines, "a\t\"\n", #"{"key":1,"value":"a\t\""}"#), (.tsv, .lines, "ab\n", "1\tab"),
    ])
    func sendsWhatWasAskedFor(_ sent: SentForm, _ format: RecordFormat, _ input: String, _ line: String) throws {
        #expect(try lines(input, plan(format, "x", sent: sent)) == [line])
        #expect(try lines(input, RecordPlan(input: format, .filter, sent: sent)) == [line])
    }

    @Test func whatIsNoLineOfFieldsFailsItsRecord() throws {
        let tsv = try plan(.csv, "x", sent: .tsv)
        #expect(
            try lines("a,b\n1,\"x\ty\"\n2,\"x\ny\"\n3,z\n", tsv) == [
                #"'x\ty' has a tab in it, which tsv cannot hold; --send json can"#,
                #"'x\ny' has a newline in it, which tsv cannot hold; --send json can"#, "3\tz",
            ])
        #expect(
            try lines("a,b\n1,\"x\ny\"\n", plan(.csv, "x", sent: .value)) == [
                "the record has a newline in it, so it cannot be handed over as one line"
            ])
        let bytes = Array("a,b\n1,x".utf8) + [0xFF, 0x0A]
        #expect(
            try lines(bytes, plan(.csv, "x", sent: .json)) == ["byte 1 of 'x\\xFF' is not UTF-8, which JSON demands"])
    }

    private func lines(_ input: String, _ plan: RecordPlan) throws -> [String] { try lines(Array(input.utf8), plan) }

    private func lines(_ bytes: [UInt8], _ plan: RecordPlan) throws -> [String] {
        var splitter = RecordSplitter(plan: plan)
        let cut = try splitter.cut(bytes.span, limit: .max, atEnd: true)
        var mapper = try RecordMapper(plan: plan.with(header: splitter.header ?? []))
        let chunk = Array(bytes[cut.records])
        var position = 0
        return (0..<cut.count).map { index in
            var line: [UInt8] = []
            do {
                try mapper.line(chunk.span, at: &position, index: UInt64(index), into: &line)
            } catch {
                return "\(error)"
            }
            return String(decoding: line, as: UTF8.self)
        }
    }

    @Test func whatCannotBeCarriedOutIsRefused() throws {
        func refusal(_ make: () throws -> RecordPlan) -> String {
            #expect(throws: PlanError.self, performing: make)?.message ?? ""
        }
        #expect(refusal { try plan(.csv, "a,a") } == "two columns are called 'a'; give each its own name")
        #expect(refusal { try plan(.csv, "a", columns: ["a=upper"]) }.contains("two columns are called 'a'"))
        #expect(refusal { try plan(.csv, "k").with(header: Array("k,v\n".utf8)) }.contains("a field that is kept"))
        #expect(
            refusal { try plan(.csv, "a", sent: .json).with(header: Array("k,v,v\n".utf8)) }.contains("more than one"))
        #expect(
            refusal { try plan(.csv, "a", sent: .json).with(header: Array("k,".utf8) + [0xFF, 0x0A]) }.contains("UTF-8")
        )
        #expect(refusal { try plan(.csv, "a", value: "v", sent: .tsv) }.contains("--send tsv sends all fields"))
        #expect(
            refusal { try plan(.csv, "a", sent: .value).with(header: Array("k\n".utf8)) }.contains("one field only"))
        #expect(refusal { try plan(.csv, to: .csv, "a", columns: ["d=double"], .split) }.contains("json"))
        #expect(refusal { try plan(.csv, "a", columns: ["b=run:echo {value}"]) }.contains("use two runs"))
        _ = try plan(.csv, "a", columns: ["b=upper"], value: "v", sent: .tsv)
    }

    @Test(arguments: [SentForm.record, .json], [Answers.Form.tsv, .json])
    func thePlanGoesToAWorkerWhole(_ sent: SentForm, _ form: Answers.Form) throws {
        let plan = try self.plan(
            .csv, to: .json, "a:bool,é:json", form, columns: ["d=double@n"], .split, sent: sent)
        let bytes = plan.encoded()
        #expect(try RecordPlan(encoded: bytes.span) == plan)
        for count in bytes.indices {
            #expect(throws: PlanError.self) { try RecordPlan(encoded: bytes.span.extracting(first: count)) }
        }
    }
}

import ProcessionSegment
import Testing

@testable import ProcessionRecords

/// Commands as they are written, and what records make of them; nothing is started.
@Suite struct CommandTests {
    /// Answers with the words that it was given, each in brackets.
    private final class Recorder: CommandStarter {
        var starts = 0
        func run(_ column: Int, _ words: CommandWords) throws(ValueFailure) -> [UInt8] {
            starts += 1
            let ends = words.starts.dropFirst() + [words.text.count]
            let texts = zip(words.starts, ends).map { String(decoding: words.text[$0..<$1 - 1], as: UTF8.self) }
            guard texts.last != "fails" else { throw ValueFailure("it failed") }
            return Array(texts.map { "[\($0)]" }.joined().utf8)
        }
    }

    private func words(_ command: String) throws -> [String] {
        try ShellWords.split(Array(command.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was refused"
        } catch {
            return "\(error)"
        }
    }

    /// Maps the first record.
    private func map(_ text: String, _ plan: RecordPlan, header: String = "", capacity: Int = 4096) throws -> String {
        let recorder = Recorder()
        let plan = try RecordPlan(encoded: plan.with(header: Array(header.utf8)).encoded().span)
        var mapper = try RecordMapper(plan: plan, starter: recorder)
        let bytes = Array(text.utf8)
        var ends = [0]
        func once(_ capacity: Int) -> String {
            var failure: ValueFailure?
            let output = ByteWriter.collect(capacity: capacity) { writer in
                var position = 0
                var columnEnds = ends.mutableSpan
                failure = mapper.map(bytes.span, at: &position, index: 6, into: &writer, columnEnds: &columnEnds)
            }
            return failure?.message ?? String(decoding: output, as: UTF8.self)
        }
        // Without room at first.
        _ = once(0)
        let result = once(capacity)
        #expect(recorder.starts <= plan.columns.count, "a command has run twice")
        return result
    }

    @Test(arguments: [
        ("a b", ["a", "b"]), ("  a\t\n b ", ["a", "b"]), ("'a b' \"c d\"e", ["a b", "c de"]),
        ("a '' \"\"", ["a", "", ""]),
        (#"a\ b "\"\\\$\x" '\'"#, ["a b", #""\$\x"#, #"\"#]), (#"a\'b 'c'\''d'"#, ["a'b", "c'd"]), ("a\\\nb", ["ab"]),
        ("$HOME *.c ~ `id` \"$(id)\"", nil), ("'$HOME' $HOME *.c ~", ["$HOME", "$HOME", "*.c", "~"]), ("", []),
        ("'|' \\; \"a>b\"", ["|", ";", "a>b"]),
    ])
    func aLineIsSplitAsAShellDoesAndNothingIsExpanded(_ line: String, _ expected: [String]?) throws {
        guard let expected else {
            #expect(refusal { _ = try words("$(id)") }.contains("'(' means nothing"))
            return
        }
        #expect(try words(line) == expected)
    }

    @Test(arguments: [
        ("run:", "names no command"), ("run", "lacks its command"), ("run: ", "names no command"),
        ("run:''", "empty program"),
        ("run:{value} x", "takes its program from the record"), ("run:a 'b", "quotation mark that is not closed"),
        ("run:a | b", "'|' means nothing; quote it"), ("run:a >b", "'>' means nothing"),
        ("run:a {net price}", "not closed"),
        ("run:a {}", "names no field"), ("rnu:a", "did you mean 'run'?"),
    ])
    func whatCannotBeACommandIsRefused(_ function: String, _ words: String) {
        let message = refusal { _ = try Column(parsing: "c=" + function) }
        #expect(message.contains(words), "\(message)")
    }

    @Test func textsOfTheRecordArePartsOfWords() throws {
        let table = try plan(.csv, "c=run:x@y a{b}c{b} {key} {value} '{#}' {{b}} '{d \"e}'", key: "k", value: "v")
        let text = try map(
            "K,\"say \"\"hi\"\"; $(ls) 'x'\",V,-rf\n", table, header: "k,b,v,\"d \"\"e\"\n")
        // As CSV, in quotation marks that are doubled inside.
        let b = "say \"hi\"; $(ls) 'x'"
        let made = "[x@y][a\(b)c\(b)][K][V][7][{b}][-rf]".replacing("\"", with: "\"\"")
        #expect(text == "K,\"\(made)\"\n")
    }

    @Test func everyFormatHasItsKeyAndItsValue() throws {
        #expect(try map("one\n", plan(.lines, "c=run:x {key} {value} {#}")) == "[x][7][one][7]\n")
        let member = #""a\n": {"b": [1, 2.50], "c": null}"#
        #expect(
            try map(member, plan(.json, "c=run:x {key} {value} {b} {c}"))
                == #","a\n":"[x][a\n][{\"b\":[1,2.50],\"c\":null}][[1,2.50]][null]""#)
        let object = "{\"key\": 1.0, \"value\": \"\\u00e9\", \"n\": true}\n"
        #expect(try map(object, plan(.ndjson, "c=run:x {key}{value}{n}")) == "{\"key\":1.0,\"c\":\"[x][1.0étrue]\"}\n")
    }

    @Test func aRecordWithoutTheFieldOrWithAZeroByteFails() throws {
        let text = try map("{\"key\":1}\n", plan(.ndjson, "c=run:x {n}"))
        #expect(text == "the record has no field 'n'")
        #expect(try map("a\0b\n", plan(.lines, "c=run:x -{value}")).contains(#"'a\u{0}b' has a zero byte in it"#))
    }

    @Test func aCommandThatFailedIsNotStartedAgainWhereItsReasonHasNoRoom() throws {
        #expect(try map("fails\n", plan(.lines, "c=run:x {value}")) == "it failed")
    }

    @Test(arguments: [
        ("./a.so:f", true), ("/b/a@1.so:f:x:y", true), ("../a.so", true), ("upper@net/gross", false),
        ("upper@a:b/c", false), ("scale:1/2", false), ("run:./a.so:f", false),
    ])
    func aLibraryHasASlashInItsFile(_ function: String, _ isLibrary: Bool) {
        #expect((LibraryName(Array(function.utf8)) != nil) == isLibrary)
    }

    @Test func fieldsAreLookedUpLikeThoseBehindAnAt() throws {
        let table = try plan(.csv, "c=run:x {nam}")
        #expect(refusal { _ = try table.with(header: Array("id,name\n".utf8)) }.contains("did you mean 'name'?"))
        #expect(
            refusal { _ = try plan(.lines, "c=run:x {nam}") }.contains("asks for a field 'nam', but a line has none"))
        let value = try plan(.csv, "c=run:x {value}")
        #expect(
            refusal { _ = try value.with(header: Array("id,name,value\n".utf8)) }.contains("say which by --value value")
        )
        _ = try value.with(header: Array("id,value,name\n".utf8))
        _ = try plan(.csv, "c=run:x {value}", value: "name").with(header: Array("id,name,value\n".utf8))
        let key = try plan(.csv, "c=run:x {key}")
        #expect(refusal { _ = try key.with(header: Array("id,key\n".utf8)) }.contains("or write {id}"))
        // A command that is given no value needs none.
        _ = try plan(.csv, "c=run:x {id}").with(header: Array("id\n".utf8))
    }
}

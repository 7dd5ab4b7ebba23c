import Testing

extension CommandLineTests {
    /// Input that is odd or wrong, per format: either the right output, or exit 3 with line and byte offset.
    @Suite struct HostileInput {
        struct Case: CustomTestStringConvertible, Sendable {
            let format: String
            let name: String
            let input: [UInt8]
            /// The right output, or where and what the complaint is.
            let output: [UInt8]?
            let complaint: String
            var testDescription: String { "\(format): \(name)" }

            static func right(_ format: String, _ name: String, _ input: String, _ output: String) -> Case {
                Case(format: format, name: name, input: bytes(input), output: bytes(output), complaint: "")
            }
            static func wrong(_ format: String, _ name: String, _ input: String, _ complaint: String) -> Case {
                Case(format: format, name: name, input: bytes(input), output: nil, complaint: complaint)
            }
            /// A text whose scalars are bytes, so that what is not UTF-8 can be written.
            private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
        }

        static let mark = "\u{ef}\u{bb}\u{bf}"
        static let deep = String(repeating: "[", count: 1_000_000) + String(repeating: "]", count: 1_000_000)

        static let cases: [Case] = [
            .right("lines", "empty", "", ""),
            .right("lines", "no final newline", "a", "a"),
            .right("lines", "CRLF", "a\r\nb\r\n", "a\r\nb\r\n"),
            .right("lines", "byte order mark", mark + "a\n", mark + "a\n"),
            .right("lines", "NUL", "a\0b\n", "a\0b\n"),
            .right("lines", "not UTF-8", "\u{ff}\u{c3}\n", "\u{ff}\u{c3}\n"),
            .right("lines", "blank lines", "\n\n", "\n\n"),

            .wrong("csv", "empty", "", "line 1, byte 0: the input is empty"),
            .right("csv", "header only", "id,v\n", "id,v\n"),
            .right("csv", "no final newline", "id,v\n1,2", "id,v\n1,2\n"),
            .right("csv", "CRLF", "id,v\r\n1,2\r\n", "id,v\r\n1,2\r\n"),
            .right("csv", "byte order mark", mark + "id,v\n1,2\n", "id,v\n1,2\n"),
            .right("csv", "NUL", "id,v\n1,a\0b\n", "id,v\n1,a\0b\n"),
            .right("csv", "not UTF-8", "id,v\n1,\u{ff}\n", "id,v\n1,\u{ff}\n"),
            .right("csv", "quoted newline", "id,v\n1,\"a\nb\"\n", "id,v\n1,\"a\nb\"\n"),
            .right("csv", "duplicate keys", "id,v\n1,a\n1,b\n", "id,v\n1,a\n1,b\n"),
            .wrong(
                "csv", "unbalanced quotes", "id,v\n1,\"a\n2,b\n", "line 2, byte 7: this quoted field is never closed"),
            .wrong("csv", "short row", "id,v\n1,2\n3\n", "line 3, byte 9: this row has 1 field"),
            .wrong("csv", "long row", "id,v\n1,2,3\n", "line 2, byte 5: this row has 3 fields"),
            .wrong("csv", "bare quote", "id,v\n1,a\"b\n", "line 2, byte 8: "),
            .wrong("csv", "text behind a quote", "id,v\n1,\"a\"b\n", "line 2, byte 10: "),

            .wrong("tsv", "empty", "", "line 1, byte 0: the input is empty"),
            .right("tsv", "no final newline", "id\tv\n1\t2", "id\tv\n1\t2\n"),
            .right("tsv", "CRLF", "id\tv\r\n1\t2\r\n", "id\tv\r\n1\t2\r\n"),
            .right("tsv", "byte order mark", mark + "id\tv\n1\t2\n", "id\tv\n1\t2\n"),
            .right("tsv", "NUL", "id\tv\n1\ta\0b\n", "id\tv\n1\ta\0b\n"),
            .right("tsv", "not UTF-8", "id\tv\n1\t\u{ff}\n", "id\tv\n1\t\u{ff}\n"),
            .right("tsv", "a lone quote", "id\tv\n1\t\"a\n", "id\tv\n1\t\"a\n"),
            .wrong("tsv", "short row", "id\tv\n1\n", "line 2, byte 5: this row has 1 field"),

            .right("ndjson", "empty", "", ""),
            .right("ndjson", "no final newline", #"{"key":1,"value":2}"#, #"{"key":1,"v":2}"# + "\n"),
            .right("ndjson", "CRLF", #"{"key":1,"value":2}"# + "\r\n", #"{"key":1,"v":2}"# + "\n"),
            .right("ndjson", "byte order mark", mark + #"{"key":1,"value":2}"#, #"{"key":1,"v":2}"# + "\n"),
            .right("ndjson", "deep nesting", #"{"key":1,"value":"# + deep + "}\n", #"{"key":1,"v":"# + deep + "}\n"),
            .wrong("ndjson", "NUL", "{\"key\":1,\"value\":\"\0\"}\n", "line 1, byte 18: a control character"),
            .wrong(
                "ndjson", "not UTF-8", "{\"key\":1,\"value\":\"\u{ff}\"}\n", "line 1, byte 18: this byte is not UTF-8"),
            .wrong("ndjson", "truncated", #"{"key":1,"val"# + "\n", "line 1, byte 13: the line ends before"),
            .wrong("ndjson", "an array", "[1]\n", "line 1, byte 0: a JSON object was expected"),
            .wrong("ndjson", "two on a line", #"{"key":1,"value":2}{}"#, "line 1, byte 19: nothing can follow"),
            .wrong(
                "ndjson", "blank line inside", "{\"key\":1,\"value\":2}\n\n{\"key\":1,\"value\":2}\n",
                "line 2, byte 20: "),

            .wrong("json", "empty", "", "line 1, byte 0: the input ends"),
            .right("json", "byte order mark", mark + #"{"a":1}"#, #"{"a":1}"# + "\n"),
            .right("json", "CRLF", "{\r\n\"a\":1\r\n}\r\n", #"{"a":1}"# + "\n"),
            .right("json", "duplicate keys", #"{"a":1,"a":2}"#, #"{"a":1,"a":2}"# + "\n"),
            .right("json", "deep nesting", #"{"a":"# + deep + "}", #"{"a":"# + deep + "}\n"),
            .wrong(
                "json", "deep and open", #"{"a":"# + String(repeating: "[", count: 1_000_000), "line 1, byte 1000005: "),
            .wrong("json", "NUL", "{\"a\":\"\0\"}", "line 1, byte 6: a control character"),
            .wrong("json", "not UTF-8", "{\"a\":\"\u{ff}\"}", "line 1, byte 6: this byte is not UTF-8"),
            .wrong("json", "text behind the end", #"{"a":1} x"#, "line 1, byte 8: nothing can follow"),
            .wrong("json", "an array", "[1]", "line 1, byte 0: a JSON object was expected"),
            .wrong("json", "comma at the end", #"{"a":1,}"#, "line 1, byte 7: "),
            .wrong("json", "bad escape", #"{"a":"\x"}"#, "line 1, byte 6: JSON has no such escape"),
            .wrong("json", "leading zero", #"{"a":01}"#, "line 1, byte 6: "),
        ]

        @Test(arguments: cases)
        func isEitherRightOrRefusedWithItsPlace(_ one: Case) throws {
            let command = try RunningCommand(
                script: "exec procession \"$@\"", ["map", "-f", one.format, "-c", "v=identity"])
            try command.send(one.input)
            let run = try command.finish()
            if let output = one.output {
                #expect(run.status == 0, "\(run.errors)")
                expectSame(run.output, output)
            } else {
                #expect(run.status == 3)
                #expect(run.errors.contains("standard input, \(one.complaint)"), "\(run.errors)")
            }
        }

        /// A text in pieces, each of them a header or a record, with what is printed for it.
        private static let pieces: [(format: String, pieces: [(input: String, output: String)])] = [
            ("csv", [("id,v\n", "id,v\n"), ("1,\"a \"\"b\"\"\nc\"\n", "1,\"a \"\"b\"\"\nc\"\n"), ("2,d\n", "2,d\n")]),
            ("tsv", [("id\tv\n", "id\tv\n"), ("1\ta\n", "1\ta\n"), ("2\tb\n", "2\tb\n")]),
            (
                "ndjson",
                [
                    (#"{"key":"a\n","value":[1,{"b":-2.5e3}]}"# + "\n", #"{"key":"a\n","v":[1,{"b":-2.5e3}]}"# + "\n"),
                    (#"{"key":2,"value":true}"# + "\n", #"{"key":2,"v":true}"# + "\n"),
                ]
            ),
        ]

        @Test(arguments: pieces)
        func truncatedAtEveryByteIsRightOrRefused(
            _ format: String, _ pieces: [(input: String, output: String)]
        ) throws {
            let whole = pieces.map(\.output).joined()
            let input = Array(pieces.map(\.input).joined().utf8)
            for count in 0..<input.count {
                let command = try RunningCommand(
                    script: "exec procession \"$@\"", ["map", "-f", format, "-c", "v=identity"])
                try command.send(Array(input[..<count]))
                let run = try command.finish()

                // What was cut off in the middle, and what stands before it.
                var (complete, rest, next) = ("", String(decoding: input[..<count], as: UTF8.self), 0)
                while next < pieces.count, rest.hasPrefix(pieces[next].input) {
                    complete += pieces[next].output
                    rest.removeFirst(pieces[next].input.count)
                    next += 1
                }
                if run.status == 0 {
                    #expect(run.text.hasPrefix(complete), "\(count) bytes: \(run.text)")
                    let last = run.text.dropFirst(complete.count)
                    #expect(last.isEmpty == rest.isEmpty && (last.isEmpty || last.hasSuffix("\n")), "\(count) bytes")
                    if rest + "\n" == pieces[next].input { #expect(last == pieces[next].output) }
                } else {
                    // A table whose header is cut off has too few fields to know the value by: that is a usage error.
                    #expect([2, 3].contains(run.status), "\(count) bytes: \(run.status) \(run.errors)")
                    #expect(whole.hasPrefix(run.text), "\(count) bytes: \(run.text)")
                    #expect(run.status == 2 || run.errors.contains("line "), "\(count) bytes: \(run.errors)")
                }
            }
        }

        @Test func aHeaderMayComeInPieces() throws {
            let run = try start("map", "-f", "csv", "-c", "v=upper")
            for piece in ["i", "d,", "v", "\n", "1,a\n"] { try run.send(piece) }
            #expect(try run.finish().text == "id,v\n1,A\n")
        }

        @Test func aLineLongerThanTheWindowIsRefusedWithItsPlaceAndTheWayOut() throws {
            let command = try RunningCommand(
                script: "exec procession \"$@\"", ["map", "-c", "v=length", "--window", "1M"])
            try command.send([UInt8](repeating: 120, count: 3 << 20) + [10])
            let run = try command.finish()
            #expect(run.status == 3)
            #expect(run.errors.contains("line 1, byte 0: this record is longer"), "\(run.errors)")
            #expect(run.errors.contains("--window"), "\(run.errors)")
        }
    }
}

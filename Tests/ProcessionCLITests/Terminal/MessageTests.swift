import Testing

extension CommandLineTests {
    /// What is said on standard error: one line each, by one prefix, in words of people.
    @Suite struct Messages {
        private func expect(
            _ run: CommandResult, says words: String, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(run.errors == "procession: \(words)\n", sourceLocation: sourceLocation)
        }

        @Test func anUnknownFunctionIsAnsweredWithThoseThereAre() throws {
            let all =
                "there are identity, double, string, length, upper, lower and scale:F, run:COMMAND starts a command for "
                + "each record, and -x keeps one running"
            expect(
                try procession("map", "-c", "v=foo"),
                says: "unknown function 'foo'; \(all)")
            expect(
                try procession("map", "-c", "v=uper"),
                says: "unknown function 'uper'; did you mean 'upper'?; \(all)")
        }

        @Test func whatCannotBeOpenedIsSaidOnce() throws {
            expect(
                try procession("map", "-c", "v=upper", "/no/such"),
                says: "cannot open '/no/such': No such file or directory")
            expect(
                try procession("map", "-c", "v=upper", "-o", "/no/dir/x"),
                says: "cannot write '/no/dir/x': No such file or directory")
            expect(
                try procession("map", "-c", "v=upper", input: "a\n", redirection: ">/dev/full"),
                says: "output cannot be written: No space left on device; stopped there, 0 records done")
            expect(
                try procession("map", "-c", "v=upper", redirection: "</"),
                says: "standard input: input cannot be read at byte 0: Is a directory; stopped there, 0 records done")
        }

        @Test func aMistakeIsOneLineWithTheWayToHelp() throws {
            expect(
                try procession("mpa"), says: "unknown command 'mpa'; write 'procession map'; see 'procession --help'")
            expect(
                try procession("map", "-c", "v=upper", "-f", "yaml"),
                says: "the value 'yaml' is invalid for '-f FORMAT': write lines, csv, tsv, ndjson or json; "
                    + "see 'procession map --help'")
        }

        static let hostile = "\u{1B}[2J\u{7}\n\u{202E}\u{200B}é"

        @Test(arguments: [
            ["-c", "v=\(hostile)"], ["-c", hostile], ["-c", "v=scale:\(hostile)"], ["-c", "v=upper", "--\(hostile)"],
            ["-c", "v=upper", "/no/\(hostile)"], ["-c", "v=upper", "-o", "/no/\(hostile)"],
            ["-c", "v=upper@\(hostile)", "-f", "csv"], ["-c", "v=upper", "-f", hostile],
            ["-c", "\(hostile)=upper", "-c", "\(hostile)=upper"], ["-f", "csv", "-c", "\(hostile)=upper", "-t", "tsv"],
            ["-f", "csv", "-c", "v=double"], ["-f", "csv", "-c", "v=double@v", "--on-error", "skip"],
        ])
        func whatIsQuotedDoesNothingToATerminal(_ arguments: [String]) throws {
            let run = try RunningCommand(script: "exec procession map \"$@\"", arguments)
            try run.send("\(Self.hostile.replacing("\n", with: "")),v\n\u{1B}[1mkey,\u{1B}[2Jvalue\n")
            let result = try run.finish()
            #expect(result.status != 0)
            let scalars = result.errors.unicodeScalars.filter { $0 != "\n" }
            #expect(scalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x200B })
            #expect(result.errorLines.allSatisfy { $0.hasPrefix("procession: ") }, "\(result.errors)")
        }

        @Test(arguments: [
            ("lines", "1\nx\n", "record 2 (line 2): 'x' is not a number; stopped there, 1 record done"),
            ("csv", "id,n\na,1\nb,x\n", "record 2 (line 3, key b): 'x' is not a number; stopped there, 1 record done"),
            (
                "tsv", "id\tn\na\t1\nb\tx\n",
                "record 2 (line 3, key b): 'x' is not a number; stopped there, 1 record done"
            ),
            (
                "ndjson", #"{"key":"a","value":1}"# + "\n" + #"{"key":"b","value":"x"}"# + "\n",
                "record 2 (line 2, key b): 'x' is not a number; stopped there, 1 record done"
            ),
            (
                "json", #"{"a":1,"b":"x"}"#,
                "record 2 (line 1, key b): 'x' is not a number; stopped there, 1 record done"
            ),
        ])
        func recordsAreCountedFromOne(_ format: String, _ text: String, _ words: String) throws {
            expect(try procession("map", "-f", format, "-c", "v=double", input: text), says: words)
        }

        @Test(arguments: [
            (
                "x.json", "{\"n\":1}\n{\"n\":2}\n",
                "(read as json because of its name; -f ndjson reads an object per line)"
            ),
            ("x.json", "[1]", "(read as json because of its name; -f ndjson reads an object per line)"),
            (
                "x.jsonl", "{\n\"n\":1}\n",
                "(read as ndjson because of its name; -f json reads one object of any length)"
            ),
            ("x.csv", "a,b\n1,x\"y\n", "(read as csv because of its name; -f lines takes every line as it is)"),
            ("x.tsv", "a\tb\n1\n", "(read as tsv because of its name; -f lines takes every line as it is)"),
            (
                "x.csv", "a\tb\n1\t2\n",
                "the header has one field only, 'a\\tb'; say which field holds the value; "
                    + "it looks like tsv, which -f tsv reads"
            ),
        ])
        func aGuessedFormatIsNamedWhereItIsTheLikelyCause(_ name: String, _ text: String, _ words: String) throws {
            let directory = try TemporaryDirectory()
            let path = try directory.file(name, text)
            #expect(try procession("map", "-c", "v=string", path).errors.contains(words))
            // Who has said which format it is need not be told.
            let format = name.hasSuffix("jsonl") ? "ndjson" : String(name.dropFirst(2))
            #expect(!(try procession("map", "-c", "v=string", "-f", format, path).errors.contains("because of")))
        }

        @Test(arguments: [
            ("x.csv", "a,b\n1,2\n3,4\"\n"), ("x.tsv", "a\tb\n1\t2\n3\n"), ("x.jsonl", "{\"key\":1,\"value\":2}\n[2]\n"),
            ("x.json", "{\n\"a\":1,\n\"b\":\n}"),
        ])
        func aMistakeBehindGoodRecordsIsNotTheFormats(_ name: String, _ text: String) throws {
            let directory = try TemporaryDirectory()
            let run = try procession("map", "-c", "v=string", try directory.file(name, text))
            #expect(run.status == 3)
            #expect(!run.errors.contains("because of"), "\(run.errors)")
        }

        @Test func whoHasNamedNoKeyIsToldHow() throws {
            expect(
                try procession("map", "-f", "ndjson", "-c", "v=string", input: "{\"id\":1,\"value\":2}\n"),
                says: "record 1 (line 1, key 1): the record has no field 'key'; --key names the key; stopped there, "
                    + "0 records done")
        }
    }
}

import ProcessionSystem
import Testing

extension CommandLineTests {
    /// `--output`.
    @Suite struct OutputFiles {
        @Test func theFileGetsTheRecordsAndStandardOutputNothing() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("in", "a\nb\n")
            let run = try procession("map", "-c", "v=upper", file, "-o", directory.path + "/out")
            #expect(run.status == 0)
            expectSame(run.output, [])
            #expect(try File.contents(of: directory.path + "/out") == Array("A\nB\n".utf8))
        }

        @Test func aFileThatIsThereIsReplacedToItsEnd() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("in", "a\n")
            let out = try directory.file("out", "much more than the run will write\n")
            _ = try procession("map", "-c", "v=upper", file, "-o", out)
            #expect(try File.contents(of: out) == Array("A\n".utf8))
        }

        @Test(arguments: ["in -o in", "in -o ./in", "in -o link", "in -o hard", "-o in <in", "- -o link <in"])
        func theInputIsRefusedAsOutputAndUnharmed(_ words: String) throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("in", "a\n")
            let run = try shell(
                "ln -s in link; ln in hard; exec procession map -c v=upper " + words, directory: directory.path)
            #expect(run.status == 2)
            #expect(run.errors.contains("is the input"), "\(run.errors)")
            #expect(try File.contents(of: file) == Array("a\n".utf8))
        }

        @Test func aFileThatCannotBeMadeIsStatusFive() throws {
            let run = try procession("map", "-c", "v=upper", "-o", "/no/such/directory/out", input: "a\n")
            #expect(run.status == 5)
            #expect(run.errors.contains("/no/such/directory/out"))
        }
    }

    /// `--stats`.
    @Suite struct Statistics {
        /// The members of a flat object of numbers, in order.
        private func members(_ text: [UInt8]) throws -> [(key: String, value: Double)] {
            let text = String(decoding: text, as: UTF8.self)
            try #require(text.hasPrefix("{") && text.hasSuffix("}\n"))
            return try text.dropFirst().dropLast(2).split(separator: ",").map { member in
                let parts = member.split(separator: ":")
                try #require(parts.count == 2)
                try #require(parts[0].hasPrefix("\"") && parts[0].hasSuffix("\""))
                return (String(parts[0].dropFirst().dropLast()), try #require(Double(parts[1])))
            }
        }

        private func statistics(_ text: String, _ arguments: String...) throws -> [(key: String, value: Double)] {
            let directory = try TemporaryDirectory()
            let path = directory.path + "/stats"
            let run = try RunningCommand(
                script: "exec procession map --stats \"$@\"", [path, "-c", "v=double"] + arguments)
            try run.send(text)
            _ = try run.finish()
            return try members(try File.contents(of: path))
        }

        @Test func thereIsOneObjectWithExactlyThePromisedKeys() throws {
            #expect(
                try statistics("1\n").map(\.key) == [
                    "records", "failed", "retried", "workers", "workers_replaced", "workers_retired", "seconds",
                    "input_bytes",
                    "output_bytes", "window_bytes",
                ])
        }

        @Test(arguments: [("skip", 15.0), ("null", 16.0)])
        func theFiguresAreTrue(_ policy: String, _ outputBytes: Double) throws {
            let members = try statistics("10\nx\n20\n300\n4000\n", "-j", "3", "--on-error", policy)
            let figures = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
            #expect(figures["records"] == 5)
            #expect(figures["failed"] == 1)
            #expect(figures["retried"] == 0)
            #expect(figures["workers"] == 3)
            #expect(figures["workers_replaced"] == 0)
            #expect(figures["workers_retired"] == 0)
            #expect(figures["input_bytes"] == 17)
            #expect(figures["output_bytes"] == outputBytes)
            #expect(figures["window_bytes", default: 0] >= 1e6)
            #expect((0.0001...60).contains(figures["seconds", default: 0]))
        }

        @Test func theRecordThatStopsARunHasFailed() throws {
            let members = try statistics("10\nx\n20\n")
            let figures = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
            #expect(figures["records"] == 1)
            #expect(figures["failed"] == 1)
        }

        @Test func aFileThatCannotBeMadeIsStatusFiveInWords() throws {
            let run = try procession("map", "-c", "v=upper", "--stats", "/no/such/directory/stats", input: "a\n")
            #expect(run.status == 5)
            #expect(
                run.errors == """
                    procession: cannot write '/no/such/directory/stats': No such file or directory

                    """)
        }
    }
}

import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// `-c NAME='run:COMMAND'`: what a record has arrives as arguments, and what the command writes is the column.
    @Suite struct CommandColumns {
        /// What shells, option parsers and careless joins trip over.
        private static let hostile: [[UInt8]] =
            [
                "", " ", "'", "\"", "''", "\"\"", ";", "; rm -rf /", "$(id)", "`id`", "${HOME}", "$HOME", "&", "&&",
                "|", ">",
                "<", "*", "?", "[a-z]", "~", "!", "#", "\\", "\\\\", "\\n", "%s", "%", "%%", "-", "--", "-n", "--help",
                "-rf",
                "\n", "\n\n", "a\nb", "a\n", "\r", "\r\n", "\t", "{value}", "{key}", "{{", "}}", "{", "}", "=", "a=b",
                "@x",
                "é", "e\u{301}", "\u{1F600}", "\u{FEFF}", "\u{7F}", "\u{1B}[31m", " a  b ", "$((1+1))",
                "a'b\"c;d$(e)`f`\n\\",
            ].map { Array($0.utf8) } + [[0xff, 0xfe], [0xc3], [0x80, 0x27], [UInt8](repeating: 0x27, count: 100_000)]

        private func quoted(_ text: [UInt8]) -> [UInt8] {
            guard text.contains(where: Array(",\"\r\n".utf8).contains) else { return text }
            return [34] + text.flatMap { $0 == 34 ? [34, 34] : [$0] } + [34]
        }

        @Test func aThousandHostileValuesArriveAsTheyAre() throws {
            var random = SplitMix(seed: printedSeed())
            var input = Array("id,v,w\n".utf8)
            var expected = Array("id,both\n".utf8)
            for id in 1...1000 {
                var value = Self.hostile[id % Self.hostile.count]
                if id > Self.hostile.count {
                    value += Self.hostile[Int(random.next() % UInt64(Self.hostile.count - 1))]
                }
                let other = Self.hostile[Int(random.next() % UInt64(Self.hostile.count - 1))]
                input += Array("\(id),".utf8) + quoted(value) + [44] + quoted(other) + [10]
                expected +=
                    Array("\(id),".utf8) + quoted(Array("<".utf8) + value + [124] + other + Array(">".utf8)) + [10]
            }
            let run = try procession("map", "-f", "csv", "-c", "both=run:printf '<%s|%s>' {v} {w}", input: input)
            #expect(run.status == 0 && run.errors == "", "\(run.errors.prefix(500))")
            expectSame(run.output, expected)
        }

        @Test(arguments: [
            (
                ["-f", "lines", "-c", "a=run:printf %s-%s {#} {value}", "-c", "b=upper"], "x y\n\n",
                "1-x y\tX Y\n2-\t\n"
            ),
            (
                ["-f", "csv", "--append", "-c", "a=upper@n", "-c", "b=run:echo {n} {key}"], "id,n\n1,x\n2,y\n",
                "id,n,a,b\n1,x,X,x 1\n2,y,Y,y 2\n"
            ),
            (["-f", "tsv", "-c", "a=run:echo {n}"], "id\tn\n1\tx\n", "id\ta\n1\tx\n"),
            (
                ["-f", "ndjson", "--append", "-c", "a=run:echo {n}", "-c", "b=double@n"], "{\"key\":1,\"n\":2}\n",
                "{\"key\":1,\"n\":2,\"a\":\"2\",\"b\":4}\n"
            ),
            (
                ["-f", "json", "--split", "-c", "a=run:echo {key}", "-c", "b=run:echo {value}"], #"{"k":1,"l":"m"}"#,
                "{\"a\":{\"k\":\"k\",\"l\":\"l\"},\"b\":{\"k\":\"1\",\"l\":\"m\"}}\n"
            ),
            (["-f", "json", "-c", "a=run:printf 'a\\n\\n'"], #"{"k":1}"#, "{\"k\":\"a\\n\"}\n"),
        ])
        func everyFormatTakesCommandsBesideOtherColumns(_ words: [String], _ input: String, _ output: String) throws {
            let command = try RunningCommand(script: "exec procession map \"$@\"", words)
            try command.send(input)
            let run = try command.finish()
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            #expect(run.text == output)
        }

        @Test func resultsComeInOrderHoweverLongTheyTake() throws {
            let lines = (1...60).map { "\($0)\n" }.joined()
            let run = try procession(
                "map", "-c", "a=run:sh -c 'sleep 0.0$(($1 * 7 % 5)); echo $1' sh {value}", input: lines)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.text == lines)
        }

        /// Results that outgrow their room wait for more with their worker.
        @Test func noCommandRunsTwice() throws {
            let directory = try TemporaryDirectory()
            let lines = (1...40).map { "\($0)\n" }.joined()
            let command = try RunningCommand(
                script:
                    "exec procession map --window 1M -c \"a=run:sh -c 'echo \\$1 >>log; seq 9999 | tr \\\\\\\\n ,' sh {value}\"",
                directory: directory.path)
            try command.send(lines)
            let run = try command.finish()
            #expect(run.status == 0, "\(run.errors)")
            let line = (1...9999).map { "\($0)," }.joined() + "\n"
            expectSame(run.output, Array(String(repeating: line, count: 40).utf8))
            let log = try String(decoding: File.contents(of: directory.path + "/log"), as: UTF8.self)
            #expect(log.split(separator: "\n").compactMap { Int($0) }.sorted() == Array(1...40))
        }

        @Test func aCommandHasNoInputAndNoDescriptorsButItsThree() throws {
            let script =
                "import os; print(os.read(0, 9), sorted(map(int, os.listdir(\"/proc/self/fd\")))[:3], os.path.exists(\"/proc/self/fd/4\"))"
            let run = try procession("map", "-c", "a=run:python3 -c '\(script)'", input: "x\n")
            #expect(run.text == "b'' [0, 1, 2] False\n", "\(run.errors)")
        }

        @Test func whatACommandSaysPassesThroughAndItsSuccessCounts() throws {
            let run = try procession("map", "-c", "a=run:sh -c 'echo said $1 >&2; echo ok' sh {value}", input: "1\n2\n")
            #expect(run.status == 0)
            #expect(run.text == "ok\nok\n")
            #expect(run.errorLines.sorted() == ["said 1", "said 2"])
        }
    }
}

import ProcessionSystem
import Testing

@testable import ProcessionCLI

extension CommandLineTests {
    /// What may stand at the cursor, which is written as '|'.
    @Suite struct Completions {
        /// A directory with a file of every format.
        private func sampleFiles() throws -> TemporaryDirectory {
            let directory = try TemporaryDirectory()
            _ = try directory.file("in.csv", "id,net price,\"a\"\"b\"\n1,2,3\n")
            _ = try directory.file("in.tsv", "\u{FEFF}id\tgross\n")
            _ = try directory.file("in.ndjson", #"{"user":{"x":1},"m\u0073":2}"# + "\n{}\n")
            _ = try directory.file("in.json", #"{"a":{"n":1,"o":2},"b":1}"#)
            _ = try directory.file("odd", "id,plain\n")
            return directory
        }

        struct Case: CustomTestStringConvertible {
            let line: String
            let answer: String
            var testDescription: String { line }

            init(_ line: String, _ kind: Completion.Kind, _ words: [String] = []) {
                self.line = line
                answer = ([kind.rawValue] + words).map { $0 + "\n" }.joined()
            }
        }

        private static let functions = [
            "identity", "double", "string", "length", "upper", "lower", "scale:", "run:",
        ]

        static let words = [
            Case("procession |", .words, ["map", "index", "merge", "help", "--help", "--version"]),
            Case("procession m|", .words, ["map", "merge"]),
            Case("procession map --ch|", .words, ["--chunk-size", "--checkpoint"]),
            Case("procession map --no|", .words, ["--no-progress"]),
            Case("procession map -- --no|", .files),
            Case("procession map -f |", .words, ["lines", "csv", "tsv", "ndjson", "json"]),
            Case("procession map --to n|", .words, ["ndjson"]),
            Case("procession map --to=n|", .words, ["--to=ndjson"]),
            Case("procession map -tn|", .words, ["-tndjson"]),
            Case("procession map --on-error |", .words, ["fail", "skip", "null"]),
            Case("procession map -j |", .words),
            Case("procession map -c na|", .words),
            Case("procession map -c v=|", .stems, functions.map { "v=" + $0 }),
            Case("procession map -c v=u|", .stems, ["v=upper"]), Case("procession map -c v=r|", .stems, ["v=run:"]),
            Case("procession map -c v=run:u@|", .words),
            Case("procession map -cv=u|", .stems, ["-cv=upper"]),
            Case("procession map --column=v=u|", .stems, ["--column=v=upper"]),
            Case("procession help m|", .words, ["map", "merge"]), Case("procession help map |", .words),
            Case("procession map --shard |", .words, ["auto"]),
            Case("procession merge --m|", .words, ["--missing"]), Case("procession merge out --wait |", .words),
            Case("procession index -f n|", .words, ["ndjson"]),
            Case("procession|", .words), Case("|", .words),
        ]

        static let files = [
            "procession map |", "procession map in|", "procession merge |", "procession merge o/ -o |",
            "procession index i|", "procession map -o |", "procession map --stats x|",
            "procession map --checkpoint=x|", "procession map -x ca|", "procession map -x cat --tagged |",
            "procession map in.csv > o|",
            "procession map <i|",
            "procession map 2> |", "procession map -oin|",
        ].map { Case($0, .files) }

        static let fields = [
            Case(
                "procession map in.csv -c v=upper@|", .words,
                ["v=upper@id", "v=upper@net price", "v=upper@a\"b"]),
            Case("procession map -c v=upper@n| in.csv", .words, ["v=upper@net price"]),
            Case("procession map -c 'v=upper@net p| in.csv", .words, ["v=upper@net price"]),
            Case("procession map -c v=upper@net\\ | in.csv", .words, ["v=upper@net price"]),
            Case("procession map --key | in.tsv", .words, ["id", "gross"]),
            Case("procession map -c w=upper --value u| in.ndjson", .words, ["user"]),
            Case("procession map --value | in.ndjson", .words, ["user", "ms"]),
            Case("procession map -c v=double@| in.json", .words, ["v=double@n", "v=double@o"]),
            Case("procession map -f CSV --key | odd", .words, ["id", "plain"]),
            Case("procession map --key | -fcsv <odd", .words, ["id", "plain"]),
            Case("procession map --from=csv odd --key |", .words, ["id", "plain"]),
            Case("procession map --answers a:b|", .words, ["a:bool"]),
            Case("procession map --answers=a,é:n|", .words, ["--answers=a,é:number"]),
            Case("procession map --answers a:text,b|", .words),
            Case("procession map --send |", .words, ["record", "value", "json", "tsv"]),
            Case("procession map --key | odd", .words),
            Case("procession map --key | missing.csv", .words),
            Case("procession map --key | -f csv .", .words),
            Case("procession map --key | -f csv /dev/zero", .words),
            Case("procession map --key | -f ndjson in.csv", .words),
        ]

        @Test(arguments: words + files + fields) func areWhatMayStandThere(_ example: Case) throws {
            let directory = try sampleFiles()
            let parts = example.line.split(separator: "|", omittingEmptySubsequences: false).map(
                String.init)
            let run = try procession(
                "--complete", "zsh", parts[0], parts[1], "", directory: directory.path)
            #expect(run.text == example.answer)
            #expect(run.status == 0 && run.errors == "")
        }

        /// Through the script, with the word that bash takes for the one at the cursor.
        @Test(arguments: [
            ("procession map -c v=u|", "u", "upper"),
            ("procession map in.csv -c v=upper@n|", "n", "net\\ price"),
            ("procession map in.csv -c 'v=upper@n|", "v=upper@n", "v=upper@net price"),
            ("procession map -c v=sc|", "sc", "scale:"),
            ("procession map in.csv -c é=upper@n|", "n", "net\\ price"),
            ("procession map --key g| in.tsv", "g", "gross"), ("procession map in.t|", "in.t", "in.tsv"),
            ("procession map -o in.n|", "in.n", "in.ndjson"),
            ("procession map --stats=in.n|", "in.n", "in.ndjson"),
        ])
        func bashOffersThem(_ line: String, _ typed: String, _ word: String) throws {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            let script = """
                eval "$(procession --generate-completion-script bash)"
                COMP_LINE=$1$2 COMP_POINT=$(printf %s "$1" | wc -c)
                _procession procession "$3" ''; printf '%s\\n' "${COMPREPLY[@]}"
                """
            let directory = try sampleFiles()
            let run = try shell(script, parts[0], parts[1], typed, directory: directory.path)
            #expect(run.text == word + "\n", "\(run)")
        }

        static let shells = [
            (
                CompletionScript.bash, "bash --norc --noprofile -i",
                "eval \"$(procession --generate-completion-script bash)\""
            ),
            (
                .zsh, "zsh -f -i",
                "autoload -U compinit; compinit -u -D; source <(procession --generate-completion-script zsh)"
            ),
            (.fish, "fish --no-config -i", "procession --generate-completion-script fish | source"),
        ]

        /// In the shell itself, at a terminal: the words that it makes of a line in which Tab is pressed.
        @Test(arguments: shells) func aShellCompletesALine(
            _ script: CompletionScript, _ command: String, _ setUp: String
        ) throws {
            let isHere = try isHere(script)
            #expect(isHere || script != .bash)
            guard isHere else { return }
            let directory = try sampleFiles()
            let run = try shell(
                "exec python3 -c \"$@\"", Self.typist, command, setUp, directory: directory.path)
            let words = [
                "procession", "map", "in.csv", "-c", "v=upper@net price", "--key", "id", "-o", "in.tsv",
            ]
            #expect(run.text.contains(words.map { "<\($0)>" }.joined()), "\(run.text)\(run.errors)")
        }

        /// Types a line into a shell that runs at a terminal of its own, and then has its words printed.
        private static let typist = """
            import os, pty, select, sys, time
            child, terminal = pty.fork()
            if child == 0:
                os.environ.update(TERM="xterm", PS1="> ", HOME=os.getcwd())
                os.execvp(sys.argv[1].split()[0], sys.argv[1].split())
            shown = b""
            def until(mark, seconds=10):
                global shown
                end = time.monotonic() + seconds
                while mark not in shown and time.monotonic() < end:
                    if select.select([terminal], [], [], 0.05)[0]: shown += os.read(terminal, 4096)
                    for question in [b"\\x1b[0c", b"\\x1b[c"]:
                        if question in shown:
                            os.write(terminal, b"\\x1b[?62c")
                            shown = shown.replace(question, b"")
            def type(keys, mark):
                global shown
                shown = b""
                os.write(terminal, keys)
                until(mark)
            type(sys.argv[2].encode() + b"; echo rea''dy\\n", b"ready\\r\\n")
            type(b"procession map in.csv -c v=up\\t", b"upper")
            type(b"@ne\\t", b"price")
            type(b" --key i\\t", b"id")
            type(b" -o in.t\\t", b"in.tsv")
            type(b"\\x01printf '<%s>' \\x05; echo en''d\\n", b"end\\r\\n")
            print(shown.decode(errors="replace"))
            os.write(terminal, b"exit\\n")
            until(b"never", 0.2)
            """

        @Test(arguments: CompletionScript.allCases) func everyShellTakesItsScript(
            _ script: CompletionScript
        ) throws {
            guard try isHere(script) else { return }
            for words in [
                "--generate-completion-script \(script)", "map --generate-completion-script=\(script)",
            ] {
                let run = try shell("procession \(words) | \(script) -n")
                #expect(run.status == 0 && run.errors == "", "\(run)")
            }
        }

        private func isHere(_ script: CompletionScript) throws -> Bool {
            try shell("command -v \(script)").status == 0
        }

        /// What is declared, with its help, is what is completed and refused.
        @Test func everyOptionIsKnown() throws {
            let help = try procession("map", "--help").text
            let options = help[try #require(help.firstRange(of: "\nOPTIONS")).upperBound...]
            let declared = Set(options.matches(of: /(?:\n  |, |\/)(--[a-z-]+)/).map { String($0.1) })
            #expect(
                declared == Set(Flag.all.map(\.word) + ["--no-progress", "--help", "--version"]))
        }
    }
}

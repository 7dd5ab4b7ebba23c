import ProcessionSystem
import Testing

extension CommandLineTests {
    /// No file of a run is two things: every pair, under every name, is refused before it is touched.
    @Suite struct FilePairs {
        /// How a file comes to be each of them; `F` is its name.
        private static let roles = [
            "input": ["F", "<F"], "output": ["-o F"], "statistics": ["--stats F"], "checkpoint": ["--checkpoint F"],
            "standard output": [">>F", "1<>F"], "standard error": ["2>>F"],
        ]
        private static let pairs: [(first: String, second: String)] = {
            let names = roles.keys.sorted()
            return names.enumerated().flatMap { place, first in names[(place + 1)...].map { (first, $0) } }
                .filter { $0 != ("standard error", "standard output") }
        }()

        /// The words of a run in which `first` and `second` are the same file, and all else is as it should be.
        private static func words(_ first: String, _ second: String) -> String {
            var words = [first, second]
            let all = words.joined(separator: " ")
            if !all.contains("<"), !words.contains("F"), !words.contains("G") { words.append("in") }
            if all.contains("--checkpoint"), !all.contains("-o ") { words.append("-o out") }
            return words.joined(separator: " ").replacing(" F", with: " f").replacing("F", with: "f")
                .replacing("G", with: "same")
        }

        @Test(arguments: pairs.map(\.first), ["f", "./f", "link", "hard"]) func isRefused(
            _ first: String, _ name: String
        )
            throws
        {
            for (one, second) in Self.pairs where one == first {
                for spelling in Self.roles[first]! {
                    for other in Self.roles[second]!.map({ $0.replacing("F", with: "G") }) {
                        try expectRefusal(Self.words(spelling, other).replacing("same", with: name))
                    }
                }
            }
        }

        private func expectRefusal(_ words: String) throws {
            let directory = try TemporaryDirectory()
            for file in ["f", "in"] { _ = try directory.file(file, "a\nb\n") }
            let run = try shell(
                "ln -s f link; ln f hard; exec 8>&2; exec 2>messages; procession map -c v=upper \(words); echo $? >&8",
                directory: directory.path)
            #expect(run.errors == "2\n", "\(words): \(run.errors)")
            // What standard error adds to a file is the message.
            let kept = try File.contents(of: directory.path + "/f").prefix(4)
            #expect(kept == Array("a\nb\n".utf8)[...], "\(words)")
            let names = try shell("ls -A", directory: directory.path).text
            #expect(names == "f\nhard\nin\nlink\nmessages\n", "\(words): \(names)")
        }

        @Test(arguments: [
            "-o new --stats new", "-o new --stats ./new", "-o new --checkpoint new", "-o new --stats link",
            "-o out --stats new --checkpoint new", "-o - --stats -", "--stats -", "--stats /dev/stdout",
            "-o /dev/fd/1 --stats /dev/stdout", "-o /dev/fd/3 3>>in", "--stats /dev/fd/3 3>>in",
        ])
        func whatIsNotThereYetIsKnownByItsName(_ words: String) throws {
            let directory = try TemporaryDirectory()
            _ = try directory.file("in", "a\n")
            let run = try shell(
                "ln -s new link; exec procession map -c v=upper in " + words, directory: directory.path)
            #expect(run.status == 2 && run.errorLines.count == 1, "\(run.errors)")
            #expect(try shell("ls -A; cat in", directory: directory.path).text == "in\nlink\na\n")
        }

        @Test(arguments: [
            ("-o /dev/null </dev/null", ""), ("</dev/null >/dev/null 2>/dev/null", ""),
            ("-o out f >>f; cat out", "A\n"),
            ("f >log 2>&1; cat log", "A\n"), ("f -o out --stats - | tr -d '[:digit:][:punct:]'", "records"),
            ("f -o /dev/stderr --stats /dev/stdout 2>&1 >out", "A\n"), ("f -o /dev/fd/3 3>out; cat out", "A\n"),
            ("f -o /dev/null --stats /dev/null --no-progress", ""),
            ("f --stats /dev/stderr 2>&1 >out | cut -c3-9", "records"),
        ])
        func whatOnlyLooksAlikeIsTaken(_ words: String, _ text: String) throws {
            let directory = try TemporaryDirectory()
            _ = try directory.file("f", "a\n")
            let run = try shell("set -o pipefail; procession map -c v=upper " + words, directory: directory.path)
            #expect(run.status == 0 && run.text.hasPrefix(text) && run.errors == "", "\(run)")
        }

        @Test func oneTerminalIsInputAndOutput() throws {
            let script = """
                import os, pty, sys
                child, terminal = pty.fork()
                if child == 0:
                    name = os.ttyname(0)
                    os.execvp("procession", ["procession", "map", "-c", "v=upper", "-o", name, name])
                os.write(terminal, b"word\\n\\x04")
                shown = b""
                try:
                    while part := os.read(terminal, 4096): shown += part
                except OSError: pass
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                print(status, b"WORD" in shown, shown)
                """
            let run = try shell("exec python3 -c \"$1\"", script)
            #expect(run.text.hasPrefix("0 True"), "\(run)")
        }
    }
}

import Testing

extension CommandLineTests {
    /// A text that people wrote, compared with what another language makes of it.
    @Suite struct RealText {
        /// This project's own sources, until they are 100,000 lines.
        private static let makeText = """
            files=$(find "$1/Sources" -name '*.swift' | LC_ALL=C sort)
            lines=$(cat $files | wc -l)
            for ((made = 0; made < 100000; made += lines)); do cat $files; done
            """
        private static let reference = """
            exec python3 -c '
            import sys
            lines = sys.stdin.buffer.read().split(b"\\n")
            rest = lines.pop()
            for line in lines:
                text = line.decode()
                sys.stdout.buffer.write(f"{len(text)}\\t{text.upper()}\\n".encode())
            assert not rest
            ' < "$1"
            """

        @Test func lengthAndUpperOf100_000LinesAreWhatPythonSays() throws {
            let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
            let text = try shell(Self.makeText, "/" + root).output
            try #require(text.count { $0 == UInt8(ascii: "\n") } >= 100_000)
            let directory = try TemporaryDirectory()
            let file = try directory.file("text", text)
            let expected = try shell(Self.reference, file)
            try #require(expected.status == 0, "\(expected.errors)")
            for jobs in ["1", "2", "8"] {
                let run = try procession("map", "-j", jobs, "-c", "length=length", "-c", "upper=upper", file)
                expectSame(run.output, expected.output)
                #expect(run.status == 0)
            }
        }
    }
}

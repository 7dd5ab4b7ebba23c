import ProcessionRecords
import Testing

@testable import ProcessionCLI

/// What is asked for by the words of a command line.
@Suite struct FlagReaderTests {
    private func read(_ line: String) throws(UsageError) -> MapOptions {
        try MapOptions(reading: line.split(separator: " ").map(String.init))
    }

    @Test func everyOptionIsReadIntoItsPlace() throws {
        let read = try read(
            """
            -c a=double --column b=upper@n -x cat --tagged -f csv -t ndjson --key k --value v --append --split -j 50% -o out \
            --on-error null --timeout 500ms --retries 3 --window 2M --chunk-size 7 --checkpoint c --resume --progress \
            --stats s in
            """)
        let expected = MapOptions(
            columns: ["a=double", "b=upper@n"], exec: "cat", tagged: true, from: .csv, to: .ndjson, key: "k",
            value: "v",
            append: true, split: true, jobs: .percent(50), output: "out", onError: .null,
            timeout: try Seconds(argument: "0.5"), retries: 3, window: ByteSize(count: 2 << 20), chunkSize: 7,
            checkpoint: "c", resume: true, progress: true, stats: "s", file: "in")
        #expect(read == expected)
    }

    @Test(arguments: [
        "-cv=upper -j2 in", "-c=v=upper --jobs=2 in", "in -j 2 --column v=upper", "-c v=upper -j=2 -- in",
    ])
    func thereAreSeveralWaysToWriteTheSame(_ line: String) throws {
        #expect(try read(line) == MapOptions(columns: ["v=upper"], jobs: .number(2), file: "in"))
    }

    @Test func theLastOfTwoCounts() throws {
        #expect(try read("-o a -o b --progress --no-progress") == MapOptions(output: "b", progress: false))
        #expect(try read("-o a -o -") == MapOptions())
    }

    @Test func behindTwoDashesAllIsAFile() throws {
        #expect(try read("-- -j2") == MapOptions(file: "-j2"))
        #expect(try read("-").file == "-")
        #expect(throws: UsageError.self) { try read("-- in -j2") }
    }

    @Test(arguments: ["--key=-c", "--key=--", "--key=a=b"]) func aValueBehindAnEqualsSignMayBeAnything(_ line: String)
        throws
    {
        #expect(try read(line).key == String(line.dropFirst("--key=".count)))
    }

    @Test(arguments: ["in out --exce", "--retries x --exce", "-c --exce", "--append=1 --exce"])
    func anUnknownOptionIsNamedBeforeAllOtherMistakes(_ line: String) {
        let error = #expect(throws: UsageError.self) { try read(line) }
        #expect(error?.description == "unknown option '--exce'; did you mean '--exec'?")
    }

    @Test func noNameAndNoLetterIsGivenTwice() {
        let words = Flag.all.flatMap(\.words)
        #expect(Set(words).count == words.count)
    }
}

extension CommandLineTests {
    @Suite struct ManPage {
        @Test func itTellsOfEveryOptionAndIsWellFormed() throws {
            let page = try procession("--generate-man-page").text
            for flag in Flag.all {
                #expect(page.contains("\\-\\-" + flag.name.replacing("-", with: "\\-")), "\(flag.name)")
            }
            let lines = page.split(separator: "\n")
            #expect(lines.first?.hasPrefix(".TH PROCESSION 1 ") == true)
            let requests = Set(lines.filter { $0.hasPrefix(".") }.map { $0.prefix { $0 != " " } })
            #expect(requests == [".TH", ".SH", ".TP", ".B", ".nf", ".fi"])
        }

        @Test func manShowsItWithoutAWarning() throws {
            guard try shell("command -v groff").status == 0 else { return }
            let run = try shell("procession --generate-man-page | groff -man -Tascii -ww | cat")
            #expect(run.errors == "" && run.text.contains("Run COMMAND once per worker"), "\(run)")
            #expect(run.text.contains(#"printf 'id,n\n1,2\n' | procession map"#))
        }
    }
}

import Testing

extension CommandLineTests {
    /// Malformed NDJSON that a filter is to read ends the run where it stands, as it does without a filter.
    @Suite struct ObjectFilters {
        private static func objects(_ range: ClosedRange<Int>) -> String { range.map { "{\"n\":\($0)}\n" }.joined() }

        @Test(arguments: ["{\"n\":", "{\"n\":1}}", "[1]", "no"], ["fail", "skip", "null"])
        func aMalformedRecordEndsTheRunBehindThoseBeforeIt(_ record: String, _ policy: String) throws {
            let before = Self.objects(1...2000)
            let input = before + record + "\n" + Self.objects(2001...4000)
            let directory = try TemporaryDirectory()
            let file = try directory.file("in.ndjson", input)
            let fromFile = try procession("map", "-x", "cat", "-j2", "--on-error", policy, file)
            let fromPipe = try procession(
                "map", "-x", "cat", "-j2", "--on-error", policy, "--chunk-size", "300", "-f", "ndjson", input: input)
            let strict = try procession("map", "-f", "ndjson", "-c", "v=length@n", "--key", "n", input: input)
            for run in [fromFile, fromPipe] {
                #expect(run.status == 3, "\(run.errors)")
                expectSame(run.output, Array(before.utf8))
                let place = strict.errors.split(separator: ",", maxSplits: 1).last?.split(separator: ";").first ?? "?"
                #expect(run.errors.contains(place), "\(run.errors) \(strict.errors)")
                #expect(run.errors.contains("; stopped there, 2000 records done"), "\(run.errors)")
            }
        }

        /// Those that failed before it are counted and named as ever, however many of them are in its chunk, and those
        /// behind it are not.
        @Test(arguments: ["1", "1000"], ["skip", "null"])
        func recordsThatFailedBeforeItAreToldOf(_ chunkSize: String, _ policy: String) throws {
            let pairs = (1...15).map { "{\"n\":\($0)}\n{\"bad\":\($0)}\n" }.joined()
            let run = try procession(
                "map", "-f", "ndjson", "-x", "while read -r l; do case $l in *bad*) exit 9;; esac; echo \"$l\"; done",
                "-j1", "--on-error", policy, "--chunk-size", chunkSize, input: pairs + "{\n" + pairs)
            #expect(run.status == 3)
            expectSame(
                run.output, Array((1...15).map { "{\"n\":\($0)}\n" + (policy == "null" ? "\n" : "") }.joined().utf8))
            let fate = policy == "skip" ? "left out" : "given empty values"
            #expect(run.errorLines.last?.hasSuffix("30 records done, 15 of them failed and were \(fate)") == true)
            let named = run.errorLines.filter { $0.contains("its filter exited with 9") }
            #expect(named.count == 10 && named.first?.contains("record 2 (line 2") == true, "\(run.errors)")
        }

        @Test func aRecordThatFailsAnotherWayFailsAlone() throws {
            let input = Self.objects(1...20)
            let run = try procession(
                "map", "-f", "ndjson", "-x", "while read -r l; do case $l in *:7}) exit 9;; esac; echo \"$l\"; done",
                "--on-error", "skip", input: input)
            #expect(run.status == 1, "\(run.errors)")
            expectSame(run.output, Array(input.replacing("{\"n\":7}\n", with: "").utf8))
        }

        @Test func emptyLinesMayStandAtTheEnd() throws {
            let run = try procession("map", "-f", "ndjson", "-x", "cat", input: "\u{FEFF}{\"a\":1}\n\n \n")
            #expect(run.status == 0 && run.text == "{\"a\":1}\n", "\(run.errors)")
            #expect(try procession("map", "-f", "ndjson", "-x", "cat", input: "\n\n").output.isEmpty)
        }
    }
}

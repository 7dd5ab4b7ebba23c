import Procession
import ProcessionRecords
import ProcessionSegment
import TestSupport
import Testing

@testable import ProcessionCLI

/// What is known of records that fail, and what it costs to say it.
@Suite struct FailedRecordTests {
    /// A chunk of five records per format, with the lines on which they begin, counted from the chunk's own first line.
    static let chunks: [(RecordFormat, text: String, lines: [Int?])] = [
        (.lines, "a\nb\nc\nd\ne\n", [nil, nil, nil, nil, nil]),
        (.csv, "a,1\n\"b\n\n\",2\nc,\"\n\"\r\nd,4\ne,5", [0, 1, 4, 6, 7]),
        (.tsv, "a\t1\r\nb\t2\r\nc\t3\nd\t4\ne\t5\n", [0, 1, 2, 3, 4]),
        (
            .ndjson, (0..<5).map { "{\"key\":\"k\($0)\",\n\"value\":1}".filter { $0 != "\n" } + "\n" }.joined(),
            [0, 1, 2, 3, 4]
        ),
        (.json, "\"a\": 1,\n\n\"b\": [\n1\n]\n,\"c\":3,\"d\"\n:4,\n\"e\":5", [0, 2, 5, 5, 7]),
    ]

    private func finder(_ format: RecordFormat) throws -> RecordFinder {
        let column = try Column(parsing: "v=double")
        return try RecordFinder(
            RecordPlan(input: format, .columns([column], .keyed), header: Array((headers[format] ?? "").utf8)))
    }

    private let headers: [RecordFormat: String] = [.csv: "k,v\n", .tsv: "k\tv\n"]

    /// In any order, and in two chunks whose texts lie at the same place.
    @Test(arguments: chunks)
    func knowsRecordKeyAndLine(_ format: RecordFormat, _ text: String, _ lines: [Int?]) throws {
        var finder = try finder(format)
        let text = Array(text.utf8)
        for (first, items) in [(0, [0, 1, 2, 3, 4]), (7, [1, 3, 4]), (7, [0, 4, 2]), (12, [4])] {
            let chunk = Chunk(
                first: first, items: 0..<5, keyOffset: nil, input: Range(0..<text.count), slotOffset: 0, storage: [])
            for item in items {
                finder.move(to: item, of: chunk, text.span)
                let failed = finder.describe(.damaged, attempts: 2, text.span, line: 100)
                #expect(failed.line == lines[item].map { 100 + $0 }, "item \(item)")
                #expect(failed.failure.index == first + item)
                #expect(failed.failure.attempts == 2)
                if format == .json { #expect(failed.failure.key == ["a", "b", "c", "d", "e"][item]) }
            }
        }
    }
}

extension CommandLineTests {
    @Suite struct ManyFailures {
        /// Whoever goes through the chunk once for every failure reads 5,000,000,000 records here.
        @Test(arguments: ["skip", "null"])
        func areCountedInOnePassThroughTheirChunk(_ policy: String) throws {
            let text = String(repeating: "x\n", count: 100_000)
            let run = try procession(
                "map", "-c", "v=double", "--on-error", policy, "--chunk-size", "100000", input: text)
            #expect(run.status == 1)
            #expect(run.output.count == (policy == "null" ? 100_000 : 0))
            #expect(run.errorLines.count == 11, "\(run.errors)")
            #expect(
                run.errorLines.last?.contains("100000 records done, 100000 of them failed") == true, "\(run.errors)")
        }

        #if DEBUG
            /// The parent writes what a record whose worker died leaves: here far more than twice its input.
            @Test(arguments: [
                (["-f", "csv"], 200), (["-f", "json", "-t", "ndjson"], 200), (["-f", "json", "--split"], 200),
            ])
            func anEmptyRecordMayBeFarLongerThanItsInput(_ format: [String], _ count: Int) throws {
                let names = (1...count).map { "a_name_that_is_longer_than_most_and_only_to_fill_the_line_\($0)" }
                let json = format[1] == "json"
                let input = json ? #"{"a":1,"b":2,"c":3}"# : "k,v\na,1\nb,2\nc,3\n"
                let to = json ? [] : ["-t", "ndjson"]
                let run = try RunningCommand(
                    script: "exec procession \"$@\"",
                    ["map", "-j", "1", "--chunk-size", "1", "--retries", "0", "--on-error", "null"] + format + to
                        + names.flatMap { ["-c", "\($0)=double"] },
                    environment: ["PROCESSION_FAULTS=worker:0 claimed 2 die"])
                try run.send(input)
                let result = try run.finish()
                #expect(result.status == 1, "\(result.errors)")
                let key = json ? "key" : "k"
                let rows = ["a", "b", "c"].enumerated().map { number, record in
                    "{\"\(key)\":\"\(record)\""
                        + names.map { ",\"\($0)\":\(record == "b" ? "null" : "\(number * 2 + 2)")" }.joined() + "}\n"
                }
                let columns = names.map { "\"\($0)\":{\"a\":2,\"b\":null,\"c\":6}" }.joined(separator: ",")
                expectSame(result.output, Array((format.contains("--split") ? "{\(columns)}\n" : rows.joined()).utf8))
            }

            /// The parent dawdles between the second record and the third, which has failed, and is told to stop then.
            @Test func whatWasFinishedBeforeASignalIsWrittenBeforeItsEnd() throws {
                let run = try RunningCommand(
                    script: "(sleep 1.2; kill -INT $$) & exec procession \"$@\"",
                    ["map", "-j", "1", "--chunk-size", "1", "-c", "v=double"],
                    environment: ["PROCESSION_FAULTS=parent draining 1 delay:300;parent draining 2 delay:2000"])
                try run.send("1\n2\nx\n4\n")
                let result = try run.finish()
                let lines = result.output.count { $0 == UInt8(ascii: "\n") }
                #expect(result.errorLines.last?.contains(": \(lines) record") == true, "\(lines), \(result.errors)")
            }
        #endif
    }
}

import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Runs with a checkpoint whose parent is killed again and again: in the end, all is as if nothing had happened.
    @Suite struct CheckpointKills {
        struct Work: CustomTestStringConvertible {
            let format: String
            let arguments: [String]
            var testDescription: String { "\(format) \(arguments.joined(separator: " "))" }
        }

        static let works: [Work] = ["lines", "csv", "tsv", "ndjson", "json"].flatMap { format in
            [
                Work(format: format, arguments: ["-c", "twice=double", "-c", "loud=upper"]),
                Work(format: format, arguments: ["-x", "sed s/1/one/"]),
            ]
        }

        @Test(arguments: works) func theOutputIsThatOfAnUndisturbedRun(_ work: Work) throws {
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            var kills = 0
            var continued = 0
            for _ in 0..<3 {
                let policy = ["skip", "null"].randomElement(using: &random)!
                let run = try CheckpointedRun(
                    ["-f", work.format, "--on-error", policy, "-j", "\(Int.random(in: 1...3, using: &random))"]
                        + work.arguments,
                    input: Self.input(work.format, records: 10_000, &random))
                let start = Instant.now
                let (expected, undisturbed) = try run.undisturbed()
                let milliseconds = Int((Instant.now - start).nanoseconds) / 1_000_000

                var result: CommandResult?
                var attempts = 0
                while result == nil {
                    attempts += 1
                    let running = try run.start(CheckpointedRun.again)
                    // The fifth may come to its end at the latest.
                    if attempts < 5 {
                        try running.wait(milliseconds: Int.random(in: 0..<milliseconds, using: &random))
                        try running.kill(SIGKILL)
                    }
                    let ended = try running.finish()
                    if ended.status != -SIGKILL { result = ended } else { kills += 1 }
                    if result == nil, run.recordedEntries() > 0 { continued += 1 }
                }
                expectSame(try run.contents("out"), expected)
                #expect(result?.status == undisturbed.status, "\(result?.errors ?? "")")
                #expect(result?.errorLines.last == undisturbed.errorLines.last)
                #expect(try run.names().sorted() == ["ckpt", "in", "out", "reference"])
            }
            print("\(work.testDescription): seed \(seed), \(kills) kills, \(continued) runs continued")
        }

        /// Records of which some fail, with all that is hard about their format.
        private static func input(_ format: String, records: Int, _ random: inout SplitMix) -> [UInt8] {
            var text = ["csv": "id,value,note\r\n", "tsv": "id\tvalue\tnote\n", "json": " { "][format] ?? ""
            for number in 0..<records {
                let value = number % 97 == 13 ? "x\(number)" : "\(Int.random(in: 0..<1 << 40, using: &random))"
                let note = String(repeating: "ä1", count: Int.random(in: 0..<30, using: &random))
                switch format {
                case "csv": text += "\(number),\(value),\(number % 31 == 5 ? "\"two\nlines, \(note)\"" : note)\r\n"
                case "tsv": text += "\(number)\t\(value)\t\(note)\n"
                case "ndjson": text += "{\"key\": \(number), \"value\": \"\(value)\", \"note\": \"\(note)\"}\n"
                case "json": text += "\(number == 0 ? "" : ", \n")\"\(number % 5000)\" :\"\(value)\""
                default: text += number == records - 1 ? value : "\(value)\n"
                }
            }
            return Array((text + (format == "json" ? "\n}\n" : "")).utf8)
        }
    }
}

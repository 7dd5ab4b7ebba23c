import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Keys that come again are kept, each in its place.
    @Suite struct DuplicateKeys {
        @Test(arguments: ["json", "ndjson", "csv", "tsv"]) func areKeptInOrder(_ format: String) throws {
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            let count = environment("PROCESSION_RECORDS", or: 20_000)
            let pairs = (0..<count).map { _ in
                (
                    key: "k\(Int.random(in: 0..<50, using: &random))",
                    value: Int.random(in: 0..<1_000_000, using: &random)
                )
            }
            func text(_ value: (Int) -> Int, _ name: String) -> String {
                switch format {
                case "json": "{" + pairs.map { "\"\($0.key)\":\(value($0.value))" }.joined(separator: ",") + "}\n"
                case "ndjson": pairs.map { "{\"key\":\"\($0.key)\",\"\(name)\":\(value($0.value))}\n" }.joined()
                case "csv": "key,\(name)\n" + pairs.map { "\($0.key),\(value($0.value))\n" }.joined()
                default: "key\t\(name)\n" + pairs.map { "\($0.key)\t\(value($0.value))\n" }.joined()
                }
            }
            let run = try procession("map", "-f", format, "-c", "v=double", input: text({ $0 }, "value"))
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Array(text({ $0 * 2 }, "v").utf8))
        }
    }
}

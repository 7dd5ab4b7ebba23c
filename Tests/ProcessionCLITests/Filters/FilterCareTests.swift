import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Workers and filters that are started anew before what they leak does harm.
    @Suite struct FilterCare {
        @Test func noFilterIsSentMoreRecordsThanAWorkerMayMap() throws {
            let run = try procession(
                "map", "-j2", "--records-per-worker", "30", "-x", "while read x; do echo $x $$; done",
                input: (1...1000).map { "\($0)\n" }.joined())
            #expect(run.status == 0 && run.errors == "")
            let answers = run.text.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(answers.map { String($0[0]) } == (1...1000).map(String.init))
            let filters = Dictionary(grouping: answers, by: { $0[1] })
            #expect(filters.values.allSatisfy { $0.count <= 30 }, "\(filters.mapValues(\.count))")
        }

        @Test(arguments: ["lines", "csv", "ndjson"], [true, false])
        func newWorkersWriteWhatTheFirstOnesWouldHave(format: String, isFile: Bool) throws {
            let directory = try TemporaryDirectory()
            let header = format == "csv" ? "key,value\n" : ""
            let text = (1...20_000).map { number in
                switch format {
                case "csv": "k\(number),\(number)\n"
                case "ndjson": "{\"key\":\"k\(number)\",\"value\":\(number)}\n"
                default: "\(number)\n"
                }
            }.joined()
            let file = try directory.file("records", header + text)
            func run(_ options: String) throws -> CommandResult {
                try shell("procession map -j2 -f \(format) -c v=double \(options) \(isFile ? "" : "<")\(file)")
            }
            let run = (try run(""), try run("--records-per-worker 700 --stats \(directory.path)/stats"))
            expectSame(run.1.output, run.0.output)
            #expect(run.1.status == 0 && run.1.errors == "" && run.0.text.contains("40000"))
            let stats = String(decoding: try File.contents(of: directory.path + "/stats"), as: UTF8.self)
            let retired = stats.firstRange(of: "\"workers_retired\":").flatMap {
                Int(stats[$0.upperBound...].prefix { $0.isNumber })
            }
            #expect(retired.map { $0 >= 27 } == true, "\(stats)")
        }

        @Test func aRecordAtWhichTheFilterTakesTooMuchMemoryFailsByName() throws {
            let run = try procession(
                "map", "-j1", "--memory-limit", "32M", "--on-error", "skip", "-x",
                """
                while read x; do
                    if [ $x = 5 ]; then y=$(head -c 200000000 /dev/zero | tr '\\0' y); sleep 9; fi
                    echo $x
                done
                """,
                input: (1...20).map { "\($0)\n" }.joined())
            #expect(run.text == (1...20).filter { $0 != 5 }.map { "\($0)\n" }.joined())
            #expect(run.status == 1)
            #expect(run.errors.contains("record 5"), "\(run.errors)")
            #expect(run.errors.contains("more than 32.0 MiB of memory taken, filter killed"), "\(run.errors)")
        }

        @Test func aFilterThatLeaksIsStartedAnewAndLosesNothing() throws {
            let run = try procession(
                "map", "-j1", "--memory-limit", "24M", "-x",
                "while read x; do l=$l$(head -c 1000000 /dev/zero | tr '\\0' l); echo $x $$; done",
                input: (1...100).map { "\($0)\n" }.joined())
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            let answers = run.text.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(answers.map { String($0[0]) } == (1...100).map(String.init))
            #expect(Set(answers.map { $0[1] }).count >= 3)
        }
    }
}

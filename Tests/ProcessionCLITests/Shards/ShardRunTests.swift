import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Shards put together are, byte for byte and word for word, the run of one machine.
    @Suite struct Shards {
        struct Work: CustomTestStringConvertible {
            let file: String
            let arguments: [String]
            var isIndexed = false
            var testDescription: String { "\(file)\(isIndexed ? " indexed" : "") \(arguments.joined(separator: " "))" }
        }

        static let works = [
            Work(file: "a.txt", arguments: ["-c", "v=upper", "-c", "n=length"]),
            Work(file: "a.txt", arguments: ["-x", "sed s/o/0/"]),
            Work(file: "a.txt", arguments: ["-c", "v=upper", "-t", "ndjson"], isIndexed: true),
            Work(file: "a.txt", arguments: ["-c", "v=upper", "-t", "json"], isIndexed: true),
            Work(file: "a.txt", arguments: ["-x", "sed -E 's/([0-9]+)\\t/\\1\\tN\\1 /'", "--tagged"], isIndexed: true),
            Work(file: "a.csv", arguments: ["-c", "v=upper@name"], isIndexed: true),
            Work(file: "a.csv", arguments: ["-c", "v=double@n", "--append"], isIndexed: true),
            Work(file: "a.csv", arguments: ["-c", "v=upper@name", "-c", "w=string@n", "-t", "json"], isIndexed: true),
            Work(file: "a.csv", arguments: ["-x", "cat", "--value", "n"], isIndexed: true),
            Work(
                file: "a.csv",
                arguments: ["-x", "cat", "--send", "json", "--answers-format", "json", "--answers", "n:json"],
                isIndexed: true),
            Work(file: "a.tsv", arguments: ["-c", "v=upper@name"]),
            Work(
                file: "a.tsv", arguments: ["-x", "cat", "--value", "n", "--answers", "v:number", "-c", "u=upper@name"]),
            Work(file: "a.tsv", arguments: ["-c", "v=run:printf %s/%s {name} {n}"]),
            Work(file: "a.txt", arguments: ["-c", "v=run:printf %s/%s {#} {value}"], isIndexed: true),
            Work(file: "a.tsv", arguments: ["-c", "v=double@n", "--append", "-t", "csv"]),
            Work(file: "a.tsv", arguments: ["-c", "v=double@n", "--append", "-t", "ndjson"], isIndexed: true),
            Work(file: "a.ndjson", arguments: ["-c", "v=double"]),
            Work(file: "a.ndjson", arguments: ["-c", "v=double", "--append"], isIndexed: true),
            Work(file: "a.ndjson", arguments: ["-c", "v=double", "--key", "name", "-t", "csv"]),
            Work(file: "a.json", arguments: ["-c", "v=double"], isIndexed: true),
            Work(file: "a.json", arguments: ["-c", "v=double", "-c", "w=string", "--split"], isIndexed: true),
            Work(file: "a.json", arguments: ["-c", "v=string", "-t", "tsv"], isIndexed: true),
            Work(file: "b.tsv", arguments: ["-c", "v=double@n"]),
            Work(file: "b.tsv", arguments: ["-c", "v=double@n", "--on-error", "skip"]),
            Work(file: "b.tsv", arguments: ["-c", "v=double@n", "--on-error", "null"], isIndexed: true),
            Work(file: "b.json", arguments: ["-c", "v=double", "-c", "w=length", "--split"], isIndexed: true),
            Work(file: "m.csv", arguments: ["-c", "v=upper@name"], isIndexed: true),
            Work(file: "m.tsv", arguments: ["-c", "v=upper@name"]),
            Work(file: "m.ndjson", arguments: ["-c", "v=double"]),
            Work(file: "e.txt", arguments: ["-c", "v=upper"]),
            Work(file: "e.csv", arguments: ["-c", "v=upper@name"], isIndexed: true),
        ]

        static let most = 60

        /// `a`: all is well; `b`: record 37 fails; `m`: record 37 is malformed; `e`: there is none.
        static func input(_ file: String) -> [UInt8] {
            let numbers = file.hasPrefix("e") ? 0..<0 : 0..<most
            func value(_ number: Int) -> String { file.hasPrefix("b") && number % 40 == 37 ? "x" : "\(number)" }
            func isWrong(_ number: Int) -> Bool { file.hasPrefix("m") && number == 37 }
            switch file.split(separator: ".").last {
            case "csv":
                return Array("id,name,n\r\n".utf8)
                    + numbers.flatMap {
                        Array((isWrong($0) ? "\($0)\r\n" : "\($0),\"two\nlines, \"\"ä\"\"\",\(value($0))\r\n").utf8)
                    }
            case "tsv":
                return Array("id\tname\tn\n".utf8)
                    + numbers.flatMap { Array((isWrong($0) ? "\($0)\n" : "\($0)\tone \($0)\t\(value($0))\n").utf8) }
            case "ndjson":
                return numbers.flatMap {
                    Array(
                        (isWrong($0)
                            ? "{\"key\":}\n" : "{\"key\":\"k\($0)\",\"name\":\"m\($0)\",\"value\":\(value($0))}\n")
                            .utf8)
                }
            case "json":
                let members = numbers.map { "\"k\($0)\": \(value($0) == "x" ? "null" : value($0))" }
                return Array("{\(members.joined(separator: ",\n"))}\n".utf8)
            default: return numbers.flatMap { Array("word number \($0)\n".utf8) }
            }
        }

        @Test(arguments: works) func putTogetherAreTheRunOfOneMachine(_ work: Work) throws {
            for count in [1, 2, 7] { try compare(work, shards: count) }
        }

        /// There are more shards than records.
        @Test(arguments: [works[0], works[7], works[16], works[19]])
        func sixtyFourOfThemAreTheRunOfOneMachine(_ work: Work) throws { try compare(work, shards: 64) }

        private func compare(_ work: Work, shards count: Int) throws {
            let run = try ShardedRun(work.file, Self.input(work.file), work.arguments, isIndexed: work.isIndexed)
            let one = try run.one()
            try run.shards(count)
            let merged = try run.run("merge out/")
            expectSame(merged.output, one.output)
            #expect(merged.status == one.status && merged.errors == one.errors, "\(count) shards: \(merged.errors)")
            let file = try run.run("merge out/ -o merged --stats stats --clean")
            #expect(file.status == one.status)
            // A run that stops leaves what had the name before.
            let isWhole = one.status == 0 || work.arguments.contains("skip") || work.arguments.contains("null")
            #expect(try run.has("merged") == isWhole)
            if isWhole {
                expectSame(try File.contents(of: run.directory.path + "/merged"), one.output)
                // One manifest each, the plan, and no more data than they name.
                #expect(try run.names().filter { $0.hasSuffix(".json") }.count == count + 1)
                #expect(try run.names().allSatisfy { !$0.hasSuffix(".ckpt") && !$0.hasSuffix(".tmp") })
            }
            let stats = try shell("cat stats", directory: run.directory.path).text
            #expect(stats.contains("\"records\":") && stats.contains("\"wall\":") && stats.hasSuffix("}\n"))
        }

        @Test func eachIsADocumentOfItsOwn() throws {
            let run = try ShardedRun("a.json", Self.input("a.json"), ["-c", "v=double"], isIndexed: true)
            try run.shards(30)
            #expect(try run.run("merge out/ --only 1").text == "{\"k2\":4,\"k3\":6}\n")
            #expect(try run.run("merge out/ --only 30").status == 2)
        }

        @Test func theirFilesAreListedInOrder() throws {
            let run = try ShardedRun("a.txt", Self.input("a.txt"), ["-c", "v=upper"], isIndexed: false)
            try run.shards(7)
            let listed = try shell("procession merge out/ --list | xargs cat", directory: run.directory.path)
            expectSame(listed.output, try run.one().output)
        }

        @Test func aMergeThatFollowsWritesWhatIsSettled() throws {
            let run = try ShardedRun("a.txt", Self.input("a.txt"), ["-c", "v=upper"], isIndexed: false)
            _ = try run.shard(0, of: 3)
            let merge = try run.start("merge out/ --follow")
            let expected = try run.one().output
            try merge.wait { merge.written.count > 50 }
            #expect(merge.written.count < expected.count / 2)
            _ = try run.shard(2, of: 3)
            _ = try run.shard(1, of: 3)
            let merged = try merge.finish()
            #expect(merged.status == 0)
            expectSame(merged.output, expected)
        }

        // MARK: Again

        @Test func aSettledShardIsNotRunAgain() throws {
            let run = try ShardedRun("a.txt", Self.input("a.txt"), ["-c", "v=upper"], isIndexed: false)
            try run.shards(2)
            let before = try run.names()
            let again = try run.shard(1, of: 2)
            #expect(again.status == 0 && again.errors.contains("shard 1 of 2 is done already"))
            #expect(try run.names() == before)
        }

        @Test func aFailedShardGoesOnAtItsRecord() throws {
            let directory = try TemporaryDirectory()
            _ = try directory.file("in", Self.input("a.txt"))
            // Fails until there is a file, and counts what it is sent.
            let filter =
                "while read -r l; do echo . >>sent; case $l in *37) [ -e good ] || exit 3;; esac; echo \"$l\"; done"
            func run() throws -> CommandResult {
                try RunningCommand(
                    script: "exec procession map in --shard 1/2 -o out -x \"$1\" -j1 --chunk-size 1 --retries 0",
                    [filter], directory: directory.path
                ).finish()
            }
            #expect(try run().status == 1)
            let missing = try shell("procession merge out --missing", directory: directory.path)
            #expect(missing.text == "0-1\n")
            _ = try directory.file("good", "")
            _ = try shell("rm sent", directory: directory.path)
            #expect(try run().status == 0)
            #expect(try shell("wc -l <sent", directory: directory.path).text == "23\n", "records are mapped again")
            #expect(try shell("procession merge out --missing", directory: directory.path).text == "0\n")
        }

        @Test func anAttemptThatWasKilledIsGoneOnFrom() throws {
            let run = try ShardedRun(
                "in", Self.input("a.txt"),
                ["--chunk-size", "1", "-x", "while read -r l; do sleep 0.05; echo $l; done"],
                isIndexed: false)
            let first = try run.start("map --shard 0/1 -o out/ in")
            try first.wait {
                try run.names().contains { $0.hasSuffix(".ckpt") }
                    && shell("cat out/*.out | wc -l", directory: run.directory.path).text != "0\n"
            }
            try first.wait(milliseconds: 1200)
            try first.kill(SIGKILL)
            _ = try first.finish()
            #expect(try run.run("merge out/").status == 2)
            let begun = Instant.now
            let second = try run.shard(0, of: 1)
            #expect(second.status == 0 && (.now - begun) < .seconds(2.8), "\(second.errors)")
            expectSame(try run.run("merge out/ --clean").output, Self.input("a.txt"))
            #expect(try run.names().filter { $0.hasSuffix(".out") }.count == 1)
        }

        /// As an engine runs them: the number comes from the environment, and the count of the whole submission.
        @Test func theEnginesNumberIsTaken() throws {
            let run = try ShardedRun("a.txt", Self.input("a.txt"), ["-c", "v=upper"], isIndexed: false)
            for number in [2, 0, 1] {
                let array = [
                    "SLURM_ARRAY_TASK_ID=\(number)", "SLURM_ARRAY_TASK_COUNT=3", "SLURM_ARRAY_TASK_MIN=0",
                    "SLURM_ARRAY_TASK_MAX=2", "SLURM_ARRAY_TASK_STEP=1",
                ]
                #expect(try run.run("map --shard auto -o out/ a.txt", environment: array).status == 0)
            }
            expectSame(try run.run("merge out/").output, try run.one().output)
            // What is submitted again has another count, and the plan has the right one.
            let again = try run.run("map --shard auto -o out/ a.txt", environment: ["SLURM_ARRAY_TASK_ID=3"])
            #expect(again.status == 2 && again.errors.contains("planned for 3 shards"))
        }
    }
}

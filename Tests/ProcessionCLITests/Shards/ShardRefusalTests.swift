import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Shards that do not belong together are refused, with the reason and what to do.
    @Suite struct ShardRefusals {
        private func settled(_ count: Int = 3) throws -> ShardedRun {
            let run = try ShardedRun("a.txt", Shards.input("a.txt"), ["-c", "v=upper"], isIndexed: false)
            try run.shards(count)
            return run
        }

        private func expectRefusal(_ result: CommandResult, _ words: String...) {
            #expect(result.status == 2 && result.output.isEmpty, "\(result)")
            #expect(result.errorLines.count == 1)
            for text in words { #expect(result.errors.contains(text), "\(result.errors)") }
        }

        @Test func missingShardsAreNamedAsAnArrayTakesThem() throws {
            let run = try settled(9)
            _ = try shell("rm out/00001.json out/0000[567].json", directory: run.directory.path)
            expectRefusal(try run.run("merge out/"), "4 of 9 shards are missing", "--array=1,5-7")
            expectRefusal(try run.run("merge out/ -o x"), "--array=1,5-7")
            #expect(try run.run("merge out/ --missing").text == "1,5-7\n")
            for shard in [1, 5, 6, 7] { _ = try run.shard(shard, of: 9) }
            #expect(try run.run("merge out/ --missing").text == "")
            #expect(try run.run("merge out/").status == 0)
        }

        @Test func anotherCommandInputOrCountIsRefused() throws {
            let run = try settled()
            func map(_ words: String) throws -> CommandResult {
                try shell("exec procession map \(words)", directory: run.directory.path)
            }
            expectRefusal(
                try map("--shard 0/3 -o out a.txt -c v=lower"), "--column v=upper, and this is with --column v=lower")
            expectRefusal(try map("--shard 0/4 -o out a.txt -c v=upper"), "planned for 3 shards")
            expectRefusal(try map("--shard 0/3 -o out a.txt -c v=upper --on-error skip"), "--on-error fail")
            _ = try shell("touch -d '2001-01-01' a.txt", directory: run.directory.path)
            expectRefusal(try map("--shard 0/3 -o out a.txt -c v=upper"), "was written to since", "another directory")
            _ = try shell("echo >>a.txt", directory: run.directory.path)
            expectRefusal(try map("--shard 0/3 -o out a.txt -c v=upper"), "bytes")
        }

        @Test func whatIsTornIsWaitedForAndRefused() throws {
            let run = try settled()
            let good = try run.one().output
            _ = try shell("cp out/00001.json keep; head -c 99 keep >out/00001.json", directory: run.directory.path)
            expectRefusal(try run.run("merge out/ --wait 0 -o x"), "00001.json' is torn", "--array=1")
            // It becomes visible meanwhile.
            let merge = try run.start("merge out/ --wait 20")
            try merge.wait { !merge.complaints.isEmpty }
            _ = try shell("cp keep out/00001.json", directory: run.directory.path)
            let merged = try merge.finish()
            #expect(merged.status == 0 && merged.errors.contains("waiting for shard 1 to become visible"))
            expectSame(merged.output, good)
        }

        @Test(arguments: ["echo x >>$F; truncate -s 20 $F", "printf X | dd of=$F conv=notrunc status=none", "rm $F"])
        func changedDataIsRefused(_ change: String) throws {
            let run = try settled()
            _ = try shell("F=$(ls out/00001.*.out); \(change)", directory: run.directory.path)
            let merged = try run.run("merge out/ --wait 0")
            #expect(merged.status == 2 && merged.errors.contains("is not what the manifest of shard 1 says"))
            // What was written is a prefix.
            #expect(try run.one().output.starts(with: merged.output))
            let file = try run.run("merge out/ --wait 0 -o x")
            #expect(file.status == 2)
            #expect(try !run.has("x"))
        }

        @Test func anotherPlanIsRefused() throws {
            let run = try settled()
            _ = try shell(
                """
                procession map a.txt -c v=lower --shard 1/3 -o other
                cp other/00001.json out/00001.json; cp other/00001.*.out out/
                """, directory: run.directory.path)
            expectRefusal(try run.run("merge out/ --wait 0 --list"), "shard 1 was run for another plan", "--array=1")
            expectRefusal(try run.shard(1, of: 3), "is of another run than plan.json")
            _ = try shell("echo '{}' >out/plan.json", directory: run.directory.path)
            expectRefusal(try run.run("merge out/"), "plan.json")
            _ = try shell("rm out/plan.json", directory: run.directory.path)
            expectRefusal(try run.run("merge out/"), "there is no 'out/plan.json'", "--shard K/N")
        }

        @Test func whatCannotBeCutNeedsAnIndex() throws {
            for (file, words) in [
                ("a.csv", ["-c", "v=upper@name"]), ("a.json", ["-c", "v=double"]),
                ("a.txt", ["-c", "v=upper", "-t", "csv"]),
                ("a.txt", ["-x", "cat", "--tagged"]), ("a.txt", ["-x", "cat", "--send", "json"]),
                ("a.tsv", ["-c", "v=run:echo {#}"]), ("a.txt", ["-c", "v=run:echo {key}"]),
            ] {
                let run = try ShardedRun(file, Shards.input(file), words, isIndexed: false)
                expectRefusal(try run.shard(0, of: 2), "procession index \(file)")
            }
        }

        @Test func anIndexOfOtherInputIsRefused() throws {
            let run = try ShardedRun("a.csv", Shards.input("a.csv"), ["-c", "v=upper@name"], isIndexed: true)
            // A copy has another time, and the same bytes.
            _ = try shell("touch -d 2001-01-01 a.csv", directory: run.directory.path)
            #expect(try run.shard(0, of: 2).status == 0)
            _ = try shell("sed -i s/two/TWO/ a.csv", directory: run.directory.path)
            expectRefusal(try run.shard(1, of: 2), "is of another input", "procession index")
            _ = try shell("echo >>a.csv", directory: run.directory.path)
            expectRefusal(try run.shard(1, of: 2), "is of another input", "bytes")
            _ = try shell("echo >a.csv.pidx", directory: run.directory.path)
            expectRefusal(try run.shard(1, of: 2), "is damaged")
        }

        @Test(arguments: [
            ("map --shard 0/2 -c v=upper a.txt", "--shard needs --output"),
            ("map --shard 0/2 -c v=upper -o out", "--shard needs a FILE"),
            ("map --shard 0/2 -c v=upper -o out - <a.txt", "--shard needs a FILE"),
            ("map --shard 0/2 -c v=upper -o out /dev/null", "is no regular file"),
            ("map --shard 2/2 -c v=upper -o out a.txt", "numbered from 0"),
            ("map --shard auto -c v=upper -o out a.txt", "--shard K/N"),
            ("map --shard 0/2 -c v=upper -o a.txt a.txt", "cannot write to 'a.txt'"),
            ("map --shard 0/2 -c v=upper -o out --checkpoint c a.txt", "--shard cannot be combined with --checkpoint"),
            ("map --shard 0/2 -c v=upper -o out a.gz -f lines", "zcat"), ("merge", "name the DIR/"),
            ("index", "name the FILE"),
            ("merge a b", "unexpected argument 'b'"), ("merge out --mising", "--missing"),
            ("merge out --only x", "whole number"),
            ("merge out --list --follow", "cannot be combined"), ("merge out --missing -o x", "merges nothing"),
            ("merge nowhere", "there is no 'nowhere/plan.json'"), ("index nowhere", "cannot open"),
        ])
        func wrongUseIsRefusedBeforeAnythingIsTouched(_ words: String, _ reason: String) throws {
            let directory = try TemporaryDirectory()
            _ = try shell("seq 9 >a.txt; gzip -c a.txt >a.gz", directory: directory.path)
            let result = try shell("exec procession \(words)", directory: directory.path)
            #expect([2, 3, 5].contains(result.status) && result.output.isEmpty)
            #expect(result.errors.contains(reason), "\(result.errors)")
            #expect(try shell("ls -A", directory: directory.path).text == "a.gz\na.txt\n")
        }

        @Test func theOutputIsNoFileOfTheShards() throws {
            let run = try settled()
            expectRefusal(try run.run("merge out/ -o out/00001.json"), "is a file of the shards")
            expectRefusal(try run.run("merge out/ -o x --stats out/plan.json"), "is a file of the shards")
        }
    }
}

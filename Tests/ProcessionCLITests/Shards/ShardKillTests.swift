import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Attempts of the same shards at once, killed at any moment: a merge is refused, or right.
    @Suite struct ShardKills {
        /// An input that takes a shard some hundred milliseconds, of which some records fail.
        private static let input = (0..<90).flatMap { Array("\($0 % 30 == 7 ? "x" : "")\($0)\n".utf8) }
        private static let work = ["-c", "v=double", "--on-error", "skip", "--chunk-size", "1"]
        private static let shards = 3

        @Test func aMergeIsRefusedOrRight() throws {
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            var (kills, refused, rounds) = (0, 0, 0)
            while kills < 100 {
                rounds += 1
                let run = try ShardedRun("in", Self.input, Self.work, isIndexed: false)
                let one = try run.one()
                var isWhole = false
                var attempts = 0
                while !isWhole {
                    attempts += 1
                    try #require(attempts < 10, "the shards never become whole")
                    // Two attempts of each shard, begun together.
                    let running = try (0..<Self.shards * 2).map {
                        try run.start("map --shard \($0 % Self.shards)/\(Self.shards) -o out/ in")
                    }
                    for attempt in running.shuffled(using: &random) {
                        try attempt.wait(milliseconds: Int.random(in: 0...60, using: &random))
                        // The sixth may come to its end, however slow the machine is.
                        if attempts < 6, Int.random(in: 0..<12, using: &random) > 0 { try attempt.kill(SIGKILL) }
                    }
                    for attempt in running { kills += try attempt.finish().status == -SIGKILL ? 1 : 0 }
                    let merged = try run.run("merge out/ --wait 0")
                    isWhole = merged.status == one.status && merged.errors == one.errors
                    if isWhole {
                        expectSame(merged.output, one.output)
                    } else {
                        refused += 1
                        #expect(merged.status == 2 && merged.output.isEmpty, "\(merged)")
                        #expect(
                            merged.errors.contains("missing; run")
                                || merged.errors.contains("there is no 'out/plan.json'"),
                            "\(merged.errors)")
                    }
                }
                // Whoever goes on does not disturb what is settled.
                let again = try run.shard(0, of: Self.shards)
                #expect(again.status == 0 && again.errors.contains("is done already"))
                expectSame(try run.run("merge out/ --clean").output, one.output)
                #expect(try run.names().filter { $0.hasSuffix(".out") }.count == Self.shards)
            }
            print("\(rounds) rounds, \(kills) kills, \(refused) merges refused")
        }
    }
}

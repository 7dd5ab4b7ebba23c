import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Processes that are killed: a worker costs nothing, the parent takes its workers along.
    @Suite struct Kills {
        @Test func killingTwentyWorkersChangesNoByte() throws {
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            let directory = try TemporaryDirectory()
            let run = try start(
                "map", "-j", "2", "-c", "upper=upper", "-c", "same=identity", "--stats", directory.path + "/stats")
            var expected: [UInt8] = []
            var killed: Set<Int32> = []
            // Each kill falls into the work on a piece of its own, so that no record is hit twice.
            for round in 0..<21 {
                var piece: [UInt8] = []
                for line in 0..<1500 {
                    let length = Int.random(in: 0..<400, using: &random)
                    piece += Array("round \(round), line \(line) ".utf8)
                    piece += [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    piece.append(UInt8(ascii: "\n"))
                }
                for line in piece.split(separator: UInt8(ascii: "\n")) {
                    expected += upper(Array(line)) + [UInt8(ascii: "\t")] + line + [UInt8(ascii: "\n")]
                }
                let cut = Int.random(in: 0..<piece.count, using: &random)
                try run.send(Array(piece[..<cut]))
                // One that was killed before may not be buried yet.
                let workers = try run.workers().filter { !killed.contains($0) }
                if round < 20, let victim = workers.randomElement(using: &random) {
                    usleep(UInt32.random(in: 0..<5000, using: &random))
                    #expect(kill(victim, SIGKILL) == 0)
                    killed.insert(victim)
                }
                try run.send(Array(piece[cut...]))
                try run.wait { run.written.count >= expected.count }
            }
            let result = try run.finish()
            #expect(result.status == 0, "\(result.errors)")
            expectSame(result.output, expected)
            let statistics = String(decoding: try File.contents(of: directory.path + "/stats"), as: UTF8.self)
            #expect(statistics.contains(#""records":31500,"failed":0,"#), "\(statistics)")
            // The kernel's list of children may miss one that has just come, and then nobody is killed in that round.
            #expect(killed.count >= 15)
            #expect(statistics.contains("\"workers_replaced\":\(killed.count),"), "\(statistics)")
        }

        @Test func aRunThatWaitsForInputSurvivesTheLossOfAllItsWorkers() throws {
            let run = try start("map", "-j", "3", "-c", "v=upper")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            for worker in try run.workers() { kill(worker, SIGKILL) }
            try run.send("b\n")
            try run.wait { run.written.count == 4 }
            #expect(try run.finish().text == "A\nB\n")
        }

        @Test func workersThatWaitAreGoneASecondAfterTheirParentWasKilled() throws {
            let run = try start("map", "-j", "4", "-c", "v=upper")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            try #require(try run.workers().count == 4)
            try run.kill(SIGKILL)
            #expect(try run.finish().status == -SIGKILL)
        }

        /// In the background, in a session of its own, or as a filter that does not read: what a filter has started
        /// ends.
        @Test(arguments: [
            "sleep 4321 & cat", "setsid sh -c 'sleep 4321 & sleep 4321' & cat", "(sleep 4321 &) ; cat; sleep 4321",
        ])
        func whatAFilterStartedIsGoneASecondAfterTheParentWasKilled(_ filter: String) throws {
            let run = try start("map", "-j", "2", "-x", filter)
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            try run.kill(SIGKILL)
            #expect(try run.finish().status == -SIGKILL)
        }

        @Test func workersAtWorkAreGoneASecondAfterTheirParentWasKilled() throws {
            let run = try start("map", "-j", "4", "-c", "v=upper")
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 99) + [UInt8(ascii: "\n")]
            try run.send(Array(repeatElement(line, count: 30_000).joined()))
            try run.kill(SIGKILL)
            let result = try run.finish()
            #expect(result.status == -SIGKILL)
            let whole = upper(Array(repeatElement(line, count: 30_000).joined()))
            #expect(whole.starts(with: result.output))
        }

        @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
        func aSignalEndsTheRunAndItsWorkers(_ signal: Int32) throws {
            let run = try start("map", "-j", "2", "-c", "v=upper")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            try run.kill(signal)
            try run.wait { run.ending != nil }
            #expect([-signal, 128 + signal].contains(try run.finish().status))
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Progress where there is no terminal: sentences, and the answer to a signal that asks.
    @Suite struct ProgressSentences {
        @Test func nothingIsSaidIntoAPipeUnlessAskedFor() throws {
            let run = try procession("map", "-x", "sleep 1; cat", input: "one\n", redirection: ">/dev/null")
            #expect(run.errors == "")
        }

        @Test func askedForTheLastLineIsSaidWithoutEscapes() throws {
            let run = try procession("map", "--progress", "-x", "sleep 1; cat", input: "one\n")
            #expect(
                try #/procession: 1 record done in \d(\.\d)? s\n/#.wholeMatch(in: run.errors) != nil, "\(run.errors)")
            let failed = try procession("map", "--progress", "-c", "v=double", "--on-error", "skip", input: "1\nx\n")
            #expect(
                try #/.*procession: 2 records done in 0\.\d s, 1 of them failed and was left out\n/#
                    .dotMatchesNewlines()
                    .wholeMatch(in: failed.errors) != nil, "\(failed.errors)")
        }

        /// What is answered to the signal.
        private func ask(_ run: RunningCommand) throws -> String {
            let before = run.complaints.count
            try run.kill(SIGUSR1)
            try run.wait { run.complaints.dropFirst(before).contains(UInt8(ascii: "\n")) }
            return String(decoding: run.complaints.dropFirst(before), as: UTF8.self)
        }

        @Test func aSignalAsksWhereTheRunIs() throws {
            let run = try start("map", "-j1", "--chunk-size", "1", "-x", "while read x; do echo $x; done")
            try run.send("1\n2\n3\n")
            try run.wait { run.written.count == 6 }
            for _ in 0..<3 {
                let answer = try ask(run)
                #expect(answer.hasPrefix("procession: 3 records done") && answer.hasSuffix("\n"), "\(answer)")
            }
            try run.send("4\n")
            let result = try run.finish()
            #expect(result.status == 0)
            #expect(result.text == "1\n2\n3\n4\n")
        }

        @Test func aSignalAsksARunThatWaitsForItsHeader() throws {
            let run = try start("map", "-f", "csv", "-c", "v=upper")
            try run.waitUntilSignalsAreWatched()
            #expect(try ask(run).hasPrefix("procession: 0 records done"))
            try run.send("k,v\na,b\n")
            #expect(try run.finish().text == "k,v\na,B\n")
        }

        @Test func aSignalAsksARunWhoseReaderTakesNothing() throws {
            let directory = try TemporaryDirectory()
            let line = String(repeating: "x", count: 999) + "\n"
            let input = try directory.file("input", String(repeating: line, count: 4000))
            let run = try RunningCommand(script: "exec procession map -c v=identity \"$1\" > >(sleep 8)", [input])
            try run.waitUntilSignalsAreWatched()
            var answer = ""
            while run.ending == nil, !answer.contains("waiting for the reader of the output") { answer = try ask(run) }
            #expect(answer.hasPrefix("procession: "))
            #expect(try run.finish().status == 141)
        }

        /// Workers and keepers of filters have the command's name too.
        @Test func askingAllProcessesOfTheRunEndsNone() throws {
            let run = try start("map", "-j2", "--chunk-size", "1", "-x", "trap 'echo asked >&2' USR1; cat")
            try run.send("1\n")
            try run.wait { run.written.count == 2 }
            let workers = try run.workers()
            for _ in 0..<20 {
                for worker in workers {
                    for keeper in try children(of: worker) { kill(keeper, SIGUSR1) }
                    kill(worker, SIGUSR1)
                }
                _ = try ask(run)
            }
            #expect(try run.workers() == workers)
            try run.send("2\n3\n")
            let result = try run.finish()
            #expect(result.status == 0)
            #expect(result.text == "1\n2\n3\n")
            #expect(result.errorLines.allSatisfy { $0.contains("done") }, "\(result.errors)")
        }
    }
}

extension RunningCommand {
    /// Until the signals that end a run, or ask, are blocked because they are read. A shell blocks SIGTERM alone at
    /// times.
    fileprivate func waitUntilSignalsAreWatched() throws {
        try wait {
            let status = String(decoding: (try? File.contents(of: "/proc/\(self.pid)/status")) ?? [], as: UTF8.self)
            let mask = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }?.suffix(16)
            guard let mask = UInt64(mask ?? "", radix: 16) else { return true }
            return [SIGTERM, SIGUSR1].allSatisfy { mask & 1 << UInt64($0 - 1) != 0 }
        }
    }
}

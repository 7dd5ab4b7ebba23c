import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// What a run keeps in memory does not grow with its input, whoever is slow.
    @Suite struct MemoryBounds {
        /// The most that a process has had in memory, in KiB.
        private func peak(of pid: Int32) throws -> Int {
            let status = String(decoding: try File.contents(of: "/proc/\(pid)/status"), as: UTF8.self)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return try #require(line.flatMap { Int($0.filter(\.isNumber)) })
        }

        /// Over the window: two blocks of input, slots, code and heap of a debug build.
        private let allowance = 64 << 10

        @Test func aReaderThatTakesNothingStopsTheReading() throws {
            let input = records(700_000)
            let run = try RunningCommand(
                script: "exec procession map -j 2 -c v=identity --window 4M | { sleep 1; cat; }", limit: .seconds(120))
            // The shell is the parent of the run here.
            try run.send(Array(input[..<1_000_000]))
            let pid = try #require(
                try children(of: run.pid).first { pid in
                    (try? File.contents(of: "/proc/\(pid)/cmdline").starts(with: "procession".utf8)) ?? false
                })
            try run.send(Array(input[1_000_000...]))
            #expect(try peak(of: pid) < 4096 + allowance)
            let result = try run.finish()
            #expect(result.status == 0)
            expectSame(result.output, input)
        }

        @Test func aSlowFirstRecordStopsNothingButTheOutputAndMemoryStaysFlat() throws {
            // One worker sleeps on the first record, the other goes on as far as the window lets it.
            let filter = "while read -r line; do [ \"$line\" = 'record 1' ] && sleep 1; echo \"$line\"; done"
            let input = records(60_000)
            let run = try start("map", "-j", "2", "--chunk-size", "1000", "--window", "1M", "-x", filter)
            try run.send(input)
            #expect(try peak(of: run.pid) < 1024 + allowance)
            let result = try run.finish()
            #expect(result.status == 0, "\(result.errors)")
            expectSame(result.output, input)
        }

        @Test func aSlowFirstRecordStopsTheReadingOfWhatTheWindowCannotHold() throws {
            let directory = try TemporaryDirectory()
            let input = Array(
                ("first\n" + (0..<50_000).map { "\($0) \(String(repeating: "x", count: 100))\n" }.joined()).utf8)
            let path = try directory.file("input", input)
            let run = try start(
                "map", "-j", "2", "--window", "1M", "-x", "awk '$0 == \"first\" { system(\"sleep 3\") } { print }'",
                path)
            var read = 0
            while run.written.isEmpty, run.ending == nil {
                for (number, target) in (try? ResourceCensus.openDescriptors(of: run.pid)) ?? [:] where target == path {
                    let info = (try? File.contents(of: "/proc/\(run.pid)/fdinfo/\(number)")) ?? []
                    read =
                        Int(String(decoding: info, as: UTF8.self).split { $0.isWhitespace }.dropFirst().first ?? "")
                        ?? read
                }
                try run.wait(upTo: .now + .milliseconds(10))
            }
            #expect((1...3 << 20).contains(read), "\(read) of \(input.count) bytes")
            let result = try run.finish()
            #expect(result.status == 0, "\(result.errors)")
            expectSame(result.output, input)
        }

        #if DEBUG
            /// Behind a slow record the window fills, and memory of that size comes in huge pages where there are some.
            @Test func aFullWindowNeedsNoHugePages() throws {
                let directory = try TemporaryDirectory()
                let long = String(repeating: "x", count: 4000)
                let input = Array(("first\n" + (0..<12_000).map { "\($0) \(long)\n" }.joined()).utf8)
                let job = FaultJob(
                    arguments: [
                        "map", "-j", "2", "-x", "awk '$0 == \"first\" { system(\"sleep 4\") } { print }'",
                        try directory.file("input", input),
                    ],
                    input: [], expected: input)
                for fault in ["", "parent madvise 3+ fail:ENOMEM"] {
                    let outcome = try job.run(fault)
                    #expect(job.unharmed(outcome, fault) == nil)
                    // Two for the segments themselves. What is refused twice for a segment is not asked again.
                    let calls = outcome.counts["madvise"]![0]
                    #expect(fault.isEmpty ? calls > 6 : calls == 6, "\(calls) calls with \(fault)")
                }
            }
        #endif
    }
}

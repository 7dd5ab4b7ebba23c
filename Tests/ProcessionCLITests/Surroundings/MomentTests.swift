import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Signals at any moment, from before the run is ready until after it is done.
    @Suite struct Moments {
        private static let rounds = environment("PROCESSION_ROUNDS", or: 30)

        private func dice(_ name: String) -> SplitMix {
            SplitMix(seed: printedSeed(name))
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL])
        func aSignalAtAnyMomentLeavesAPrefixAndNobody(_ signal: Int32) throws {
            var random = dice("moments of \(signal)")
            let directory = try TemporaryDirectory()
            let lines = records(20_000)
            let file = try directory.file("input", lines)
            for round in 0..<Self.rounds {
                let mode = round % 2 == 0 ? ["-c", "v=identity"] : ["-x", "cat"]
                let run = try RunningCommand(script: "exec procession map -j 3 \"$@\"", mode + [file])
                usleep(UInt32.random(in: 0..<120_000, using: &random))
                try run.kill(signal)
                let result = try run.finish()
                // Before it watches for signals, it ends by them as any program does.
                #expect([0, 128 + signal, -signal].contains(result.status), "\(result.status) \(result.errors)")
                #expect(lines.starts(with: result.output))
                if result.status == 0 { expectSame(result.output, lines) }
            }
        }

        #if DEBUG
            /// The parent is gone before the worker has asked to die with it.
            @Test func aWorkerWhoseParentDiedBeforeItCouldAskEndsByItself() throws {
                for _ in 0..<environment("PROCESSION_ROUNDS", or: 4) {
                    let run = try RunningCommand(
                        script: "exec procession map -j 3 -c v=upper",
                        environment: ["PROCESSION_FAULTS=worker prctl 1+ delay:300"])
                    try run.wait { try run.workers().count == 3 }
                    try run.kill(SIGKILL)
                    #expect(try run.finish().status == -SIGKILL)
                }
            }
        #endif

        /// Stopping and going on interrupts calls too, and here in all of the run's processes.
        @Test func aStormOfStopsChangesNoByte() throws {
            var random = dice("stops")
            let input = records(150_000)
            for mode in [["-c", "v=identity"], ["-x", "cat"]] {
                let run = try RunningCommand(script: "exec procession map -j 2 \"$@\"", mode)
                for piece in stride(from: 0, to: input.count, by: 50_000) {
                    let all = try [run.pid] + run.workers()
                    let stopped = all.filter { _ in Bool.random(using: &random) }
                    for pid in stopped { kill(pid, SIGSTOP) }
                    usleep(UInt32.random(in: 0..<2000, using: &random))
                    for pid in stopped { kill(pid, SIGCONT) }
                    try run.send(Array(input[piece..<min(piece + 50_000, input.count)]))
                }
                let result = try run.finish()
                #expect(result.status == 0, "\(result.errors)")
                expectSame(result.output, input)
            }
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Random words written into the result segment while runs go on. Tests/Long/hostile does the same a million times
    /// under AddressSanitizer.
    @Suite struct Mutations {
        @Test func noRunHangsAndNoParentDies() throws {
            let program = try RunningCommand(
                script: "exec \"$(command -v MutatedRuns)\" 6000 \"$1\"", ["\(RandomSeed.random64())"],
                limit: .seconds(300))
            let run = try program.finish()
            print(run.text.split(separator: "\n").first ?? "", run.text.split(separator: "\n").last ?? "")
            #expect(run.status == 0, "\(run.ending): \(run.text.suffix(2000))\n\(run.errors.suffix(2000))")
        }
    }
}

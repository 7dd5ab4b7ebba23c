internal import Foundation
import Testing

/// A program with the library in it, run as a whole.
@Suite struct EmbeddingTests {
    @Test func nothingOfTheUsersMainRunsInAWorker() throws {
        let directory = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        )
        .deletingLastPathComponent()
        let counter = FileManager.default.temporaryDirectory.appendingPathComponent(
            "procession-main-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: counter) }

        let program = Process()
        program.executableURL = directory.appendingPathComponent("EmbeddingExample")
        program.arguments = [counter.path]
        let (output, errors) = (Pipe(), Pipe())
        program.standardOutput = output
        program.standardError = errors
        try program.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        program.waitUntilExit()

        #expect(program.terminationStatus == 0)
        #expect(String(decoding: printed, as: UTF8.self) == "a (2.0, 1)\nb (4.0, 2)\nc (6.0, 3)\n")
        #expect(try String(contentsOf: counter, encoding: .utf8) == "main\n")
        // What user code prints in a worker goes where the parent's errors go.
        #expect(String(decoding: complained, as: UTF8.self).contains("a stray line"))
    }
}

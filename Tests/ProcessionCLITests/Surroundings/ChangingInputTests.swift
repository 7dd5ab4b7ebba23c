import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Input that cannot be read, or is not the same any more when it is read.
    @Suite struct ChangingInput {
        @Test(arguments: ["map -c v=upper /tmp", "map -c v=upper </tmp", "map -f csv -c v=upper </tmp"])
        func aDirectoryIsRefusedInWords(_ words: String) throws {
            let run = try shell("exec procession " + words)
            #expect(run.status == 3)
            expectSame(run.output, [])
            #expect(run.errors.contains("input cannot be read at byte 0: Is a directory"), "\(run.errors)")
        }

        /// The reader is slow, so that the run has read a part of the file when it changes.
        private func outcome(_ change: String) throws -> (result: CommandResult, before: [UInt8]) {
            let directory = try TemporaryDirectory()
            #if DEBUG
                let lines = records(200_000)
            #else
                let lines = records(2_000_000)
            #endif
            let file = try directory.file("input", lines)
            let result = try script(
                "procession map -c v=identity --window 1M \"$1\" | { head -c 1000; sleep 0.3; \(change); cat; }; "
                    + "exit ${PIPESTATUS[0]}", [file])
            return (result, lines)
        }

        @Test func aFileThatIsTruncatedMeanwhileEndsWhereItWasCutAndNotWithASignal() throws {
            let (result, before) = try outcome("truncate -s 0 \"$1\"")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.count < before.count && result.output.count > 10_000)
            #expect(before.starts(with: result.output))
        }

        @Test func aFileThatGrowsMeanwhileIsReadToItsNewEnd() throws {
            let (result, before) = try outcome("echo one more >>\"$1\"")
            #expect(result.status == 0)
            expectSame(result.output, before + Array("one more\n".utf8))
        }

        @Test func aFileThatIsDeletedMeanwhileIsReadToItsEnd() throws {
            let (result, before) = try outcome("rm \"$1\"")
            #expect(result.status == 0)
            expectSame(result.output, before)
        }

        /// A sparse file, of which half the window is read and no more; the address space is limited to be sure.
        @Test func aRecordOfFiveGibibytesIsRefusedWithItsPlaceBeforeItIsRead() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("input", "first\n")
            let run = try script(
                "truncate -s 5G \"$1\"; ulimit -v 1500000; exec procession map -c v=length --window 4M \"$1\"", [file])
            #expect(run.status == 3)
            #expect("5\n".hasPrefix(run.text))
            #expect(
                run.errors.contains(
                    "line 2, byte 6: this record is longer than half the window of 4.0 MiB; give more with --window"),
                "\(run.errors)")
        }
    }
}

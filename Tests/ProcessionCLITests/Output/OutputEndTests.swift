import Glibc
import TestSupport
import Testing

extension CommandLineTests {
    /// Output that cannot be written, readers that go, streams that were never open.
    @Suite struct OutputEnds {
        @Test func aFullDeviceIsStatusFiveWithItsReason() throws {
            let run = try procession("map", "-c", "v=identity", input: "a\nb\n", redirection: ">/dev/full")
            #expect(run.status == 5)
            #expect(run.errors.contains("No space left"))
        }

        @Test func nothingIsDoneThatCouldNotBeWritten() throws {
            let run = try procession("map", "-c", "v=identity", input: "a\nb\n", redirection: ">/dev/full")
            #expect(run.errorLines.last?.hasSuffix(" 0 records done") == true, "\(run.errors)")
        }

        @Test(arguments: 0..<environment("PROCESSION_ROUNDS", or: 5)) func aReaderThatGoesEndsTheRunQuietly(
            _ time: Int
        ) throws {
            let run = try shell(
                "yes 'a line of some length' | head -c 8000000 | procession map -c v=upper | head -1; "
                    + "exit ${PIPESTATUS[2]}")
            #expect(run.text == "A LINE OF SOME LENGTH\n")
            #expect(run.status == 141)
            #expect(run.errors == "")
        }

        @Test func aReaderThatGoesBetweenTwoLinesEndsTheRunAtTheSecond() throws {
            let run = try start("map", "-c", "v=identity")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            run.closeOutput()
            try run.send("b\n")
            try run.wait { run.ending != nil }
            let result = try run.finish()
            #expect(result.status == 141)
            #expect(result.errors == "")
        }

        @Test func closedInputIsAnErrorThatNamesIt() throws {
            let run = try procession("map", "-c", "v=identity", redirection: "<&-")
            #expect(run.status == 3)
            #expect(run.errors.contains("standard input: input cannot be read at byte 0"))
        }

        @Test func closedOutputIsStatusFive() throws {
            let run = try procession("map", "-c", "v=identity", input: "a\n", redirection: ">&-")
            #expect(run.status == 5)
            #expect(run.errors.contains("output cannot be written"))
        }

        @Test func closedStandardErrorChangesNothing() throws {
            let run = try procession("map", "-c", "v=identity", input: "a\n", redirection: "2>&-")
            #expect(run.text == "a\n")
            #expect(run.status == 0)
        }

        @Test func withoutAnyStreamTheRunEnds() throws {
            #expect(try procession("map", "-c", "v=identity", redirection: "<&- >&- 2>&-").status == 3)
        }

        @Test func closedOutputDoesNotMatterWhereAFileIsWritten() throws {
            let directory = try TemporaryDirectory()
            let run = try procession(
                "map", "-c", "v=upper", "-o", "out", input: Array("a\n".utf8), redirection: ">&-",
                directory: directory.path)
            #expect(run.status == 0)
            #expect(try shell("cat out", directory: directory.path).text == "A\n")
        }
    }
}

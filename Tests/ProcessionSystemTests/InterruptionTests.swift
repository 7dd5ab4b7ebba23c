import Glibc
import ProcessionSystem
import TestSupport
import Testing

/// The signals that ask a run to end. They are the whole process's, so each of these runs in a process of its own, and
/// go to this thread alone, as others were there before the signals were blocked.
struct InterruptionTests {
    @Test func theFirstSignalIsToldAndTheSecondEndsTheProcess() async {
        await #expect(processExitsWith: .exitCode(128 + SIGTERM)) {
            let interruption = try Interruption([SIGINT, SIGTERM])
            raise(SIGINT)
            try #require(interruption.check() == SIGINT)
            raise(SIGTERM)
        }
    }

    @Test func signalsThatCameBeforeTheyWereDisarmedAreForgottenAndTheNextEndsTheProcess() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            let interruption = try Interruption([SIGINT, SIGTERM])
            raise(SIGTERM)
            interruption.disarm()
            try #require(interruption.signal == nil)
            raise(SIGINT)
        }
    }

    @Test func aQuestionEndsNobody() async {
        await #expect(processExitsWith: .success) {
            try Interruption.expect(question: SIGUSR1)
            let interruption = try Interruption([SIGINT], question: SIGUSR1)
            var questions = 0
            interruption.onQuestion = { questions += 1 }
            for _ in 0..<3 {
                raise(SIGUSR1)
                try #require(interruption.check() == nil)
            }
            try #require(questions == 3)
            raise(SIGINT)
            try #require(interruption.check() == SIGINT)
        }
    }

    @Test func whoWaitsForInputHearsOfItAndOfASignal() async {
        await #expect(processExitsWith: .success) {
            alarm(20)
            let interruption = try Interruption([SIGINT])
            let pipe = try Pipe()
            let start = Instant.now
            let late = OtherThread { [number = pipe.writer.number] in
                usleep(50_000)
                try? File.write(number, text: "x")
            }
            try interruption.waitForInput(at: pipe.reader.number)
            try #require(Instant.now - start >= .milliseconds(40))
            late.join()
            let silent = try Pipe()
            raise(SIGINT)
            #expect(throws: Interrupted(signal: SIGINT)) { try interruption.waitForInput(at: silent.reader.number) }
        }
    }

    /// A socket cannot be opened once more as one that does not block.
    @Test func aSocketThatNobodyReadsDoesNotHoldUpTheEnd() async {
        await #expect(processExitsWith: .success) {
            alarm(20)
            let interruption = try Interruption([SIGINT])
            var ends: [Int32] = [-1, -1]
            // Safe: two numbers are filled.
            try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            let output = Output(Descriptor(owning: ends[0]), interruption: interruption)
            raise(SIGINT)
            let (written, failure) = output.write([UInt8](repeating: 0, count: 4 << 20).span)
            #expect(failure is Interrupted && written < 4 << 20)
            close(ends[1])
        }
    }

    /// It has some time in all, and not some time for each bit that it takes.
    @Test func aReaderThatTakesALittleNowAndThenDoesNotHoldUpTheEnd() async {
        await #expect(processExitsWith: .success) {
            let interruption = try Interruption([SIGINT])
            let pipe = try Pipe()
            let output = Output(try pipe.writer.duplicate(), interruption: interruption)
            let reader = try pipe.reader.duplicate()
            let number = reader.number
            raise(SIGINT)
            let slow = OtherThread {
                var part = [UInt8](repeating: 0, count: 4096)
                var span = part.mutableSpan
                while let count = try? File.read(number, into: &span), count > 0 { usleep(20_000) }
            }
            let bytes = [UInt8](repeating: 0, count: 4 << 20)
            let start = Instant.now
            let (written, failure) = output.write(bytes.span)
            #expect(failure is Interrupted && written < bytes.count)
            #expect(Instant.now - start < .seconds(5))
            withExtendedLifetime(slow) {}
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

/// The signals that ask a run to end. They are the whole process's, so each of these runs in a process of its own, and go
/// to this thread alone, as others were there before the signals were blocked.
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
}

import ProcessionSystem
import Testing

struct SystemErrorTests {
    @Test func namesTheCallAndTheReason() {
        #expect("\(SystemError(call: .memfdCreate, code: 12))" == "memfd_create: Cannot allocate memory (ENOMEM)")
        #expect("\(SystemError(call: .mmap, code: 12345))" == "mmap: error 12345")
        #expect(SystemError(call: .open, code: 2).reason == "No such file or directory")
    }

    @Test func aCallThatIsNotToBeHadIsToldFromOneThatIsRefused() {
        #expect(
            SystemError(call: .pidfdOpen, code: 38).isUnavailable
                && SystemError(call: .pidfdOpen, code: 1).isUnavailable)
        #expect(
            !SystemError(call: .pidfdOpen, code: 12).isUnavailable && !SystemError(call: .open, code: 1).isUnavailable)
    }

    @Test func everyCallHasItsOwnName() {
        #expect(Set(SystemCall.allCases.map(\.name)).count == SystemCall.allCases.count)
    }
}

import Glibc
import ProcessionSystem
import Testing

struct CoreSetTests {
    @Test func theCoresOneByOneAreAllOfThemAndEachAnother() throws {
        let all = try CoreSet(of: 0)
        let singles = (0..<all.count).map { all.only($0) }
        for (rank, one) in singles.enumerated() {
            #expect(one.count == 1)
            #expect(one == one.only(0))
            for other in singles[..<rank] { #expect(one != other) }
        }
    }

    @Test func aThreadRunsOnTheCoresThatItWasGiven() throws {
        let all = try CoreSet(of: 0)
        for rank in 0..<all.count {
            try all.only(rank).assign(to: 0)
            #expect(try CoreSet(of: 0) == all.only(rank))
        }
        try all.assign(to: 0)
        #expect(try CoreSet(of: 0) == all)
        #expect(try CoreSet(of: WorkerIdentity.ownPid()).count >= 1)
    }

    #if DEBUG
        /// Faults are for a whole process.
        @Test func aKernelWithMoreCoresIsAskedWithMoreRoomAndNoOther() async {
            await #expect(processExitsWith: .success) {
                let all = try CoreSet(of: 0)
                FaultInjection.reset()
                FaultInjection.fail(.getAffinity, nth: 1, errno: EINVAL)
                #expect(try CoreSet(of: 0).count == all.count && FaultInjection.count(of: .getAffinity) == 2)
                FaultInjection.reset()
                FaultInjection.fail(.getAffinity, nth: 1, errno: EPERM)
                #expect(throws: SystemError(call: .getAffinity, code: EPERM)) { try CoreSet(of: 0) }
            }
        }
    #endif

    @Test func nobodyRunsOnTheCoresOfAProcessThatIsNotThere() {
        #expect(throws: SystemError.self) { try CoreSet(of: .max) }
    }
}

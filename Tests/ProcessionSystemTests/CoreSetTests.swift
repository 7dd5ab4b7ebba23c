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

    @Test func nobodyRunsOnTheCoresOfAProcessThatIsNotThere() {
        #expect(throws: SystemError.self) { try CoreSet(of: .max) }
    }
}

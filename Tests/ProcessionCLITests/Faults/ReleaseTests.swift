import ProcessionSystem
import Testing

extension CommandLineTests {
    /// What is for tests only is not in what people run.
    @Suite struct Release {
        @Test(arguments: ["PROCESSION_FAULT", "14FaultInjectionO", "10faultPoint", "11faultVictim", "reopening"])
        func faultInjectionIsInDebugBuildsOnly(_ trace: String) throws {
            #if DEBUG
                let isDebug = true
            #else
                let isDebug = false
            #endif
            let search = try shell("exec grep -q -a \"$1\" \"$2\"", trace, try builtProducts() + "/procession")
            #expect((search.status == 0) == isDebug)
        }
    }
}

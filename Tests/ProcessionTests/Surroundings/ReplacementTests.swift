import Glibc
import Procession
import Testing

/// Workers that come later find what the first ones found.
@Suite struct ReplacementTests {
    @Test func replacedWorkersHaveTheDirectoryAndTheEnvironmentOfTheFirst() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("PROCESSION_TEST_PLACE", "first", 1)
            unsafe chdir("/usr")
            let pool = try WorkerPool(workers: 1, retries: 0)
            let before = try pool.map([0], Whereabouts())[0]
            #expect(before == "/usr first")
            unsafe setenv("PROCESSION_TEST_PLACE", "second", 1)
            unsafe chdir("/tmp")
            #expect(throws: RecordFailure.self) { try pool.map([1], Whereabouts()) }
            #expect(try pool.map([0], Whereabouts())[0] == before)
            #expect(pool.statistics.workersReplaced == 1)
        }
    }
}

/// Where a worker is; 1 ends it.
struct Whereabouts: ValueFunction {
    func callAsFunction(_ value: Int) -> String {
        if value == 1 { _exit(7) }
        // Safe: texts of the C library that are copied at once.
        let directory = unsafe getcwd(nil, 0).map { unsafe String(cString: $0) } ?? ""
        let place = unsafe getenv("PROCESSION_TEST_PLACE").map { unsafe String(cString: $0) } ?? ""
        return "\(directory) \(place)"
    }
}

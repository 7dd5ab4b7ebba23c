#if DEBUG
    import Glibc
    import Procession
    import ProcessionSystem
    import Testing

    /// Workers that die before they do anything. Faults are for a whole process, so this runs in processes of its own.
    @Suite(.serialized) struct RestartStormTests {
        @Test func endsAfterABoundedNumberOfSpawnsWithTheLastCause() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                // Safe: there is no other thread that reads the environment.
                unsafe setenv("PROCESSION_FAULTS", "worker attached 1+ die", 1)
                let workers = 3
                let pool = try WorkerPool(workers: workers)
                let error = #expect(throws: PoolError.self) { try pool.map([1, 2, 3], Triple()) }
                #expect(error?.code == .workersDie)
                #expect(
                    error?.description.hasSuffix(
                        " workers died before they finished anything; the last one was killed by SIGKILL") == true)
                // Two for each seat beyond the first, and one round in which all seats die at once.
                #expect((2 * workers...3 * workers).contains(pool.statistics.workersReplaced))
                // One such call for each that was started.
                #expect(FaultInjection.count(of: .pidfdOpen) <= 4 * workers)
            }
        }

        /// Nobody waits for workers that cannot be started.
        @Test func aMapWhoseWorkersCannotBeReplacedEnds() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                let pool = try WorkerPool(workers: 1)
                FaultInjection.fail(.posixSpawn, nth: 1, errno: EAGAIN, forever: true)
                let error = #expect(throws: PoolError.self) { try pool.map([1, 2, 3], Whereabouts()) }
                #expect(error?.code == .system)
                #expect(error?.description.contains("posix_spawn") == true, "\(error?.description ?? "")")
            }
        }

        @Test func aPoolThatCanStartNoWorkerIsNone() async {
            await #expect(processExitsWith: .success) {
                FaultInjection.fail(.posixSpawn, nth: 1, errno: EAGAIN, forever: true)
                let error = #expect(throws: PoolError.self) { try WorkerPool(workers: 1) }
                #expect(error?.code == .system && error?.description.contains("posix_spawn") == true)
            }
        }

        @Test func aMapGoesOnWithTheWorkersThatAreLeft() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                let pool = try WorkerPool(workers: 2, retries: 0)
                FaultInjection.fail(.posixSpawn, nth: 1, errno: EAGAIN, forever: true)
                #expect(try pool.map(0..<20, Mortal(deadly: 7), onFailure: .collect).failures.map(\.index) == [7])
                #expect(pool.workerProcessIDs.count == 1)
            }
        }

        @Test func isForgottenByAMapThatGoesWell() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                // The first twelve that come die; then the storm is over.
                unsafe setenv("PROCESSION_FAULTS", "worker attached 1/1@0-12 die", 1)
                let pool = try WorkerPool(workers: 3)
                #expect(throws: PoolError.self) { try pool.map([1, 2, 3], Triple()) }
                let deadline = Instant.now + .seconds(20)
                while Instant.now < deadline {
                    if let results = try? pool.map([1, 2, 3], Triple()) {
                        #expect(Array(results) == [3, 6, 9])
                        return
                    }
                }
                Issue.record("the pool does not recover")
            }
        }
    }

    struct Mortal: ValueFunction {
        var deadly: Int
        func callAsFunction(_ value: Int) -> Int {
            if value == deadly { _exit(7) }
            return value
        }
    }
#endif

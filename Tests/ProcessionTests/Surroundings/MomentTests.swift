#if DEBUG
    import Glibc
    import Procession
    import ProcessionSystem
    import Testing

    /// What the parent does at moments that are hard to meet. Faults are for a whole process, so this runs in processes of
    /// its own.
    @Suite(.serialized) struct MomentTests {
        /// Workers leave while the parent is busy, and nobody rings. It looks once more before it sleeps.
        @Test func whatWasLeftBeforeTheParentSleepsIsNotSleptOver() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                // Safe: there is no other thread that reads the environment.
                unsafe setenv("PROCESSION_FAULTS", "parent drained 1+ delay:15", 1)
                let pool = try WorkerPool(workers: 2, chunkSize: 1)
                let times = try (0..<20).map { _ in
                    try ContinuousClock().measure { _ = try pool.map([1, 2], Triple()) }
                }
                #expect(times.min()! < .milliseconds(100), "\(times)")
            }
        }

        /// With fewer workers than before, the parent still sleeps while they work.
        @Test func aMapThatGoesOnWithFewerWorkersTakesNoTimeOfItsOwn() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                let pool = try WorkerPool(workers: 2, retries: 0)
                FaultInjection.fail(.posixSpawn, nth: 1, errno: EAGAIN, forever: true)
                let before = clock()
                let results = try pool.map([0, 1], Dozes(), onFailure: .collect)
                #expect(results.failures.map(\.index) == [0])
                #expect(clock() - before < 400_000, "microseconds of the processor, in a second")
            }
        }
    }

    /// 0 ends its worker; another number takes a second.
    struct Dozes: ValueFunction {
        func callAsFunction(_ value: Int) -> Int {
            if value == 0 { _exit(7) }
            usleep(1_000_000)
            return value
        }
    }
#endif

#if DEBUG
    import Glibc
    import Procession
    import Testing

    /// A call that the system refuses in the middle of a run ends it with the type of error that was promised. Faults
    /// are for a whole process, so each run has one of its own.
    @Suite struct RefusedCallTests {
        @Test func aMapThrowsAPoolError() async {
            await #expect(processExitsWith: .success) {
                let pool = try poolThatCannotWait()
                let error = #expect(throws: PoolError.self) { try pool.map([1], TakesLong()) }
                #expect(error?.code == .system)
            }
        }

        @Test func aMapThatCollectsThrowsAPoolError() async {
            await #expect(processExitsWith: .success) {
                let pool = try poolThatCannotWait()
                let error = #expect(throws: PoolError.self) { try pool.map([1], TakesLong(), onFailure: .collect) }
                #expect(error?.code == .system)
            }
        }

        @Test func aStreamEndsWithAPoolError() async {
            await #expect(processExitsWith: .success) {
                let last = try poolThatCannotWait().stream([1], TakesLong()).map { $0 }.last
                let error = #expect(throws: PoolError.self) { try last?.get() }
                #expect(error?.code == .system)
            }
        }

        @Test func anAsynchronousStreamThrowsAPoolError() async {
            await #expect(processExitsWith: .success) {
                let pool = try poolThatCannotWait()
                let error = await #expect(throws: PoolError.self) {
                    for try await _ in pool.stream(Trickle(count: 1), TakesLong()) {}
                }
                #expect(error?.code == .system)
            }
        }
    }

    private func poolThatCannotWait() throws -> WorkerPool {
        alarm(60)
        // Safe: there is no other thread that reads the environment.
        unsafe setenv("PROCESSION_FAULTS", "parent poll 1+ fail:ENOMEM", 1)
        return try WorkerPool(workers: 1)
    }

    /// Lets the parent sleep meanwhile.
    struct TakesLong: ValueFunction {
        func callAsFunction(_ value: Int) -> Int {
            usleep(200_000)
            return value
        }
    }
#endif

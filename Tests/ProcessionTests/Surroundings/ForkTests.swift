import Glibc
import Procession
import ProcessionSystem
import Testing

/// A program that forks has its pool still, and the copy has none. In processes of their own, which are copied whole.
@Suite(.serialized) struct ForkTests {
    @Test func theCopyGetsAnErrorAndTouchesNobody() async {
        await #expect(processExitsWith: .success) {
            var pool: WorkerPool? = try WorkerPool(workers: 2)
            let workers = pool!.workerProcessIDs
            // Longer than all that can be done before the copy is made.
            var stream = pool!.stream(0..<20_000, Triple(), window: 1 << 10).makeIterator()
            let first = try stream.next()?.get()
            precondition(first == 0)
            let copy = fork()
            if copy == 0 {
                alarm(20)
                // The stream has the pool in the copy too, and its next step is refused.
                var errors = 0
                while let result = stream.next() { if (try? result.get()) == nil { errors += 1 } }
                do { _ = try pool!.map([1], Triple()) } catch let error as PoolError where error.code == .forked {
                    errors += 1
                }
                pool!.cancel()
                pool = nil
                _exit(Int32(errors))
            }
            var status: Int32 = 0
            unsafe waitpid(copy, &status, 0)
            #expect(status == 2 << 8)
            while let result = stream.next() { _ = try result.get() }
            #expect(try Array(pool!.map([1, 2, 3], Triple())) == [3, 6, 9])
            #expect(pool!.workerProcessIDs == workers && pool!.statistics.workersReplaced == 0)
        }
    }

    /// `daemon` is a `fork` whose original ends.
    @Test func aProgramThatBecomesADaemonGetsAnErrorAndMayMakeAnotherPool() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [-1, -1]
            // Safe: fills the two numbers.
            try #require(unsafe pipe(&ends) == 0)
            let (reader, writer) = (ends[0], ends[1])
            let copy = fork()
            if copy == 0 {
                alarm(30)
                let pool = try WorkerPool(workers: 2)
                guard try Array(pool.map([1], Triple())) == [3], daemon(1, 1) == 0 else { _exit(1) }
                alarm(30)
                var word = "no error"
                do { _ = try pool.map([1], Triple()) } catch let error as PoolError { word = error.code.rawValue }
                pool.shutDown()
                let own = try WorkerPool(workers: 1)
                word += try " \(Array(own.map([2], Triple())))"
                try File.write(writer, text: word)
                own.shutDown()
                _exit(0)
            }
            close(writer)
            var status: Int32 = 0
            unsafe waitpid(copy, &status, 0)
            #expect(status == 0)
            var items = [PollItem(descriptor: reader, wants: .read)]
            try #require(try poll(&items, timeout: .seconds(20)) == 1)
            #expect(String(decoding: try File.rest(of: reader), as: UTF8.self) == "forked [6]")
        }
    }

    /// The copy has none of the threads that a stream's tasks run on, so that it can only look at the pool.
    @Test func aCopyMadeDuringAnAsyncStreamGetsAnErrorAndTheStreamGoesOn() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            var sum = 0
            for try await result in pool.stream(numbers(1000), Triple()) {
                sum += result
                guard sum == 3 else { continue }
                let copy = fork()
                if copy == 0 {
                    alarm(20)
                    var code = "no error"
                    do { _ = try await pool.map([1], Triple()) } catch let error as PoolError {
                        code = error.code.rawValue
                    }
                    pool.cancel()
                    pool.shutDown()
                    _exit(code == "forked" ? 7 : 1)
                }
                var status: Int32 = 0
                unsafe waitpid(copy, &status, 0)
                #expect(status == 7 << 8)
            }
            #expect(sum == 3 * 999 * 1000 / 2 && pool.statistics.workersReplaced == 0)
        }
    }

    @Test func theCopyMayMakeAPoolOfItsOwn() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 1)
            let copy = fork()
            if copy == 0 {
                alarm(20)
                let own = try? WorkerPool(workers: 1)
                _exit((try? own?.map([2], Triple())).flatMap { $0 }.map { Array($0) } == [6] ? 0 : 1)
            }
            var status: Int32 = 0
            unsafe waitpid(copy, &status, 0)
            #expect(status == 0)
            #expect(try Array(pool.map([1], Triple())) == [3])
        }
    }
}

private func numbers(_ count: Int) -> AsyncStream<Int> {
    AsyncStream { continuation in
        for number in 0..<count { continuation.yield(number) }
        continuation.finish()
    }
}

private func fork() -> Int32 {
    typealias Fork = @convention(c) () -> Int32
    // Safe: the function of the C library has this type. Swift hides it; hosts call it all the same.
    return unsafe unsafeBitCast(dlsym(nil, "fork")!, to: Fork.self)()
}

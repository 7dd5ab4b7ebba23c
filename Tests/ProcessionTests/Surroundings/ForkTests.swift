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
            var stream = pool!.stream(0..<1000, Triple()).makeIterator()
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

private func fork() -> Int32 {
    typealias Fork = @convention(c) () -> Int32
    // Safe: the function of the C library has this type. Swift hides it; hosts call it all the same.
    return unsafe unsafeBitCast(dlsym(nil, "fork")!, to: Fork.self)()
}

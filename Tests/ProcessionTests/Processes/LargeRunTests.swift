import Glibc
import Procession
import TestSupport
import Testing

/// Runs that are long, and longer still in the long tier (`Tests/Long/memory`): what they take of memory comes back, or
/// does not grow.
@Suite(.serialized) struct LargeRunTests {
    @Test func whatALargeMapTakesComesBackByTrimmingAndAtTheEndOfThePool() async {
        let run = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let count = environment("PROCESSION_RECORDS_OF_A_MAP", or: 2_000_000)
            // Half of what input and results take, where that is little.
            let bound = min(64 << 20, count * 8)
            let numbers = [Int](repeating: 7, count: count)
            let atFirst = try MemoryUse()
            let pool = try WorkerPool(workers: 2)
            _ = try pool.map([1, 2, 3], Triple())
            let before = try MemoryUse()
            #expect(try pool.map(numbers, Triple())[count - 1] == 21)
            #expect(try MemoryUse().shared - before.shared > bound)
            pool.trim()
            let afterTrim = try MemoryUse().growth(since: before)
            #expect(afterTrim < bound)
            _ = try pool.map(numbers, Triple())
            pool.shutDown()
            let afterEnd = try MemoryUse().growth(since: atFirst)
            #expect(afterEnd < bound)
            print("\(count) records: \(afterTrim) bytes more after trim(), \(afterEnd) after shutDown()")
        }
        show(run)
    }

    @Test func aStreamBeforeASlowConsumerTakesNoMoreAtItsEndThanAtItsBeginning() async {
        let run = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let chunks = environment("PROCESSION_CHUNKS", or: 240_000)
            let pool = try WorkerPool(workers: 2, chunkSize: 1)
            var taken = Consumer(of: chunks)
            for result in pool.stream(0..<chunks, Triple(), window: 1 << 20) { try taken.take(result.get()) }
            taken.isFlat()
        }
        show(run)
    }

    @Test func anAsynchronousStreamBeforeASlowConsumerTakesNoMoreAtItsEndThanAtItsBeginning() async {
        let run = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let chunks = environment("PROCESSION_CHUNKS", or: 240_000)
            let pool = try WorkerPool(workers: 2, chunkSize: 1)
            var taken = Consumer(of: chunks)
            let numbers = Numbers(count: chunks)
            for try await result in pool.stream(numbers, Triple(), window: 1 << 20) { try taken.take(result) }
            taken.isFlat()
        }
        show(run)
    }
}

/// Prints what a test's own process has printed.
private func show(_ run: ExitTest.Result?) {
    print(String(decoding: run?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
}

/// The numbers from 0, asynchronously.
private struct Numbers: AsyncSequence, AsyncIteratorProtocol {
    let count: Int
    var next = 0

    init(count: Int) { self.count = count }

    func makeAsyncIterator() -> Numbers { self }

    mutating func next() async -> Int? {
        guard next < count else { return nil }
        defer { next += 1 }
        return next
    }
}

/// Takes results slowly, and looks at the process's memory at a tenth, the half and the end.
private struct Consumer {
    private let count: Int
    private var index = 0
    private var resident: [Int] = []

    init(of count: Int) { self.count = count }

    mutating func take(_ result: Int) throws {
        #expect(result == index * 3)
        index += 1
        if index % 20 == 0 { usleep(20) }
        if [count / 10, count / 2, count].contains(index) { resident.append(try MemoryUse().resident) }
    }

    /// 63 bytes per chunk were once kept for ever: 7 MiB in the second half of the fewest chunks here. Until the half
    /// the window fills; how full it is, and how far the allocator has scattered it, may differ by a few of its 1 MiB.
    func isFlat() {
        #expect(index == count)
        #expect(resident[2] - resident[1] < 3 << 20, "\(resident)")
        print("\(count) chunks: resident \(resident.map { $0 >> 10 }) KiB at a tenth, the half and the end")
    }
}

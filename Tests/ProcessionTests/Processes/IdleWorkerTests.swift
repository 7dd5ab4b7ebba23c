import Glibc
import ProcessionSystem
import Testing

@testable import Procession

/// What workers do when there is nothing to do, and processes that take themselves for workers.
@Suite(.serialized) struct IdleWorkerTests {
    /// Of a second. Whoever looks all the time takes as much as there is.
    @Test func workersWithoutWorkTakeNoTime() throws {
        let pool = try WorkerPool(workers: 2)
        _ = try pool.map(0..<1000, Triple())
        usleep(100_000)
        let before = try pool.workerProcessIDs.map(Self.ticks)
        usleep(1_000_000)
        let taken = try zip(pool.workerProcessIDs, before).map { try Self.ticks(of: $0) - $1 }
        #expect(taken.allSatisfy { $0 <= 5 }, "\(taken) hundredths of a second")
    }

    /// Hundredths of a second of a processor that a process has taken.
    private static func ticks(of process: Int32) throws -> Int {
        let stat = String(decoding: try File.contents(of: "/proc/\(process)/stat"), as: UTF8.self)
        let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
        return try #require(Int(fields[11])) + #require(Int(fields[12]))
    }

    @Test func whoLooksForAnotherChunkSeesWhetherThereIsOne() throws {
        let bench = try SupervisorBench()
        let worker = _Worker(bench.worker)
        #expect(!worker.isAnotherOpen)
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        #expect(worker.isAnotherOpen)
    }

    @Test func whoHasNoSegmentsIsNoWorkerAndSaysSo() async throws {
        let end = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let null = try File.open("/dev/null", O_RDWR)
            let request = SpawnRequest(
                path: "/proc/self/exe", arguments: ["procession-worker", "0", "1"],
                descriptors: [(null.number, 3), (null.number, 4), (null.number, 5)])
            let child = try ChildProcess.spawn(request)
            var items = [PollItem(descriptor: child.handle.number, wants: .read)]
            try poll(&items, timeout: .seconds(60))
            #expect(try child.reap() == .exited(2))
        }
        let said = String(decoding: end.standardErrorContent, as: UTF8.self)
        #expect(said == "procession: internal mode: the descriptors are not sealed segments\n")
    }
}

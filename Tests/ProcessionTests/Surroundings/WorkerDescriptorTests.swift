import Glibc
import Procession
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// Tells which descriptors its worker has: "0 /dev/null" and so on.
struct ListDescriptors: ValueFunction {
    func callAsFunction(_ value: Int) throws -> [String] {
        try ResourceCensus.openDescriptors().sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
}

/// Does with its worker's descriptors what no function should, then doubles.
struct Vandal: ValueFunction {
    enum Deed: UInt8, CaseIterable { case writes, closesStreams, closesSegments, closesAll, fillsOutput }
    var deed: Deed

    func callAsFunction(_ value: Int) -> Int {
        switch deed {
        case .writes:
            print("noise \(value)")
            for number: Int32 in 0...2 { try? File.write(number, all: Array("more noise\n".utf8).span) }
        case .closesStreams: for number: Int32 in 0...2 { close(number) }
        case .closesSegments: for number: Int32 in 3...5 { close(number) }
        case .closesAll: for number: Int32 in 0...100 { close(number) }
        case .fillsOutput: dup2(unsafe open("/dev/full", O_WRONLY), 1)
        }
        return value * 2
    }
}

/// Closes its worker's descriptors, opens its own at their numbers, and looks whether anything comes into these.
struct Squatter: ValueFunction {
    enum Kind: UInt8, CaseIterable { case files, sockets, pipes }
    struct Intruded: Error {}
    var kind: Kind
    var mark: UInt64
    /// Where the file is.
    var path: String { "/tmp/procession-squatter-\(mark)" }

    func callAsFunction(_ value: Int) throws -> Int {
        // So long that the parent sleeps, and has to be woken.
        usleep(1000)
        if (try? MemoryFile.seals(of: 3)) != nil { occupy() }
        if kind != .files {
            var items = (Int32(3)...20).map { PollItem(descriptor: $0, wants: .read) }
            if try poll(&items, timeout: .zero) > 0 { throw Intruded() }
        }
        return value * 2
    }

    private func occupy() {
        for number: Int32 in 3...100 { close(number) }
        for _ in 0..<9 {
            var ends: [Int32] = [0, 0]
            switch kind {
            case .files: for _ in 0..<2 { unsafe _ = open(path, O_RDWR | O_CREAT, 0o600) }
            case .sockets: unsafe _ = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            case .pipes: unsafe _ = pipe(&ends)
            }
        }
    }
}

/// Returns what a program that the function starts has open.
struct StartsProgram: ValueFunction {
    func callAsFunction(_ value: Int) throws -> String {
        // Safe: opened, read and closed here.
        let pipe = unsafe popen("exec ls -l /proc/self/fd", "r")!
        defer { unsafe pclose(pipe) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe fread(&bytes, 1, bytes.count, pipe)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

/// The descriptors of a worker: which it gets, and what its function may do with them.
@Suite(.serialized) struct WorkerDescriptorTests {
    @Test func areTheSixPromisedWhileFourPoolsStartBesideFiftyForeignOnes() throws {
        let foreign = (0..<50).map { _ in unsafe open("/dev/null", O_RDWR) }
        defer { for number in foreign { close(number) } }
        let complaints = Complaints()
        let threads = (0..<4).map { _ in
            OtherThread { complaints.collect { try lookIntoPools() } }
        }
        for thread in threads { thread.join() }
        #expect(complaints.texts.withLock { $0 } == [])
    }

    @Test(arguments: Vandal.Deed.allCases) func mayBeMisusedWithoutHarmToTheResults(_ deed: Vandal.Deed) throws {
        let pool = try WorkerPool(workers: 2)
        for _ in 0..<3 {
            #expect(Array(try pool.map(Array(0..<500), Vandal(deed: deed))) == (0..<500).map { $0 * 2 })
        }
        #expect(pool.statistics.workersReplaced == 0)
        // The workers of a pool whose bell is gone still hear that it is over.
        pool.shutDown()
        #expect(pool.workerCount == 0)
    }

    @Test(arguments: Squatter.Kind.allCases) func neverTakeWhatAFunctionOpensAtTheirNumbers(_ kind: Squatter.Kind)
        throws
    {
        let squatter = Squatter(kind: kind, mark: RandomSeed.random64())
        defer { unsafe unlink(squatter.path) }
        let pool = try WorkerPool(workers: 1, chunkSize: 1)
        let results = try pool.map(Array(0..<100), squatter, onFailure: .collect)
        #expect(results.failures.isEmpty)
        if kind == .files { #expect(try File.contents(of: squatter.path) == []) }
    }

    @Test func areNotInheritedByProgramsThatAFunctionStarts() throws {
        let pool = try WorkerPool(workers: 1)
        let found = try Array(pool.map([1], StartsProgram()))[0]
        #expect(found.contains("/dev/null") && !found.contains("memfd") && !found.contains("eventfd"), "\(found)")
    }

    @Test func doNotLeadToTheStandardOutputOfTheProgram() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            // One pool for each, because who has closed descriptors cannot be heard any more.
            for deed in Vandal.Deed.allCases {
                _ = try WorkerPool(workers: 2).map(Array(0..<50), Vandal(deed: deed))
            }
            for way in Deadly.Way.allCases {
                let deadly = Deadly(way: way, deadlyKey: 25, isSilent: false)
                _ = try WorkerPool(workers: 2).map(Array(0..<50), deadly, onFailure: .collect)
            }
            print("the program's own line")
        }
        #expect(result.map { String(decoding: $0.standardOutputContent, as: UTF8.self) } == "the program's own line\n")
        let noise = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(noise.contains("noise 49") && noise.contains("more noise") && noise.contains("a trap on purpose"))
    }

    /// What went wrong on other threads.
    private final class Complaints: Sendable {
        let texts = Mutex<[String]>([])

        func collect(_ body: () throws -> [String]) {
            let found = (try? body()) ?? ["a pool failed"]
            texts.withLock { $0 += found }
        }
    }
}

/// Starts pools, one after the other, and says which workers had other descriptors than they should.
private func lookIntoPools() throws -> [String] {
    var complaints: [String] = []
    for _ in 0..<environment("PROCESSION_ROUNDS", or: 4) {
        let pool = try WorkerPool(workers: 3, chunkSize: 1)
        for _ in 0..<2 {
            for found in try pool.map(Array(0..<12), ListDescriptors()) {
                let names = found.map { $0.split(separator: " ", maxSplits: 1)[1] }
                let isRight =
                    found.map { $0.prefix(2) } == ["0 ", "1 ", "2 ", "3 ", "4 ", "5 "] && names[0] == "/dev/null"
                    && names[1] == names[2] && names[3].hasPrefix("/memfd:procession-input")
                    && names[4].hasPrefix("/memfd:procession-result") && names[5].contains("eventfd")
                if !isRight { complaints.append("\(found)") }
            }
            // Those that come after a death have no others.
            for worker in pool.workerProcessIDs { kill(worker, SIGKILL) }
        }
    }
    return complaints
}

import Glibc
import Procession
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// Random maps and streams whose results outgrow their room, in windows that are too small, behind slow records and
/// before slow consumers: each ends, and maps every record once. PROCESSION_ROOM_RUNS says how many, PROCESSION_SEED
/// which.
@Suite(.serialized) struct RoomRunsTests {
    @Test func randomRunsEndAndMapEveryRecordOnce() async throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let keeper = EndKeeper()
        defer { keeper.end() }
        for number in 0..<environment("PROCESSION_ROOM_RUNS", or: 60) {
            let run = RoomRun(number: number, &random)
            keeper.expectAnEnd(of: "\(run), seed \(seed)")
            try await run.run(&random)
        }
    }
}

/// One run: what is mapped, by whom, and how it ends.
struct RoomRun: CustomStringConvertible {
    enum Kind: CaseIterable { case map, stream, asyncStream }
    enum End: CaseIterable { case whole, left, cancelled, killed }

    let number: Int
    let kind: Kind
    let end: End
    let workers: Int
    let chunkSize: Int?
    let window: Int
    let count: Int
    let isConsumerSlow: Bool
    let salt: UInt64

    init(number: Int, _ random: inout SplitMix) {
        self.number = number
        kind = Kind.allCases.randomElement(using: &random)!
        end = Int.random(in: 0..<2, using: &random) == 0 ? .whole : End.allCases.randomElement(using: &random)!
        workers = [1, 1, 2, 3, 8].randomElement(using: &random)!
        chunkSize = Bool.random(using: &random) ? nil : Int.random(in: 1...40, using: &random)
        window = (8 << 10) << Int.random(in: 0...7, using: &random)
        count = Int.random(in: 1...300, using: &random)
        isConsumerSlow = Bool.random(using: &random)
        salt = random.next()
    }

    var description: String {
        "run \(number): \(kind), \(end), \(workers) workers, chunks of \(chunkSize ?? 0), window \(window), \(count) records"
    }

    func run(_ random: inout SplitMix) async throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: chunkSize)
        let function = OfAnyLength(log: log.number, salt: salt)
        let delay = Int.random(in: 0...20_000, using: &random)
        let isOver = Atomic(false)
        let victim = pool.workerProcessIDs.randomElement(using: &random)!
        let interferer = OtherThread { [end] in
            usleep(UInt32(delay))
            if end == .killed { kill(victim, SIGKILL) }
            while end == .cancelled, !isOver.load(ordering: .acquiring) {
                pool.cancel()
                usleep(1000)
            }
        }
        let right = try await take(pool, function, &random)
        isOver.store(true, ordering: .releasing)
        interferer.join()
        #expect(right.wrong == nil, "a wrong result; \(self)")
        if end == .whole || end == .killed { #expect(right.count == count, "\(self)") }
        if end == .whole { log.expectOnce(count, "\(self)") }
        // Who waited has gone back to work.
        #expect(Array(try await pool.map(Array(0..<20), Triple())) == (0..<20).map { $0 * 3 }, "\(self)")
    }

    /// Takes results, and says how many were right and which was not.
    private func take(
        _ pool: WorkerPool, _ function: OfAnyLength, _ random: inout SplitMix
    ) async throws -> (count: Int, wrong: Int?) {
        var taken = 0
        let last = end == .left ? Int.random(in: 0...count, using: &random) : count
        func accept(_ text: String) -> Bool {
            if isConsumerSlow, taken % 16 == 0 { usleep(500) }
            guard text == function.text(taken) else { return false }
            taken += 1
            return true
        }
        do {
            switch kind {
            case .map:
                for text in try await pool.map(Array(0..<count), function) where !accept(text) { return (taken, taken) }
            case .stream:
                for result in pool.stream(0..<count, function, window: window) {
                    if taken == last { break }
                    guard accept(try result.get()) else { return (taken, taken) }
                }
            case .asyncStream:
                let numbers = AsyncStream { continuation in
                    for number in 0..<count { continuation.yield(number) }
                    continuation.finish()
                }
                for try await text in pool.stream(numbers, function, window: window) {
                    if taken == last { break }
                    guard accept(text) else { return (taken, taken) }
                }
            }
        } catch let error as PoolError where error.code == .cancelled && end == .cancelled {
        }
        return (taken, nil)
    }
}

/// Texts of very different lengths, some of them slow, above all the first.
struct OfAnyLength: ValueFunction {
    var log, salt: UInt64

    func callAsFunction(_ value: Int) -> String {
        EffectLog.add(value, to: log)
        if value == 0, salt % 3 == 0 { usleep(20_000) }
        if bits(value) % 50 == 0 { usleep(2000) }
        return text(value)
    }

    func text(_ value: Int) -> String {
        String(
            repeating: "t\(value)", count: bits(value) % 11 == 0 ? Int(bits(value) >> 8 % 8000) : Int(bits(value) % 4))
    }

    private func bits(_ value: Int) -> UInt64 {
        var numbers = SplitMix(seed: salt ^ UInt64(value))
        return numbers.next()
    }
}

/// Ends the process when something takes far too long, and says what it was. Time in which other tests keep every
/// thread that tasks run on does not count.
final class EndKeeper: Sendable {
    private let state = Mutex((what: "", ticks: 0, isBeating: false, isOver: false))
    private static let limit = 600

    init() {
        _ = OtherThread { [self] in
            while true {
                usleep(100_000)
                let now = state.withLock { state in
                    defer { state.isBeating = true }
                    if !state.isBeating { state.ticks += 1 }
                    return state
                }
                if now.isOver { return }
                if now.ticks > Self.limit { fatalError("no end of \(now.what)") }
                if !now.isBeating { Task.detached { self.state.withLock { $0.isBeating = false } } }
            }
        }
    }

    func expectAnEnd(of what: String) {
        state.withLock { state in
            state.what = what
            state.ticks = 0
        }
    }

    func end() { state.withLock { $0.isOver = true } }
}

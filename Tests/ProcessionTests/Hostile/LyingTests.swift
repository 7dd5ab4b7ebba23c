import Glibc
import Procession
import ProcessionSystem
import Testing

internal import Dispatch

/// Maps as `Slow` does, but tells a lie at one record.
struct Liar: ValueFunction {
    /// The record at which it lies, and one that takes long, so that another worker is at work meanwhile.
    static let record = 21
    static let longRecord = 2
    /// The records of the liar's chunk.
    static let chunk = 16..<24

    var lie: Int
    var once: Bool

    func callAsFunction(_ value: Int) -> Columns<Int, String> {
        if value == Self.longRecord { usleep(100_000) }
        if value == Self.record, let memory = try? Scribbler(), !once || memory.isFirst(),
            let telling = Telling(memory, record: value)
        {
            Lie.all[lie].tell(telling)
        }
        return Self.truth(value)
    }

    static func truth(_ value: Int) -> Columns<Int, String> {
        Columns(value * 2, "the text of \(value), too long for its slot")
    }
}

/// Real workers tell exact lies. The parent lives, the map ends, and what could be seen is said.
@Suite(.serialized) struct LyingTests {
    private static let records = 64

    @Test func lies() { print("\(Lie.all.count) lies, each told once and again and again") }

    @Test(arguments: Lie.all.indices, [false, true])
    func aLieComesToWhatTheTableSays(_ index: Int, once: Bool) throws {
        let lie = Lie.all[index]
        let pool = try WorkerPool(workers: 2, chunkSize: 8)
        let fate = bounded(pool) { try Self.fate(of: pool, Liar(lie: index, once: once)) }
        if let fate { #expect((once ? lie.once : lie.always).contains(fate), "\(lie.what)") }
        // Whatever it was, the pool is fit for another map when the scribbling has ended, and nothing is kept.
        if lie.goesOn { usleep(100_000 + 1000 * Lie.longest) }
        let mapsWell = bounded(pool) { try Self.mapsWell(pool) }
        #expect(mapsWell == true)
        #expect(pool.sharedBytesInUse == 0)
    }

    private static func mapsWell(_ pool: WorkerPool) throws -> Bool {
        Array(try pool.map(Array(1000..<1050), Liar(lie: 0, once: false))) == (1000..<1050).map(Liar.truth)
    }

    /// What became of the lie.
    private static func fate(of pool: WorkerPool, _ liar: Liar) throws -> Lie.Fate {
        let results: CollectedArray<Columns<Int, String>>
        do {
            results = try pool.map(Array(0..<records), liar, onFailure: .collect)
        } catch {
            return .refused(error.code.rawValue)
        }
        let failed = results.failures.map(\.index)
        let wrong = results.successes.filter { $0.value != Liar.truth($0.index) }.map(\.index)
        if failed.isEmpty, wrong.isEmpty { return .intact }
        guard (failed + wrong).allSatisfy(Liar.chunk.contains) else { return .falsifiedAnywhere }
        if !wrong.isEmpty { return .falsified }
        let damage = "its worker wrote what no worker writes into shared memory"
        return results.failures.allSatisfy { $0.cause.description == damage } ? .damaged : .reported
    }
}

/// Runs something with a pool; when it hangs, the pool is cancelled and the test fails.
func bounded<Result>(
    _ pool: WorkerPool, seconds: Int = 20, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) -> Result? {
    let alarm = Alarm(milliseconds: seconds * 1000) { pool.cancel() }
    defer { alarm.cancel() }
    do {
        return try body()
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
        return nil
    }
}

/// Does something later, unless it is cancelled before.
struct Alarm {
    private let item: DispatchWorkItem

    init(milliseconds: Int, _ action: @escaping @Sendable () -> Void) {
        item = DispatchWorkItem(block: action)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: item)
    }

    func cancel() { item.cancel() }
}

import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import Testing

@testable import Procession

/// An engine that has spawned nobody, and shared memory in which this process is worker 0: what the loop of the
/// parent does at each step, without a process.
final class SupervisorBench {
    let engine: Engine
    let worker: WorkerSegments
    private(set) lazy var run = addRun()
    private let gathers: Bool
    /// What the last refill or step has said.
    private(set) var hasMoved = false
    private(set) var isOver = false

    init(
        workers: Int = 1, gathers: Bool = false, retries: Int = 1, timeLimit: Duration? = nil,
        buriesStrangers: Bool = false
    ) throws {
        var options = Engine.Options(workers: workers)
        options.limits.retries = retries
        options.limits.timeLimit = timeLimit
        options.buriesStrangers = buriesStrangers
        let memory = try Engine.memory(options)
        let segments = memory.segments
        let board = PoolBoard()
        let roster = try WorkerRoster(segments: segments, options, board, nil)
        // There is nobody to kill, but from now on there is a bell to listen to.
        roster.killAll()
        worker = try Self.attach(0, to: segments, roster)
        self.gathers = gathers
        engine = Engine(options, memory, roster, board, nil)
    }

    var supervisor: Supervisor {
        _read { yield engine.supervisor }
        _modify { yield &engine.supervisor }
    }

    /// Another run.
    func addRun() -> Run {
        let workers = engine.options.workers
        let tag = RunTag(number: supervisor.runs.count, descriptor: _InputOffset(bytes: 0))
        let run = Run(
            tag, "f", nil, ChunkSizer(fixed: nil, workers: workers, target: .milliseconds(1), gathers: gathers),
            nil, RunRequest(), engine.options.limits)
        supervisor.add(run)
        return run
    }

    /// This process as a worker.
    private static func attach(_ worker: Int, to segments: ParentSegments, _ roster: WorkerRoster) throws
        -> WorkerSegments
    {
        // A worker asks whether the segments are its parent's. To all others they are those of a process that is gone.
        let (writer, parent) = (segments.inputWriter, MemoryLayout<procession_input_header>.offset(of: \.parent)!)
        writer.store(UInt64(WorkerIdentity.parentPid()), at: parent)
        defer { writer.store(UInt64(Int32.max), at: parent) }
        return try WorkerSegments(
            input: segments.descriptors[0], result: segments.descriptors[1],
            signal: dup(roster.bell.descriptor.number), worker: worker, nonce: segments.nonce)
    }

    /// This process as another worker.
    func attach(_ worker: Int) throws -> WorkerSegments {
        try Self.attach(worker, to: supervisor.segments, supervisor.roster)
    }

    /// Has a process for each worker, which ends at once: it lives in the books until it is reaped, and what this one
    /// claims is its.
    func fillSeats() throws {
        supervisor.roster.fill()
        for handle in supervisor.roster.pollItems.dropFirst() {
            var items = [handle]
            try #require(try poll(&items, timeout: .seconds(60)) == 1)
        }
    }

    /// A chunk of ten records.
    func chunk(_ first: Int, inputBytes: Int = 100) -> Chunk {
        let layout = supervisor.segments.layout
        let input = layout.inputData.lowerBound
        return Chunk(
            first: first, items: 0..<10, keyOffset: nil, input: input..<input + inputBytes,
            slotOffset: layout.resultData.lowerBound, storage: [])
    }

    /// Claims the oldest chunk that is open, publishes the items below `done`, and leaves it.
    func work(until done: Int = 10, wanted: Int? = nil) {
        guard var chunk = worker.claimNow() else { return }
        chunk.publish(done)
        if let wanted {
            _ = chunk.output.reserve(wanted)
            chunk.giveBack()
        }
        _ = chunk.leave(after: .microseconds(10))
    }

    func refill(_ source: inout ListedChunks) throws { hasMoved = try engine.supervisor.refill(run, &source) }

    func sleep() throws {
        engine.lock.lock()
        defer { engine.lock.unlock() }
        try engine.sleep(run)
    }

    func step(_ source: inout ListedChunks) throws {
        let step = try engine.step(run, &source)
        hasMoved = if case .moved = step { true } else { false }
        isOver = if case .over = step { true } else { false }
    }
}

/// Chunks that are handed out as they are listed, and those that came back.
struct ListedChunks: RecordSource {
    var chunks: [Chunk]
    /// Known from the beginning.
    var isCounted = false
    /// What is said when none is left.
    var last = Supply.notNow(7)
    var areChunksGathered = false
    var mayGrow = true
    var headMayGrow = true
    var overflow = 0
    var overflowLimit = Int.max
    private(set) var drained: [Chunk] = []
    private(set) var flushes = 0
    private(set) var asked = 0

    init(_ chunks: [Chunk]) { self.chunks = chunks }

    var remaining: Int? { isCounted ? chunks.count : nil }
    func mayGrow(isHead: Bool) -> Bool { mayGrow || isHead && headMayGrow }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int { overflow }
    mutating func next(limit: Int) throws -> Supply {
        asked += 1
        return chunks.isEmpty ? last : .chunk(chunks.removeFirst())
    }
    mutating func drain(_ chunk: Chunk) throws { drained.append(chunk) }
    mutating func flush() throws { flushes += 1 }
}

/// What another thread may use, because its owner waits for that.
struct Held<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem

@testable import Procession

/// A supervisor that has spawned nobody, and shared memory in which this process is worker 0: what the loop of the
/// parent does at each step, without a process.
final class SupervisorBench {
    var supervisor: Supervisor
    let worker: WorkerSegments
    var run: Run
    /// What the last refill or step has said.
    private(set) var hasMoved = false
    private(set) var isOver = false

    init(workers: Int = 1, gathers: Bool = false, retries: Int = 1) throws {
        var options = Engine.Options(workers: workers)
        options.retries = retries
        let memory = try Engine.memory(options)
        let segments = memory.segments
        let board = PoolBoard()
        let roster = try WorkerRoster(segments: segments, options, board, nil)
        // There is nobody to kill, but from now on there is a bell to listen to.
        roster.killAll()
        // A worker asks whether the segments are its parent's.
        segments.inputWriter.store(
            UInt64(WorkerIdentity.parentPid()), at: MemoryLayout<procession_input_header>.offset(of: \.parent)!)
        let worker = try WorkerSegments(
            input: segments.descriptors[0], result: segments.descriptors[1],
            signal: dup(roster.bell.descriptor.number), worker: 0, nonce: segments.nonce)
        self.worker = worker
        supervisor = Supervisor(options, memory, roster, board, nil)
        run = Run(
            number: 0, "f", nil,
            ChunkSizer(fixed: nil, workers: workers, target: .milliseconds(1), gathers: gathers), Watchdog(limit: nil))
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

    func refill(_ source: inout ListedChunks) throws { hasMoved = try supervisor.refill(&run, &source) }

    func step(_ source: inout ListedChunks) throws {
        let step = try supervisor.step(&run, &source)
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

import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import Synchronization
import TestSupport

// The protocol with the parent's side in the test and the workers' side in threads of the same process.
//
// There are two kinds of workers. A `WorkerSegments` is the real one, with mappings of its own. A `LineWorker` takes
// the same steps through the same C functions over the *parent's* mapping: ThreadSanitizer tells memory by its address
// and takes two mappings of one file for two memories, so only of this kind can it see every word. Run it so:
//
//     swift test -c release --sanitize=thread --filter ProcessionSegmentTests
//
// In release, because in debug it also reports FaultInjection's state: it cannot see that a Mutex was locked.

/// Two segments, and a bell for the parent.
final class Segments: Sendable {
    let parent: ParentSegments
    let bell: EventCounter
    var layout: SegmentLayout { parent.layout }

    init(workers: Int, places: Int, spin: Duration = .zero, term: WorkerTerm? = nil) throws {
        let layout = SegmentLayout(
            workerCapacity: workers, placeCount: places, inputBytes: 1 << 20, resultBytes: 1 << 20)
        parent = try ParentSegments(layout: layout!, spin: spin, term: term)
        bell = try EventCounter()
        // Workers ask whether the segments belong to their parent process. Those in here have that of the test.
        setHeader(\.parent, to: UInt64(WorkerIdentity.parentPid()))
    }

    /// A worker that has attached as a worker process does.
    func attach(_ worker: Int) throws -> WorkerSegments {
        let signal = dup(bell.descriptor.number)
        return try WorkerSegments(
            input: parent.descriptors[0], result: parent.descriptors[1], signal: signal, worker: worker,
            nonce: parent.nonce)
    }

    /// Writes a word of the input segment's header, which only the parent can.
    func setHeader<Value: BitwiseCopyable>(_ field: KeyPath<procession_input_header, Value>, to value: Value) {
        parent.inputWriter
            .store(value, at: MemoryLayout<procession_input_header>.offset(of: field)!)
    }

    // MARK: Addresses. Sound: the layout puts each inside the parent's mappings, which live as long as `self`.

    @unsafe var header: UnsafeMutablePointer<procession_input_header> {
        unsafe address(of: parent.inputReader.slots).assumingMemoryBound(to: procession_input_header.self)
    }
    @unsafe var queue: UnsafeMutablePointer<UInt32> {
        unsafe (address(of: parent.inputReader.slots) + layout.queueOffset).assumingMemoryBound(to: UInt32.self)
    }
    @unsafe var futexWord: UnsafePointer<UInt32> {
        let offset = MemoryLayout<procession_input_header>.offset(of: \.opened)!
        return unsafe UnsafePointer(
            (address(of: parent.inputReader.slots) + offset).assumingMemoryBound(to: UInt32.self))
    }
    @unsafe func descriptor(_ place: Int) -> UnsafeMutablePointer<procession_chunk> {
        unsafe (address(of: parent.inputReader.slots) + layout.chunksOffset + place * SegmentLayout.line)
            .assumingMemoryBound(to: procession_chunk.self)
    }
    @unsafe var resultHeader: UnsafeMutablePointer<procession_result_header> {
        unsafe address(of: parent.resultReader.slots).assumingMemoryBound(to: procession_result_header.self)
    }
    @unsafe func line(_ place: Int) -> UnsafeMutablePointer<procession_place> {
        unsafe (address(of: parent.resultReader.slots) + layout.placesOffset + place * SegmentLayout.line)
            .assumingMemoryBound(to: procession_place.self)
    }
    @unsafe func workerLine(_ worker: Int) -> UnsafeMutablePointer<procession_worker_line> {
        unsafe (address(of: parent.resultReader.slots) + layout.workersOffset + worker * SegmentLayout.line)
            .assumingMemoryBound(to: procession_worker_line.self)
    }
    /// The eight bytes that a test puts in for a place, and those that its worker puts out.
    @unsafe func inputWord(_ place: Int) -> UnsafeMutablePointer<UInt64> {
        unsafe (address(of: parent.inputReader.slots) + inputOffset(place).bytes).assumingMemoryBound(to: UInt64.self)
    }
    @unsafe func outputWord(_ place: Int) -> UnsafeMutablePointer<UInt64> {
        unsafe (address(of: parent.resultReader.slots) + outputOffset(place).bytes).assumingMemoryBound(to: UInt64.self)
    }
    func inputOffset(_ place: Int) -> _InputOffset { layout.inputData.lowerBound + place * SegmentLayout.line }
    func outputOffset(_ place: Int) -> _ResultOffset { layout.resultData.lowerBound + place * SegmentLayout.line }

    private func address(of reader: _SlotReader) -> UnsafeMutableRawPointer {
        // Sound: the parent's mappings are writable and stay where they are while `self` lives.
        unsafe reader.withBytes(0..<1) { bytes in
            unsafe bytes.withUnsafeBytes { unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress!) }
        }
    }
}

/// The worker's steps over the parent's own mapping, without sleeping. See WorkerSegments for what they mean.
struct LineWorker {
    let segments: Segments
    let worker: Int
    private var next: UInt64 = 0

    init(_ segments: Segments, _ worker: Int) {
        self.segments = segments
        self.worker = worker
    }

    struct Claim {
        let place: Int
        let generation: UInt64
        let first: Int
        let sequence: UInt64
    }

    mutating func claim() -> Claim? {
        // Sound, here and below: the addresses lie in the parent's mappings, which `segments` keeps.
        let opened = procession_opened_count(unsafe procession_load_opened(segments.header))
        let oldest = opened - min(opened, UInt64(segments.layout.queueCount))
        next = min(max(next, oldest, unsafe procession_load_hint(segments.resultHeader)), opened)
        while next < opened {
            let place = Int(unsafe procession_queued_place(segments.header, segments.queue, next))
            next += 1
            if let claim = claim(place) { return claim }
        }
        for place in 0..<segments.layout.placeCount {
            if let claim = claim(place) { return claim }
        }
        return nil
    }

    private func claim(_ place: Int) -> Claim? {
        let generation = unsafe procession_claim(segments.line(place), UInt64(worker))
        guard generation != 0 else { return nil }
        unsafe procession_store_hint(segments.resultHeader, next)
        let chunk = unsafe segments.descriptor(place).pointee
        return Claim(place: place, generation: generation, first: Int(chunk.first), sequence: chunk.sequence)
    }

    /// Maps the one item of a chunk: its output is its input and one.
    func map(_ claim: Claim) {
        unsafe segments.outputWord(claim.place).pointee = segments.inputWord(claim.place).pointee + 1
        unsafe procession_publish(segments.line(claim.place), 1)
    }

    func leave(_ claim: Claim) {
        let signals = unsafe procession_leave(
            segments.header, segments.line(claim.place), claim.generation, claim.sequence)
        if signals != 0 { segments.bell.signal() }
    }

    var mustStop: Bool { unsafe procession_must_stop(procession_load_opened(segments.header)) != 0 }
}

/// The parent's loop, reduced to what the protocol needs: chunks of one item each go out and come back.
struct Feeder {
    let segments: Segments
    private var chunks: [Int?]
    private var generations: [Int]
    private var opened = 0

    init(_ segments: Segments) {
        self.segments = segments
        chunks = Array(repeating: nil, count: segments.layout.placeCount)
        generations = Array(repeating: 0, count: segments.layout.placeCount)
    }

    /// Opens `count` chunks, each when a place is free, and hands every one that has been left to `onLeft`. Returns
    /// false when nothing has moved for the time after which a test gives up.
    mutating func feed(_ count: Int, onLeft: (_ chunk: Int, _ report: PlaceReport, _ output: UInt64) -> Void) -> Bool {
        var left = 0
        var next = 0
        var lastMove = Instant.now
        while left < count {
            var moved = 0
            for place in chunks.indices {
                if let chunk = chunks[place], segments.parent.hasLeft(place: place, generation: generations[place]) {
                    let report = segments.parent.look(at: place, generation: generations[place])
                    onLeft(
                        chunk, report,
                        segments.parent.resultReader.load(at: segments.outputOffset(place), as: UInt64.self))
                    segments.parent.close(place: place, generation: generations[place])
                    chunks[place] = nil
                    left += 1
                    moved += 1
                }
                if chunks[place] == nil, next < count {
                    open(next, at: place)
                    next += 1
                    moved += 1
                }
            }
            if moved > 0 {
                segments.parent.wakeSleepers(moved, of: segments.layout.workerCapacity)
                lastMove = Instant.now
            } else {
                guard Instant.now - lastMove < .seconds(30) else { return false }
                sched_yield()
            }
        }
        return true
    }

    private mutating func open(_ chunk: Int, at place: Int) {
        generations[place] += 1
        chunks[place] = chunk
        segments.parent.inputWriter.store(UInt64(chunk) &* 3, at: segments.inputOffset(place).bytes)
        segments.parent.open(
            place: place, generation: generations[place], sequence: opened, segments.oneItem(chunk, at: place))
        opened += 1
    }
}

extension Segments {
    /// A chunk of one item that uses the words of its place.
    func oneItem(_ first: Int, at place: Int) -> ChunkDescriptor {
        ChunkDescriptor(
            run: RunTag(number: 1, descriptor: 0), first: first, items: 0..<1, keyOffset: nil,
            input: inputOffset(place)..<inputOffset(place) + 8,
            slotOffset: outputOffset(place), overflow: 0..<0)
    }
}

/// Something that one thread fills and another reads after the join.
final class Box<Value: Sendable>: Sendable {
    private let content: Mutex<Value>
    init(_ value: Value) { content = Mutex(value) }
    var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}

import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import Synchronization

/// The shared memory of a worker process, for a function that writes into it what no worker writes.
///
/// A function has no business there, so it finds the segments as a pointer gone wild would: they are mapped into its
/// process. Nothing here is checked: to be wrong is what it is for.
@safe struct Scribbler {
    let input, result: UnsafeMutableRawPointer
    let layout: SegmentLayout
    /// The number of the worker whose process this is.
    let me: Int

    init() throws {
        let maps = String(decoding: try File.contents(of: "/proc/self/maps"), as: UTF8.self).split(separator: "\n")
        func bounds(_ name: String) -> (start: UInt, count: Int) {
            let line = maps.first { $0.contains("/memfd:" + name) }!
            let bounds = line.prefix { $0 != " " }.split(separator: "-").map { UInt($0, radix: 16)! }
            return (bounds[0], Int(bounds[1] - bounds[0]))
        }
        let (inputBounds, resultBounds) = (bounds("procession-input"), bounds("procession-result"))
        unsafe input = UnsafeMutableRawPointer(bitPattern: inputBounds.start)!
        unsafe result = UnsafeMutableRawPointer(bitPattern: resultBounds.start)!
        let header = unsafe input.load(as: procession_input_header.self)
        layout = SegmentLayout(
            workerCapacity: Int(header.worker_capacity), placeCount: Int(header.place_count),
            inputBytes: inputBounds.count, resultBytes: resultBounds.count)!
        let arguments = try File.contents(of: "/proc/self/cmdline").split(separator: 0)
        me = Int(String(decoding: arguments[1], as: UTF8.self))!
    }

    var workers: Range<Int> { 0..<layout.workerCapacity }
    /// The state of a place that the next worker has claimed.
    var next: UInt64 { UInt64(2 + (me + 1) % layout.workerCapacity) }

    // MARK: Words

    subscript<Word: BitwiseCopyable>(offset: Int) -> Word {
        get { unsafe result.load(fromByteOffset: offset, as: Word.self) }
        nonmutating set { unsafe result.storeBytes(of: newValue, toByteOffset: offset, as: Word.self) }
    }
    /// A word of a place's line.
    subscript(place: Int, word: KeyPath<procession_place, UInt64>) -> UInt64 {
        get { self[offset(place, word)] }
        nonmutating set { self[offset(place, word)] = newValue }
    }
    /// A word of a worker's line.
    subscript(worker worker: Int, word: KeyPath<procession_worker_line, UInt32>) -> UInt32 {
        get { self[layout.workersOffset + worker * SegmentLayout.line + MemoryLayout.offset(of: word)!] }
        nonmutating set {
            self[layout.workersOffset + worker * SegmentLayout.line + MemoryLayout.offset(of: word)!] = newValue
        }
    }
    private func offset(_ place: Int, _ word: KeyPath<procession_place, UInt64>) -> Int {
        layout.placesOffset + place * SegmentLayout.line + MemoryLayout.offset(of: word)!
    }

    func writeInput(_ value: UInt64, at offset: Int) {
        unsafe input.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
    }

    func descriptor(_ place: Int) -> procession_chunk {
        unsafe (input + layout.chunksOffset + place * SegmentLayout.line).load(as: procession_chunk.self)
    }

    // MARK: Places

    /// The place of the chunk that a worker is at.
    func place(of worker: Int) -> Int? {
        (0..<layout.placeCount).first { place in
            let owner = self[place, \.owner]
            return owner & 0xffff == UInt64(2 + worker) && self[place, \.left] != owner >> 16
        }
    }

    /// A place that another worker is at, waiting a moment for it.
    func othersPlace() -> Int? {
        for _ in 0..<1000 {
            for worker in workers where worker != me {
                if let place = place(of: worker) { return place }
            }
            usleep(1000)
        }
        return nil
    }

    /// Says that a place was left, waits until the parent has taken it back, and dies if that has not killed us.
    func leave(_ place: Int) {
        let owner = self[place, \.owner]
        self[place, \.left] = owner >> 16
        ring()
        for _ in 0..<2000 where self[place, \.owner] == owner { usleep(1000) }
        _exit(0)
    }

    // MARK: The rest

    /// Rings for the parent.
    func ring(times: UInt64 = 1) {
        var times = times
        unsafe _ = write(WorkerDescriptors.bell, &times, 8)
    }

    /// Hears the bell in the parent's place.
    func hear() {
        var count: UInt64 = 0
        unsafe _ = read(WorkerDescriptors.bell, &count, 8)
    }

    /// Whether nobody has asked before in the life of the segment: there is room for a mark beside the hint.
    func isFirst() -> Bool {
        defer { self[64] = UInt64(1) }
        return self[64] == UInt64(0)
    }

    /// Goes on scribbling beside the worker for a while, from now on.
    func later(_ body: @escaping () -> Void) {
        let end = Instant.now + .milliseconds(Lie.longest)
        let began = Flag()
        startThread {
            while Instant.now < end {
                body()
                began.isSet.store(true, ordering: .releasing)
            }
        }
        while !began.isSet.load(ordering: .acquiring) { usleep(100) }
    }
}

/// The descriptors of a worker, as it has no business to know them.
enum WorkerDescriptors {
    static let input: Int32 = 3
    static let result: Int32 = 4
    static let bell: Int32 = 5
}

private final class Flag: Sendable { let isSet = Atomic(false) }

/// Runs a body in a thread of its own, which nobody waits for.
func startThread(_ body: @escaping () -> Void) {
    final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    // Safe: the thread takes over the reference.
    unsafe pthread_create(
        &thread, nil,
        { context in
            unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, context)
}

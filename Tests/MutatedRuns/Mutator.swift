import Glibc
import ProcessionSegment
import ProcessionSystem
import Synchronization
import TestSupport

/// A thread that scribbles over the result segment of a process, which can be this one, while runs go on.
///
/// It writes where a worker can write and nowhere else: into a mapping of its own of the same memory.
final class Mutator: Sendable {
    private let memory: Mapping
    private let layout: SegmentLayout
    private let hand = Mutex(Hand())
    private let made = Atomic(0)
    private let isOn = Atomic(false)
    private let isOver = Atomic(false)

    private struct Hand {
        var random = SplitMix(seed: 0)
        /// The most words written at a time: from a slip now and then to a worker that has lost its mind.
        var burst = 1
    }

    /// Maps the result segment that a process holds; nil when it has none yet, or ends meanwhile.
    init?(of pid: Int32) {
        guard let links = try? ResourceCensus.openDescriptors(of: pid),
            let number = links.first(where: { $0.value.hasPrefix("/memfd:procession-result") })?.key,
            let file = try? File.open("/proc/\(pid)/fd/\(number)", O_RDWR), let bytes = try? File.size(of: file.number),
            let memory = try? Mapping(file.number, bytes: bytes, writable: true),
            // The sizes of the lines do not depend on the number of workers by more than a few lines.
            let layout = SegmentLayout(workerCapacity: 2, placeCount: 64, inputBytes: bytes, resultBytes: bytes)
        else { return nil }
        self.memory = memory
        self.layout = layout
    }

    var count: Int { made.load(ordering: .relaxed) }

    /// Scribbles while `body` runs.
    func scribble<Result>(seed: UInt64, during body: () throws -> Result) rethrows -> Result {
        hand.withLock { hand in
            hand.random = SplitMix(seed: seed)
            hand.burst = [1, 2, 8, 32][Int(hand.random.next() % 4)]
        }
        isOn.store(true, ordering: .releasing)
        defer { isOn.store(false, ordering: .releasing) }
        return try body()
    }

    /// Begins the thread. It ends with `stop`.
    func start() {
        startThread { [self] in
            while !isOver.load(ordering: .acquiring) {
                guard isOn.load(ordering: .acquiring) else {
                    usleep(200)
                    continue
                }
                let pause = hand.withLock { hand in
                    for _ in 0..<Int.random(in: 1...hand.burst, using: &hand.random) { mutate(&hand.random) }
                    return UInt32.random(in: 0..<4000, using: &hand.random)
                }
                usleep(pause)
            }
        }
    }

    func stop() { isOver.store(true, ordering: .releasing) }

    /// Writes over one word: most often one of a line that is in use, with a value that might be believed.
    private func mutate(_ random: inout SplitMix) {
        made.add(1, ordering: .relaxed)
        let lines = layout.placesOffset..<layout.placesOffset + 24 * SegmentLayout.line
        let offset: Int
        switch random.next() % 16 {
        case 0: offset = Int.random(in: 0..<layout.placesOffset / 8, using: &random) * 8
        case 1..<10:
            offset =
                lines.lowerBound + Int.random(in: 0..<24, using: &random) * SegmentLayout.line
                + Int.random(in: 0..<7, using: &random) * 8
        default: offset = layout.resultDataOffset + Int.random(in: 0..<1 << 16, using: &random) * 8
        }
        // Sound: inside the mapping, whose first megabyte and more there always is; eight bytes, aligned.
        let word = unsafe (memory.base + offset).assumingMemoryBound(to: UInt64.self)
        let old = unsafe word.pointee
        let other = unsafe (memory.base + (lines.lowerBound + Int(random.next() % 192) * 8)).load(as: UInt64.self)
        let new: UInt64
        switch random.next() % 10 {
        case 0: new = random.next()
        case 1: new = old ^ 1 << (random.next() % 64)
        case 2: new = old &+ 1
        case 3: new = old &- 1
        case 4: new = 0
        case 5: new = .max - random.next() % 4
        case 6: new = 1 << (random.next() % 64)
        case 7: new = old & ~0xffff | UInt64(random.next() % 6)
        case 8: new = old & ~0xff | UInt64(random.next() % 256)
        default: new = other
        }
        unsafe word.pointee = new
    }
}

/// Runs a body in a thread of its own, which nobody waits for.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    // Sound: the thread takes over the reference.
    unsafe pthread_create(
        &thread, nil,
        { context in
            unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, context)
}

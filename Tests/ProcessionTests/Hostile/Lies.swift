import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem

/// A lie that a worker tells through shared memory, and what comes of it.
struct Lie: Sendable, CustomStringConvertible {
    /// What comes of a lie. Records outside of the liar's chunk are right in every case but the last.
    enum Fate: Hashable, Sendable {
        /// Every result is right.
        case intact
        /// Records of the liar's chunk fail, and say that their worker damaged the memory.
        case damaged
        /// Records of the liar's chunk fail with some other cause.
        case reported
        /// Values in the liar's chunk are wrong: the worker could write them, so nobody can tell.
        case falsified
        /// The map ends with this error.
        case refused(String)
        /// Values anywhere may be wrong, or missing and reported.
        case falsifiedAnywhere
    }

    let what: String
    /// When it is told whenever the record is mapped, and when only the first time. Several where it is a race.
    let always, once: [Fate]
    /// Whether it is told over and over, for `longest` milliseconds, whatever becomes of the map meanwhile.
    let goesOn: Bool
    let tell: @Sendable (borrowing Telling) -> Void

    static let longest: UInt32 = 300

    init(
        _ what: String, _ always: Fate..., once: [Fate] = [.intact], goesOn: Bool = false,
        _ tell: @escaping @Sendable (borrowing Telling) -> Void
    ) {
        self.what = what
        self.always = always
        self.once = once
        self.goesOn = goesOn
        self.tell = tell
    }

    var description: String { what }
}

/// The worker in the act: in the middle of a chunk, at item `item`.
struct Telling {
    let memory: Scribbler
    let place: Int
    let chunk: procession_chunk
    let item: UInt64

    /// Nil when an earlier lie has taken the chunk from this worker's name.
    init?(_ memory: Scribbler, record: Int) {
        guard let place = memory.place(of: memory.me) else { return nil }
        self.memory = memory
        self.place = place
        chunk = memory.descriptor(place)
        item = UInt64(record) - chunk.first
    }

    /// A word of the chunk's place.
    subscript(word: KeyPath<procession_place, UInt64>) -> UInt64 {
        get { memory[place, word] }
        nonmutating set { memory[place, word] = newValue }
    }
    /// The owner word's state, under the generation it has.
    var state: UInt64 {
        get { self[\.owner] & 0xffff }
        nonmutating set { self[\.owner] = self[\.owner] & ~0xffff | newValue }
    }

    func leave() { memory.leave(place) }

    /// Leaves the chunk with these failures, the newest first.
    func fail(_ link: UInt64, _ entries: [(offset: UInt64, entry: procession_failure)] = []) {
        for (offset, entry) in entries { memory[Int(chunk.overflow_offset + offset)] = entry }
        self[\.failure] = link
        leave()
    }

    /// Writes over the text of the item before this one, in a row of `Int` and `String`.
    func text(_ low: UInt64?, _ high: UInt64) {
        let slot = Int(chunk.slot_offset + (item - 1) * 24 + 8)
        if let low { memory[slot] = low }
        memory[slot + 8] = high
    }
}

extension Lie {
    /// What fails whole when it is damaged again and again is the chunk; before that it is tried once more.
    static let all: [Lie] = done + left + room + owner + sleep + failure + slot + file
}

// MARK: How far the worker is

extension Lie {
    private static let most = UInt64.max

    static let done: [Lie] = [
        Lie("done is 2^64-1", .damaged) {
            $0[\.done] = most; $0.leave()
        },
        Lie("done is 2^63", .damaged) {
            $0[\.done] = 1 << 63; $0.leave()
        },
        Lie("done is one over the count", .damaged) {
            $0[\.done] = $0.chunk.end + 1
            $0.leave()
        },
        // The first time it only leaves early, so that the rest comes back as a chunk that begins later.
        Lie("done is below the chunk's first item", .damaged) {
            if $0.chunk.begin > 0 { $0[\.done] = $0.chunk.begin - 1 }
            $0.leave()
        },
        Lie("done goes back to the beginning", .reported) {
            $0[\.done] = $0.chunk.begin
            $0.leave()
        },
        Lie("done counts items that were not mapped", .falsified, once: [.falsified]) {
            $0[\.done] = $0.chunk.end
            $0.leave()
        },
        Lie("done runs ahead for a moment", .intact) { $0[\.done] = $0.chunk.end },
    ]

    static let left: [Lie] = [
        Lie("the chunk is left as if the system had refused something", .refused("system"), once: [.refused("system")])
        {
            $0[\.wanted] = most - 1
            $0.leave()
        },
        // Again and again it comes back untouched, until no memory is left for what it may want.
        Lie("the chunk is left in the middle", .reported) { $0.leave() },
        Lie("the chunk is left and 2^64-3 bytes are wanted", .reported, once: [.reported]) {
            $0[\.done] = $0.chunk.begin
            $0[\.wanted] = most - 2
            $0.leave()
        },
        Lie("the chunk is left and 2^62 bytes are wanted", .reported, once: [.reported]) {
            $0[\.wanted] = 1 << 62
            $0.leave()
        },
        Lie(
            "the chunk is left as if the run could not go on", .refused("functionBroken"),
            once: [.refused("functionBroken")]
        ) {
            $0[\.wanted] = most
            $0.leave()
        },
        Lie(
            "the chunk is left as if the system had refused something", .refused("system"), once: [.refused("system")]
        ) {
            $0[\.wanted] = most - 1
            $0.leave()
        },
        Lie("more overflow was used than there is", .falsified, once: [.falsified]) {
            $0[\.overflow_used] = most
            $0[\.done] = $0.chunk.end
            $0.leave()
        },
        Lie("no overflow was used", .falsified, once: [.falsified]) {
            $0[\.overflow_used] = 0
            $0[\.done] = $0.chunk.end
            $0.leave()
        },
        Lie("the chunk took 2^64-1 nanoseconds", .reported) {
            $0[\.nanoseconds] = most
            $0.leave()
        },
        Lie("another worker's chunk was left", .intact, .falsifiedAnywhere, once: [.intact, .falsifiedAnywhere]) {
            let memory = $0.memory
            guard let place = memory.othersPlace() else { return }
            memory[place, \.left] = memory[place, \.owner] >> 16
            memory.ring()
        },
        // Nobody holds the chunk then, and nobody will ever leave it.
        Lie("that the chunk was left is wiped out", .damaged, .intact, goesOn: true) {
            let (memory, place) = ($0.memory, $0.place)
            memory.later { memory[place, \.left] = 0 }
        },
        Lie("the generation it was left under is another", .damaged, .intact, goesOn: true) {
            let (memory, place, owner) = ($0.memory, $0.place, $0[\.owner])
            memory.later { memory[place, \.left] = owner >> 16 + 1 }
        },
    ]
}

// MARK: Whose the chunk is

extension Lie {
    static let owner: [Lie] = [
        Lie("the chunk is another living worker's", .intact) { $0.state = $0.memory.next },
        Lie("the chunk is another living worker's, and its holder dies", .damaged) {
            $0.state = $0.memory.next
            _exit(0)
        },
        Lie("the chunk is nobody's who exists", .intact) { $0.state = 0xffff },
        Lie("the chunk is nobody's who exists, and its holder dies", .damaged) {
            $0.state = 0xffff
            _exit(0)
        },
        Lie("the owner word is -1", .intact) { $0[\.owner] = most },
        Lie("the owner word is -1, and the holder dies", .damaged) {
            $0[\.owner] = most
            _exit(0)
        },
        Lie("the place is closed, and the holder dies", .damaged) {
            $0.state = 0
            _exit(0)
        },
        Lie("the place is open", .intact) { $0.state = 1 },
        // Whoever claims it next does the same, and the deaths are counted.
        Lie("the place is open, and the holder dies", .refused("workersDie")) {
            $0.state = 1
            _exit(0)
        },
        Lie("the place is of the next generation", .intact) { $0[\.owner] += 1 << 16 },
        Lie("the place is of the next generation, and the holder dies", .damaged) {
            $0[\.owner] += 1 << 16
            _exit(0)
        },
        Lie(
            "another worker's chunk is the liar's own", .intact, .falsifiedAnywhere,
            once: [.intact, .falsifiedAnywhere]
        ) {
            let memory = $0.memory
            guard let place = memory.othersPlace() else { return }
            memory[place, \.owner] = memory[place, \.owner] & ~0xffff | UInt64(2 + memory.me)
        },
    ]

    // MARK: Who sleeps

    static let sleep: [Lie] = [
        Lie("nobody sleeps", .intact, goesOn: true) {
            let memory = $0.memory
            memory.later {
                for worker in memory.workers { memory[worker: worker, \.asleep] = 0 }
            }
        },
        Lie("everybody sleeps", .intact, .falsifiedAnywhere, once: [.intact, .falsifiedAnywhere], goesOn: true) {
            let memory = $0.memory
            memory.later {
                for worker in memory.workers { memory[worker: worker, \.asleep] = 1 }
            }
        },
        Lie("nobody has attached", .intact, .falsifiedAnywhere, once: [.intact, .falsifiedAnywhere]) {
            for worker in $0.memory.workers { $0.memory[worker: worker, \.attached] = 0 }
        },
        Lie("the hint is 2^64-1", .intact) { $0.memory[0] = most },
        Lie("the hint is 2^63-1", .intact) { $0.memory[0] = most >> 1 },
        // These lie in the input segment, where the kernel refuses the write.
        Lie("the futex word says that chunks were opened", .reported) {
            $0.memory.writeInput(99, at: 256)
        },
        Lie("the parent is awake", .reported) {
            $0.memory.writeInput(0, at: 384)
        },
        Lie("all chunks are out", .reported) {
            $0.memory.writeInput(1, at: 392)
        },
    ]
}

// MARK: What has failed

extension Lie {
    private static func entry(
        _ item: UInt64, _ previous: UInt64 = 0, _ count: UInt64 = 0, type: UInt64 = 0, value: UInt64 = 0
    ) -> procession_failure {
        procession_failure(item: item, previous: previous, count: count, type_count: type, value_count: value)
    }

    static let failure: [Lie] = [
        Lie("the newest failure lies at 2^64-1", .damaged) { $0.fail(most) },
        Lie("the newest failure lies one byte too far", .damaged) { $0.fail($0.chunk.overflow_count - 40 + 2) },
        Lie("a failure follows itself", .damaged) { $0.fail(1, [(0, entry($0.item - 1, 1))]) },
        Lie("a failure is of item 2^64-1", .damaged) { $0.fail(1, [(0, entry(most))]) },
        Lie("a failure is of an item that another chunk has", .damaged) { $0.fail(1, [(0, entry($0.chunk.end))]) },
        Lie("failures are in the wrong order", .damaged) {
            $0.fail(1, [(0, entry($0.item - 2, 101)), (100, entry($0.item - 1))])
        },
        Lie("what was thrown has 2^64-1 bytes", .damaged) {
            $0.fail(1, [(0, entry($0.item - 1, type: 1, value: most))])
        },
        Lie("the type of what was thrown ends one byte too far", .damaged) {
            $0.fail(1, [(0, entry($0.item - 1, 0, 8, type: $0.chunk.overflow_count - 47))])
        },
        Lie("a failure's text has 2^64-1 bytes", .damaged) { $0.fail(1, [(0, entry($0.item - 1, 0, most))]) },
        Lie("a failure's text is one byte too long", .damaged) {
            $0.fail(1, [(0, entry($0.item - 1, 0, $0.chunk.overflow_count - 39))])
        },
        // Thousands of such texts would fill the parent's memory.
        Lie("failures share their text", .damaged) {
            $0.fail(1, [(0, entry($0.item - 1, 41, 64)), (40, entry($0.item - 2, 0, 24))])
        },
        Lie("a record failed that did not", .reported, once: [.reported]) {
            $0.fail($0.chunk.overflow_count - 63, [($0.chunk.overflow_count - 64, entry($0.item - 1, 0, 3))])
        },
    ]

    // MARK: Results

    static let slot: [Lie] = [
        Lie("a text lies at 2^64-1", .falsified, once: [.falsified]) {
            $0.text(most, 255 << 56 | 100)
        },
        Lie("a text has 2^56-1 bytes", .falsified, once: [.falsified]) { $0.text(nil, most) },
        Lie("a text is as long as the segment", .falsified, once: [.falsified]) {
            $0.text(0, 255 << 56 | UInt64($0.memory.layout.resultBytes))
        },
        Lie("a text ends one byte behind the segment", .falsified, once: [.falsified]) {
            $0.text(UInt64($0.memory.layout.resultBytes) - 99, 255 << 56 | 100)
        },
        Lie("a text is not UTF-8", .falsified, once: [.falsified]) {
            $0.text(most, 15 << 56 | most >> 8)
        },
        Lie("the number of the next record is written over", .intact) {
            $0.memory[Int($0.chunk.slot_offset + $0.item * 24)] = UInt64(12345)
        },
    ]

    // MARK: The file itself, and the bell

    static let file: [Lie] = [
        Lie("the segments are made empty", .intact) { _ in
            for file in [WorkerDescriptors.input, WorkerDescriptors.result] {
                precondition(ftruncate(file, 0) == -1 && errno == EPERM)
                precondition(ftruncate(file, 1 << 50) == -1 && errno == EPERM)
            }
        },
        Lie("a hole is punched into the input", .intact) { _ in
            precondition(procession_punch_hole(WorkerDescriptors.input, 0, 1 << 30) == -1 && errno == EPERM)
        },
        Lie(
            "a hole is punched into the results", .falsifiedAnywhere, .falsified,
            once: [.falsifiedAnywhere, .falsified]
        ) {
            precondition(
                procession_punch_hole(WorkerDescriptors.result, 0, Int64($0.memory.layout.resultBytes)) == 0)
        },
        Lie("the input is made writable", .intact) {
            let refused = unsafe mprotect($0.memory.input, 4096, PROT_READ | PROT_WRITE)
            precondition(refused == -1 && errno == EACCES)
        },
        Lie("the seals are taken off, or more are put on", .intact) { _ in
            for file in [WorkerDescriptors.input, WorkerDescriptors.result] {
                precondition(procession_add_seals(file, 0) == -1 && errno == EPERM)
                precondition(procession_add_seals(file, 8) == -1 && errno == EPERM)
            }
        },
        Lie("the results are mapped away", .reported) {
            unsafe munmap($0.memory.result, $0.memory.layout.resultBytes)
        },
        Lie("the bell rings 2^64-2 times", .intact) { $0.memory.ring(times: most - 1) },
        Lie("the bell never stops", .intact, goesOn: true) {
            let memory = $0.memory
            memory.later { memory.ring() }
        },
        Lie("nobody ever hears the bell", .intact, goesOn: true) {
            let memory = $0.memory
            memory.later { memory.hear() }
        },
        Lie("who asks the bell must wait for it", .intact, goesOn: true) {
            _ = fcntl(WorkerDescriptors.bell, F_SETFL, 0)
            let memory = $0.memory
            memory.later {
                var items = [PollItem(descriptor: WorkerDescriptors.bell, wants: .read)]
                if (try? poll(&items, timeout: .zero)) == 1 { memory.hear() }
            }
        },
    ]
}

import Glibc
import OrderedCollections
import Procession
import ProcessionSegment
import ProcessionSystem
import Synchronization

/// Loads values while another thread changes the lengths in their slots as fast as it can.
///
/// A length that is checked and then fetched once more would sooner or later be another one. Every value must be short:
/// the whole one, a part of it or nothing, whatever the thread has just claimed.
func toggleLengths(loads: Int) throws {
    let bytes = 1 << 20
    let layout = SegmentLayout(workerCapacity: 1, placeCount: 1, inputBytes: bytes, resultBytes: bytes)!
    let segments = try ParentSegments(layout: layout)
    let writable = try Mapping(segments.descriptors[1], bytes: bytes, writable: true)
    let slot = layout.resultDataOffset
    let text = slot + 256
    let toggling = Toggling(writable, slot: slot, text: text)
    startThread { toggling.run() }

    let reader = segments.resultReader.slots
    for _ in 0..<loads / 4 {
        var input = reader.allowing(400)
        precondition(String._load(at: slot, from: &input).utf8.count <= 1200, "a text is too long")
        input = reader.allowing(400)
        precondition([Int]._load(at: slot + 16, from: &input).count <= 50, "an array is too long")
        input = reader.allowing(400)
        precondition([[Int]]._load(at: slot + 32, from: &input).joined().count <= 50, "arrays are too long")
        input = reader.allowing(400)
        let pairs = OrderedDictionary<Int, [Int]>._load(at: slot + 16, from: &input)
        precondition(pairs.count <= 50, "a dictionary is too long")
    }
    toggling.stop()
    print("\(loads) loads of values whose lengths change")
}

/// The thread that changes them.
private final class Toggling: Sendable {
    private let memory: Mapping
    private let slot, text: Int
    private let isOver = Atomic(false)
    private let hasEnded = Atomic(false)

    init(_ memory: consuming Mapping, slot: Int, text: Int) {
        self.memory = memory
        self.slot = slot
        self.text = text
    }

    func run() {
        // Sound: inside the mapping, aligned to eight.
        let words = unsafe (memory.base + slot).assumingMemoryBound(to: UInt64.self)
        // Offset and count of a text, of an array, and of an array of arrays: true ones, too long ones, nowhere.
        let truths: [UInt64] = [UInt64(text), 255 << 56 | 40, UInt64(text), 5, UInt64(text + 64), 2]
        let lies: [UInt64] = [.max, 1 << 20 - 8, 1 << 63, 255 << 56 | 1 << 40, 255 << 56 | 1 << 19, 1 << 61, 0]
        for (word, value) in [UInt64(text), 5, UInt64(text), 1 << 19].enumerated() {
            unsafe (words + (text + 64 - slot) / 8 + word).pointee = value
        }
        var turn = 0
        while !isOver.load(ordering: .relaxed) {
            turn &+= 1
            for word in 0..<6 {
                unsafe (words + word).pointee = turn % 3 == 0 ? lies[(turn / 3 + word) % lies.count] : truths[word]
            }
        }
        hasEnded.store(true, ordering: .releasing)
    }

    func stop() {
        isOver.store(true, ordering: .relaxed)
        while !hasEnded.load(ordering: .acquiring) { usleep(100) }
    }
}

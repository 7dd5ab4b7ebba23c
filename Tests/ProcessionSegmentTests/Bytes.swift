import ProcessionSegment

/// A little memory that stands for a segment, between two stretches of canaries that nobody may touch.
@safe final class Bytes {
    static let fence = 256
    let count: Int
    private let memory: UnsafeMutableRawBufferPointer

    init(_ count: Int) {
        self.count = count
        unsafe memory = .allocate(byteCount: count + 2 * Self.fence, alignment: 16)
        unsafe _ = memory.initializeMemory(as: UInt8.self, repeating: 0xca)
        for index in 0..<count { unsafe memory[Self.fence + index] = 0 }
    }

    deinit { unsafe memory.deallocate() }

    // Safe, in all of these: within the allocation, whose owner the test keeps for as long as it uses them.
    private var base: UnsafeMutableRawPointer { unsafe memory.baseAddress! + Self.fence }

    var input: _SlotReader { unsafe _SlotReader(base: UnsafeRawPointer(base), limit: count) }

    func output(overflow: Range<Int> = 0..<0) -> _SlotWriter {
        unsafe _SlotWriter(base: base, limit: count, overflow: overflow)
    }

    func writer(capacity: Int) -> ByteWriter { unsafe ByteWriter(base: base, capacity: capacity) }

    subscript(index: Int) -> UInt8 {
        get { unsafe memory[Self.fence + index] }
        set { unsafe memory[Self.fence + index] = newValue }
    }

    func prefix(_ count: Int) -> [UInt8] { (0..<count).map { self[$0] } }

    /// Whether the canaries around the memory are alive.
    var isFenceIntact: Bool {
        let below = unsafe memory[..<Self.fence].allSatisfy { $0 == 0xca }
        let above = unsafe memory[(Self.fence + count)...].allSatisfy { $0 == 0xca }
        return below && above
    }
}

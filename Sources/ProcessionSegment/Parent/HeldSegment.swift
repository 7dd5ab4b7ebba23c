package import ProcessionSystem

/// One segment as its parent holds it: the file and the parent's mapping of it, both gone with the last reference.
@safe
package final class HeldSegment<Segment>: Sendable {
    private let file: MemoryFile
    private let mapping: Mapping
    package let byteCount: Int

    /// Sparse: only pages that are touched take memory.
    init(name: String, bytes: Int) throws(SystemError) {
        file = try MemoryFile(name: name, bytes: bytes)
        mapping = try Mapping(file.descriptor.number, bytes: bytes, writable: true)
        byteCount = bytes
    }

    /// The first byte, for as long as there is a reference to the segment.
    @unsafe var base: UnsafeMutableRawPointer { unsafe mapping.base }

    var descriptor: Int32 { file.descriptor.number }

    func seal(futureWrite: Bool) throws(SystemError) { try file.seal(futureWrite: futureWrite) }

    /// What lies here, for whoever keeps the segment meanwhile.
    package var reader: SegmentReader<Segment> { unsafe SegmentReader(base: UnsafeRawPointer(base), limit: byteCount) }

    /// Where the parent lays out input, the same. It is the only writer of that segment.
    package var writer: _SlotWriter { unsafe _SlotWriter(base: base, limit: byteCount, overflow: 0..<0) }

    /// Takes the memory of a part now, or throws where a touch would be refused.
    package func reserve(_ range: Range<Int>) throws(SystemError) { try file.reserve(range) }

    /// Makes huge pages of a part that nobody has touched.
    package func makeHuge(_ range: Range<Int>) throws(SystemError) { try mapping.makeHuge(range) }

    /// Gives the memory of a part back that is nobody's: in all processes that map it, it reads as zero from now on. A
    /// worker gone wild that writes there takes memory again, and does no other harm. Refused (EPERM) for the input
    /// segment.
    package func giveBack(_ range: Range<Int>) throws(SystemError) { try file.punchHole(range) }
}

import CProcessionShims
import Glibc
import ProcessionSegment

/// Lies about results that are kept, and who waits for room.
extension Lie {
    static let room: [Lie] = [
        Lie("it waits for room, and dies of it", .reported) {
            $0.wait()
            $0.leave()
        },
        Lie("it waits for 2^64-3 bytes, and dies of them", .reported, once: [.reported]) {
            $0[\.done] = $0.chunk.begin
            $0[\.wanted] = UInt64.max - 2
            $0.wait()
            $0.leave()
        },
        Lie("it waits as if the run could not go on", .refused("functionBroken"), once: [.refused("functionBroken")]) {
            $0[\.wanted] = UInt64.max
            $0.wait()
            $0.leave()
        },
        // The grant is then for somebody who has moved on, and is never seen to leave.
        Lie("it waits for room, and does not", .damaged, .falsified, once: [.intact, .falsified]) {
            $0.wait()
            $0.leaveAndGoOn()
        },
        Lie("another waits for room", .damaged, .falsified, once: [.intact, .falsified]) {
            $0.state = $0.memory.next
            $0.wait()
            $0.leaveAndGoOn()
        },
        Lie("somebody who does not exist waits for room", .damaged) {
            $0.state = 0xffff
            $0.wait()
            $0.leaveAndGoOn()
        },
        Lie("it waits for room without having left", .intact) { $0.wait() },
        // In the input segment, where the kernel refuses the write.
        Lie("the parent has given it room", .reported) {
            let answer =
                $0.memory.layout.chunksOffset + $0.place * SegmentLayout.line + MemoryLayout<procession_chunk>.offset(
                    of: \.answer)!
            $0.memory.writeInput($0[\.owner], at: answer)
        },
    ]
}

extension Telling {
    /// Says that the result of the item at `done` is kept.
    func wait() { self[\.waits] = self[\.owner] >> 16 }

    /// Says that the chunk was left, and stays alive.
    func leaveAndGoOn() {
        self[\.left] = self[\.owner] >> 16
        memory.ring()
        usleep(20_000)
    }
}

import CProcessionShims
import ProcessionSystem

/// Looks whether a program that was sent everything there is waits for more, or may still be at work.
///
/// The kernel says in which call each thread sleeps. A program that sleeps in a read of its standard input, and whose
/// other threads and children all do that too or wait for one another, has answered what it will answer before more
/// comes: whatever it has not, it keeps in its buffer. Nothing but time depends on the answer.
enum FilterProbe {
    /// False, too, where the kernel does not tell, or the program waits in another way, which may be for anything.
    static func waitsForInput(under keeper: Int32) -> Bool {
        let states = children(of: keeper).map(state)
        return states.contains(.reads) && !states.contains(.works)
    }

    private enum State { case reads, waits, works }

    private static func state(_ pid: Int32) -> State {
        let children = children(of: pid)
        guard let threads = try? ResourceCensus.names(in: "/proc/\(pid)/task") else { return .works }
        let states = children.map(state) + threads.map { state(pid, thread: $0, isParent: !children.isEmpty) }
        return states.contains(.works) ? .works : states.contains(.reads) ? .reads : .waits
    }

    private static func state(_ pid: Int32, thread: String, isParent: Bool) -> State {
        let words = ControlGroup.text("/proc/\(pid)/task/\(thread)/syscall")?.split(separator: " ") ?? []
        // A thread that runs has a word there and no number.
        guard let call = words.first.flatMap({ Int($0) }) else { return .works }
        if procession_is_read(call) != 0, words.count > 1, words[1] == "0x0" { return .reads }
        return procession_is_futex(call) != 0 || isParent && procession_is_wait(call) != 0 ? .waits : .works
    }

    private static func children(of pid: Int32) -> [Int32] { (try? ResourceCensus.children(of: pid)) ?? [] }
}

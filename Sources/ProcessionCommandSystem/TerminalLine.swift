import CProcessionShims
import Glibc
package import ProcessionSystem

/// A line at the bottom of the terminal that standard error leads to, drawn again and again.
///
/// Others write to standard error meanwhile: this process, its workers, the filters that these run. So that no word of
/// theirs gets into the line, standard error is a pipe as long as the line may be drawn, and a thread passes on what
/// comes there, in whole lines, above the line. That thread alone writes to the terminal: one that takes nothing, as
/// behind Ctrl-S, holds up nobody but those who write to standard error.
package final class TerminalLine: Sendable {
    private let desk = Monitor(Desk())
    private let bell: EventCounter
    private let terminal: Descriptor
    private let thread: ServiceThread<Void, Void>

    /// Takes standard error over, which must be a terminal.
    package init() throws(SystemError) {
        let terminal = try Descriptor(.duplicate) { fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) }
        let bell = try EventCounter()
        var ends: [Int32] = [0, 0]
        // Safe: fills the two numbers it is given.
        _ = try system(.pipe) { unsafe procession_pipe(&ends, 1) }
        let reading = Descriptor(owning: ends[0])
        let writing = Descriptor(owning: ends[1])
        let relay = Relay(
            source: try reading.duplicate(), terminal: try terminal.duplicate(), bell: bell.descriptor.number)
        thread = try ServiceThread { [desk] _ in relay.run(desk) }
        _ = try system(.duplicate) { dup2(writing.number, STDERR_FILENO) }
        self.bell = bell
        self.terminal = terminal
        _ = thread.ask(())
    }

    /// Columns of the terminal, or nil where it does not know.
    package var columns: Int? { Terminal.columns(terminal.number) }

    /// Shows this text, of one line, from now on: as soon as the terminal takes it.
    package func show(_ text: String) {
        desk.when({ _ in true }) { $0.text = Array(text.utf8) }
        bell.signal()
    }

    /// Takes the line away, passes on what was written so far, and gives standard error back. Once is enough.
    package func end() {
        let isFirst = desk.when({ _ in true }) { desk in
            defer { desk.isOver = true }
            return !desk.isOver
        }
        guard isFirst else { return }
        _ = dup2(terminal.number, STDERR_FILENO)
        bell.signal()
        thread.answer()
    }

    deinit { end() }
}

/// What the thread is to do.
private struct Desk: Sendable {
    /// To be shown, if it is not yet.
    var text: [UInt8]?
    var isOver = false
}

/// What the thread works with.
private final class Relay: Sendable {
    private let source: Descriptor
    private let terminal: Descriptor
    private let bell: Int32

    private static let eraseLine = Array("\r\u{1B}[K".utf8)
    /// A line that is longer is passed on in parts.
    private static let longestLine = 64 << 10

    init(source: consuming Descriptor, terminal: consuming Descriptor, bell: Int32) {
        self.source = source
        self.terminal = terminal
        self.bell = bell
    }

    func run(_ desk: Monitor<Desk>) {
        var shown: [UInt8] = []
        var unfinished: [UInt8] = []
        while true {
            var items = [PollItem(descriptor: source.number, wants: .read), PollItem(descriptor: bell, wants: .read)]
            guard (try? poll(&items, timeout: nil)) != nil else { return }
            if items[1].isReady { drainBell() }
            let (text, isOver) = desk.when({ _ in true }) { desk in
                defer { desk.text = nil }
                return (desk.text, desk.isOver)
            }
            var lines = receive(into: &unfinished, isOver: isOver)
            // Nobody sees a line in the background, and the shell's own is there.
            let next = isOver ? [] : text ?? shown
            let isFree = Terminal.isFree(terminal.number)
            if isFree, !lines.isEmpty || next != shown {
                lines = Self.eraseLine + lines + next
                shown = next
            }
            try? File.write(terminal.number, all: lines.span)
            if isOver { return }
        }
    }

    /// The whole lines that have come; what has no end yet is kept, until the last time.
    private func receive(into unfinished: inout [UInt8], isOver: Bool) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: Self.longestLine)
        repeat {
            var span = part.mutableSpan
            guard let count = try? File.read(source.number, into: &span), count > 0 else { break }
            unfinished += part[..<count]
        } while isOver
        if unfinished.count >= Self.longestLine || isOver && !unfinished.isEmpty, unfinished.last != UInt8(ascii: "\n")
        {
            unfinished.append(UInt8(ascii: "\n"))
        }
        guard let end = unfinished.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        defer { unfinished.removeSubrange(...end) }
        return Array(unfinished[...end])
    }

    private func drainBell() {
        var rings = [UInt8](repeating: 0, count: 8)
        var span = rings.mutableSpan
        _ = try? File.read(bell, into: &span)
    }
}

import Glibc

/// Where results are written. A reader that is slow is waited for, and a signal ends that wait.
///
/// A write that blocks could not be ended by a signal that is blocked too. So where the descriptor leads to a pipe or a
/// terminal, the same is opened once more as our own and made non-blocking; the standard output itself we share with
/// other processes, which do not expect that. What cannot be opened again, such as a socket, is written in steps that
/// do not block once it says that it is ready. A file, or a device like /dev/null, never makes us wait.
package final class Output {
    private let descriptor: Descriptor
    private let again: Descriptor?
    /// The one of the two that is written to.
    private let number: Int32
    private let interruption: Interruption?
    /// Bytes that are written at a time once the descriptor is ready; nil where nothing has to be asked.
    private let step: Int?
    /// When we stop waiting for the reader, once a signal has come.
    private var deadline: Instant?
    /// Whether the reader is being waited for.
    package private(set) var isWaiting = false

    /// How long the reader may take for what is finished when a signal comes.
    private static let patience = Duration.milliseconds(100)

    package init(_ descriptor: consuming Descriptor, interruption: Interruption? = nil) {
        let number = descriptor.number
        let kind = try? File.kind(of: number)
        var again: Descriptor?
        let isTerminal = isatty(number) == 1
        File.lengthenPipe(number)
        if kind == S_IFIFO || isTerminal {
            again = try? File.open("/proc/self/fd/\(number)", O_WRONLY | O_NONBLOCK | O_NOCTTY)
        }
        self.number = again?.number ?? number
        step = again == nil && (kind == S_IFIFO || kind == S_IFSOCK || isTerminal) ? Int(PIPE_BUF) : nil
        self.descriptor = descriptor
        self.again = again
        self.interruption = interruption
    }

    /// Writes the bytes in order. Says how many were written, and what kept the others from it: a `SystemError`, or
    /// `Interrupted`.
    package func write(_ buffers: [UnsafeRawBufferPointer]) -> (written: Int, failure: (any Error)?) {
        // Safe: the caller keeps the bytes during the call.
        var queue = unsafe WriteQueue(buffers)
        let total = queue.remaining
        do {
            var isReady = step == nil
            while !queue.isEmpty {
                if !isReady { try waitUntilWritable() }
                isReady = try queue.write(to: number, limit: step) && step == nil
            }
            return (total, nil)
        } catch {
            return (total - queue.remaining, error)
        }
    }

    /// The same from a span.
    package func write(_ bytes: Span<UInt8>) -> (written: Int, failure: (any Error)?) {
        // Safe: the span is borrowed for the call.
        unsafe bytes.withUnsafeBytes { unsafe write([$0]) }
    }

    private func waitUntilWritable() throws {
        isWaiting = true
        defer { isWaiting = false }
        while true {
            var items = [PollItem(descriptor: number, wants: .write)]
            if let signal = interruption?.check() {
                let now = Instant.now
                let end = deadline ?? now + Self.patience
                deadline = end
                guard now < end, try poll(&items, timeout: end - now) > 0 else {
                    throw Interrupted(signal: signal)
                }
                return
            }
            if let interruption { items.append(interruption.pollItem) }
            try poll(&items, timeout: nil)
            if items[0].isReady { return }
        }
    }
}

import Procession
import ProcessionCommandSystem
import ProcessionSegment
import ProcessionSystem

/// Reads a large file on a thread of its own, one block ahead of the supervisor, which writes meanwhile.
///
/// Of what passes through the command the parent copies every byte twice, in and out, and workers of a cheap function
/// wait for that. Only for files: a read of anything else may wait for ever, and then the supervisor has nothing else
/// to do.
final class InputThread {
    private let thread: ServiceThread<Request, Result<Int, SystemError>>
    private let bell: Bell
    private(set) var isReading = false

    /// Where to read to; the memory is held until it is done.
    private struct Request: Sendable {
        let block: Extent<_InputSegment>
        let range: Range<_InputOffset>
    }

    /// Rung when a block is read; held by both threads.
    private final class Bell: Sendable {
        let counter: EventCounter
        init() throws { counter = try EventCounter() }
    }

    /// Below this, a thread is not worth its start.
    private static let smallestFile = 4 << 20

    /// Nil where the supervisor does as well: for what is no file, or a small one, or where no thread is to be had.
    init?(_ input: Int32, _ memory: SharedMemory) {
        guard let size = File.remaining(input), size >= Self.smallestFile, let bell = try? Bell() else {
            return nil
        }
        let thread = try? ServiceThread<Request, Result<Int, SystemError>> { request in
            defer { bell.counter.signal() }
            return Result { () throws(SystemError) in
                try memory.segments.readInput(from: input, into: request.range)
            }
        }
        guard let thread else { return nil }
        self.thread = thread
        self.bell = bell
    }

    deinit {
        // Its memory is given back with us, so nobody may write there any more.
        if isReading { _ = thread.answer() }
        thread.stop()
    }

    /// Readable once the bytes are there.
    var descriptor: Int32 { bell.counter.descriptor.number }

    /// Begins to read into a part of a block.
    func begin(_ range: Range<_InputOffset>, of block: Extent<_InputSegment>) {
        isReading = thread.ask(Request(block: block, range: range))
    }

    /// How many bytes were read, 0 at the end of the file; nil while that is not known yet.
    func take() throws(SystemError) -> Int? {
        var items = [PollItem(descriptor: descriptor, wants: .read)]
        guard try poll(&items, timeout: .zero) > 0 else { return nil }
        bell.counter.drain()
        isReading = false
        return try thread.answer().get()
    }
}

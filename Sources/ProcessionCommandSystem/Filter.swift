import CProcessionShims
import Glibc
package import ProcessionSystem
import Synchronization

/// A program that runs beside us with a pipe at either end: what is sent goes to its standard input, what it answers is
/// received from its standard output.
///
/// Neither pipe ever blocks us. The program ends with everything that it has started when this process dies, and at the
/// end of the owner's life: a keeper between us and it sees to that (CShims/Keeper). Should the keeper be killed, what
/// the program has started comes to us, who have no other children than keepers.
package final class Filter {
    private let keeper: ChildProcess
    /// The keepers of all filters of this process.
    private static let keepers = Mutex<Set<Int32>>([])
    private var input: Descriptor?
    private let output: Descriptor
    /// Nobody is left whose answers count, though the output has not ended.
    private var isDeserted = false
    /// Bytes of answers that it may write before it has to wait for us.
    package let capacity: Int

    /// Starts `/bin/sh -c command`.
    package init(command: String) throws(SystemError) {
        try WorkerIdentity.adoptOrphans()
        let toProgram = try Pipe(weRead: false)
        let fromProgram = try Pipe(weRead: true)
        keeper = try ChildProcess.spawn(
            SpawnRequest(
                arguments: ["procession-filter", String(WorkerIdentity.ownPid()), command],
                descriptors: [
                    (toProgram.reading.number, 3), (fromProgram.writing.number, 4), (toProgram.writing.number, 5),
                    (fromProgram.reading.number, 6),
                ], blocksSignals: true))
        Self.note(keeper.pid)
        File.lengthenPipe(toProgram.writing.number)
        capacity = File.lengthenPipe(fromProgram.reading.number) ?? 4096
        input = .some(toProgram.takeWriting())
        output = fromProgram.takeReading()
    }

    /// Whether more can be sent.
    package var isOpen: Bool { input != nil }

    /// Tells the program that nothing will follow.
    package func closeInput() {
        guard isOpen else { return }
        input = nil
        // The keeper has it open too.
        try? keeper.kill(SIGURG)
    }

    /// Sends as much as the pipe takes now, and returns how much that was; nil when the program reads no more.
    package func send(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
        let number = inputNumber
        do {
            // Safe: the span is borrowed for the call.
            return try unsafe bytes.withUnsafeBytes { bytes throws(SystemError) in
                try system(.write, moving: bytes.count) { unsafe Glibc.write(number, bytes.baseAddress, $0) }
            }
        } catch {
            switch error.code {
            case EAGAIN: return 0
            case EPIPE: return nil
            default: throw error
            }
        }
    }

    /// Receives what there is, at most what fits behind the first `start` bytes; 0 is the end, nil means nothing yet.
    package func receive(into buffer: inout [UInt8], from start: Int) throws(SystemError) -> Int? {
        precondition(start < buffer.count)
        guard !isDeserted else { return 0 }
        // Safe: the array lives during the call, and the length behind `start` is passed along.
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in
                try unsafe File.read(output.number, into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
            }
        }
        do {
            return try result.get()
        } catch  where error.code == EAGAIN {
            return nil
        }
    }

    /// Sleeps until something can be received, or sent if that is wanted, or the time is over.
    package func wait(toSend: Bool, timeout: Duration) throws(SystemError) -> (canReceive: Bool, canSend: Bool) {
        var items = [PollItem(descriptor: output.number, wants: .read)]
        items.append(PollItem(descriptor: keeper.handle.number, wants: .read))
        if toSend { items.append(PollItem(descriptor: inputNumber, wants: .write)) }
        try poll(&items, timeout: timeout)
        if items[1].isReady, !items[0].isReady {
            // The keeper has ended, and something that the program has started holds the output open still: it is ended
            // now, or may not be, being another user's, and has no more to say.
            Self.endStrangers()
            items = [items[0]]
            isDeserted = try poll(&items, timeout: .zero) == 0
            return (true, false)
        }
        return (items[0].isReady, toSend && items[2].isReady)
    }

    /// Lets answers gather for a while.
    package func rest(_ time: Duration) throws(SystemError) {
        var nothing: [PollItem] = []
        try poll(&nothing, timeout: time)
    }

    /// Bytes that were sent and that the program has not read yet; nil where that cannot be known.
    package var unread: Int? {
        guard isOpen, let count = try? system(.unreadBytes, { procession_unread_bytes(inputNumber) }) else {
            return nil
        }
        return Int(count)
    }

    /// Whether the program waits for input and for nothing else, as far as the kernel tells: `FilterProbe`.
    package var waitsForInput: Bool { FilterProbe.waitsForInput(under: keeper.pid) }

    /// Bytes of memory that the program, with all that it has started, has alone.
    package var memory: Int { ResourceCensus.ownBytes(under: keeper.pid) }

    /// Waits for the program's end, which its closed output has announced, and says how it ended; nil when the time is
    /// over.
    package func ending(within time: Duration) throws(SystemError) -> Ending? {
        closeInput()
        try awaitKeeper(time)
        let ending = try keeper.reap()
        // So ends a program that was killed; or else its keeper.
        if ending == .signalled(SIGKILL) { Self.endStrangers() }
        return ending
    }

    /// Kills the program and what it has started, and says how it ended.
    package func kill() throws(SystemError) -> Ending {
        input = nil
        try? keeper.kill(SIGTERM)
        return try ending(within: .seconds(1)) ?? .signalled(SIGKILL)
    }

    deinit {
        // Should the keeper not come to an end, which only a filter that nobody can kill could cause, then its owner
        // ends it the hard way.
        try? keeper.kill(SIGTERM)
        try? awaitKeeper(.seconds(1))
        let pid = keeper.pid
        Self.keepers.withLock { _ = $0.remove(pid) }
    }

    private static func note(_ keeper: Int32) { keepers.withLock { _ = $0.insert(keeper) } }

    /// Ends what filters have left behind. Another filter may be waiting for its turn, and is none of that.
    private static func endStrangers() { ChildProcess.endAll(except: keepers.withLock { $0 }) }

    private func awaitKeeper(_ time: Duration) throws(SystemError) {
        var items = [PollItem(descriptor: keeper.handle.number, wants: .read)]
        try poll(&items, timeout: time)
    }

    private var inputNumber: Int32 {
        switch input {
        case .some(let input): input.number
        case .none: -1
        }
    }
}

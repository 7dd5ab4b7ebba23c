import CProcessionShims
import Glibc
package import ProcessionSystem

/// Runs programs one after another, each to its end, and takes what they write.
///
/// A program has /dev/null for its standard input, as this process does, pipes of its own for both outputs, and no other
/// descriptor. Its pipes are new each time, although that costs some calls: what a program leaves running could else write
/// into the output of the next one. It ignores SIGINT as this process does, because whoever waits for it decides what
/// Ctrl-C means.
package final class ProgramRunner {
    /// That of this process, which is copied once.
    private let environment: CStringList
    private let attributes: SpawnAttributes
    /// What is read goes through here.
    private var part = [UInt8](repeating: 0, count: 64 << 10)

    /// How a program has run.
    package struct Run {
        package let output: [UInt8]
        package let ending: Ending
        /// The last line on its standard error; empty where there is none.
        package let lastLine: [UInt8]
        /// It was killed, because it went on writing.
        package let wroteTooMuch: Bool
    }

    /// - Parameter assignments: What is different in the environment of the programs, "NAME=value" each.
    package init(overriding assignments: [String] = []) throws(SystemError) {
        environment = CStringList(overriding: assignments)
        attributes = try SpawnAttributes(blocksSignals: false, keepingIgnored: [SIGHUP, SIGINT])
    }

    /// Runs a program until it has ended and nobody has its standard output any more. What it says on its standard error is
    /// passed on to that of this process, at its end, so that its lines stand together.
    ///
    /// - Parameters:
    ///   - path: The file, given text.
    ///   - words: Its name and arguments.
    ///   - limit: Bytes of output beyond which it is killed.
    package func run(_ path: String, _ words: CStringList, limit: Int) throws(SystemError) -> Run {
        let outputPipe = try ShortPipe()
        let errorPipe = try ShortPipe()
        let child = try ChildProcess.spawn(
            path, words, environment, attributes, output: outputPipe.writing.number, errors: errorPipe.writing.number)
        var output = PipeEnd(outputPipe.takeReading())
        var errors = PipeEnd(errorPipe.takeReading())
        var said = SaidLines()
        var ending: Ending?
        var wroteTooMuch = false
        while output.isOpen || ending == nil {
            let end = PollItem(descriptor: ending == nil ? child.handle.number : -1, wants: .read)
            var items = [output.pollItem, errors.pollItem, end]
            try poll(&items, timeout: nil)
            if items[0].isReady { try output.take(by: &part) }
            if items[1].isReady { try said.take(from: &errors, by: &part) }
            if items[2].isReady { ending = try child.reap() }
            if output.bytes.count > limit {
                wroteTooMuch = true
                try child.kill(SIGKILL)
                output.close()
            }
        }
        // What it has said before its end is there, no more than a pipe holds; what it has left running may go on.
        if try errors.isReadable() { try said.take(from: &errors, by: &part) }
        said.finish()
        return Run(
            output: wroteTooMuch ? [] : output.bytes, ending: ending ?? .statusLost, lastLine: said.last,
            wroteTooMuch: wroteTooMuch)
    }
}

/// What a program says on its standard error: it is passed on, and its last line is kept in mind.
private struct SaidLines {
    private var bytes: [UInt8] = []
    private(set) var last: [UInt8] = []
    /// Passed on before the end where it is more.
    private static let most = 64 << 10

    mutating func take(from end: inout PipeEnd, by part: inout [UInt8]) throws(SystemError) {
        try end.take(by: &part)
        bytes += end.bytes
        end.bytes.removeAll(keepingCapacity: true)
        if bytes.count > Self.most { pass() }
    }

    /// Ends the last line where its writer has not, so that nobody's words stand behind it.
    mutating func finish() {
        guard let end = bytes.last else { return }
        if end != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        pass()
    }

    private mutating func pass() {
        if let line = bytes.split(separator: UInt8(ascii: "\n")).last { last = Array(line) }
        try? File.write(2, all: bytes.span)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Both ends of a pipe that is used once.
private struct ShortPipe: ~Copyable {
    let reading, writing: Descriptor

    init() throws(SystemError) {
        var ends: [Int32] = [0, 0]
        // Safe: fills the two numbers it is given.
        _ = try system(.pipe) { unsafe procession_short_pipe(&ends) }
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }

    /// Closes the other end.
    consuming func takeReading() -> Descriptor { reading }
}

/// The end of a pipe that we read, and what has come out of it.
private struct PipeEnd: ~Copyable {
    private let descriptor: Descriptor
    private(set) var isOpen = true
    var bytes: [UInt8] = []

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    var pollItem: PollItem { PollItem(descriptor: isOpen ? descriptor.number : -1, wants: .read) }

    /// Takes what there is, once it is known that there is something.
    mutating func take(by part: inout [UInt8]) throws(SystemError) {
        var span = part.mutableSpan
        let count = try File.read(descriptor.number, into: &span)
        if count == 0 { isOpen = false }
        bytes += part[..<count]
    }

    /// Whether there is something, or the end.
    func isReadable() throws(SystemError) -> Bool {
        var items = [pollItem]
        return try poll(&items, timeout: .zero) > 0
    }

    /// Takes nothing more.
    mutating func close() { isOpen = false }
}

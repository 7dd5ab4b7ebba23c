/// A line that a worker has printed.
///
///     let pool = try WorkerPool(onOutput: { line in
///         hostLog("worker \(line.worker), process \(line.processID): \(line.text)")
///     })
public struct WorkerOutput: Hashable, Sendable {
    /// Where a worker prints to.
    public enum Stream: Hashable, Sendable {
        /// Descriptor 1, as by `print`.
        case standardOutput
        /// Descriptor 2, as by `fatalError`.
        case standardError
    }

    /// The number of the worker in its pool, from 0 up. The one that takes the place of a dead worker has the same.
    public let worker: Int
    /// Its process, of which there is one for each worker that was ever started.
    public let processID: Int32
    /// Where it was printed to.
    public let stream: Stream
    /// What was printed, without the newline: at most `longestPiece` bytes.
    public let bytes: [UInt8]
    /// No more of the line follows; false for a piece of one that is longer than a piece may be.
    public let endsLine: Bool
    /// How many lines of the pool, and pieces of lines, were dropped before this one.
    ///
    /// That is so where whoever is told has been busy for more than a second.
    public let dropped: Int

    /// How many bytes of a line are told at a time.
    public static var longestPiece: Int { 1 << 16 }

    /// What was printed, as text. Bytes that are no UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    init(by printer: Printer, _ piece: LineCutter.Piece, dropped: Int = 0) {
        (worker, processID, stream) = (printer.worker, printer.processID, printer.stream)
        (bytes, endsLine) = (piece.bytes, piece.endsLine)
        self.dropped = dropped
    }
}

/// A stream of a worker.
struct Printer: Hashable, Sendable {
    let worker: Int
    let processID: Int32
    let stream: WorkerOutput.Stream
}

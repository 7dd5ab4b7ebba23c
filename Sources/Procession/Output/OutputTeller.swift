import Dispatch
import ProcessionSystem
import Synchronization

/// Tells the host what workers have printed, one line after the other, beside the thread that listens to them.
///
/// A host that is slow holds the listener up, and that the workers who print, as a slow terminal does. One that is busy
/// for longer than a second does not: lines are dropped then, and counted, until it is done.
final class OutputTeller: Sendable {
    private let queue = DispatchQueue(label: "procession.output")
    private let tell: @Sendable (WorkerOutput) -> Void
    /// Batches that may wait: as many times what is read at once, and a piece.
    private let room = DispatchSemaphore(value: 8)
    private let losses = Atomic(0)
    private static let patience = DispatchTimeInterval.seconds(1)

    init(_ tell: @escaping @Sendable (WorkerOutput) -> Void) { self.tell = tell }

    /// Called by one thread.
    func add(_ pieces: [LineCutter.Piece], by printer: Printer) {
        guard !pieces.isEmpty else { return }
        // Where lines were dropped, nobody waits for that once more.
        let isBehind = losses.load(ordering: .relaxed) > 0
        guard room.wait(timeout: isBehind ? .now() : .now() + Self.patience) == .success else {
            losses.add(pieces.count, ordering: .relaxed)
            return
        }
        let dropped = losses.exchange(0, ordering: .relaxed)
        queue.async { [self] in
            for (number, piece) in pieces.enumerated() {
                tell(WorkerOutput(by: printer, piece, dropped: number == 0 ? dropped : 0))
            }
            room.signal()
        }
    }

    /// Calls `body` when all is told.
    func afterAll(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}

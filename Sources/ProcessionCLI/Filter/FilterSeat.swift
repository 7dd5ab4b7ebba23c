import ProcessionCommandSystem
import ProcessionSystem

/// The filter that runs for a worker, what was received from it and not taken, what the clock says of it, and another one
/// that takes over when it has ended.
struct FilterSeat {
    private let command: String
    private var filter: Filter?
    /// Started already.
    private var successor: Filter?
    private var buffer = AnswerBuffer()
    private(set) var watch = FilterWatch()
    /// The filter writes its answers in small pieces, and more are to come: to wake for every piece, on the core that the
    /// filter works on, would cost more than it is worth. So they gather for a while, in which they do not fill the pipe.
    private var pause: Duration?

    init(command: String) { self.command = command }

    /// Whether a filter runs; whether more can be sent to it.
    var isTaken: Bool { filter != nil }
    var isOpen: Bool { filter?.isOpen ?? false }
    /// Whether everything that was received is taken.
    var isHeard: Bool { buffer.isEmpty }
    /// See `Filter`.
    var unread: Int? { filter?.unread }
    var waitsForInput: Bool { filter?.waitsForInput ?? false }

    /// Sees to it that a filter runs.
    mutating func fill() throws(SystemError) {
        guard filter == nil else { return }
        watch = FilterWatch(isStarted: successor != nil)
        if successor == nil { successor = try Filter(command: command) }
        swap(&filter, &successor)
        buffer.clear()
        pause = nil
    }

    /// The filter has ended, or is ended by this.
    mutating func clear() { filter = nil }

    mutating func dismissSuccessor() { successor = nil }

    /// Ends both filters; what came from them is forgotten.
    mutating func abandon() {
        (filter, successor) = (nil, nil)
        buffer.clear()
    }

    /// Ends the filter's input.
    mutating func close(isMoreToCome: Bool = false) {
        watch.wasAsked = true
        filter?.closeInput()
        // Should that not succeed, `fill` will say so.
        if isMoreToCome { successor = try? Filter(command: command) }
    }

    func kill() throws(SystemError) -> Ending { try filter!.kill() }

    // MARK: Moving bytes

    /// Waits until something can be received, or sent if that is wanted, or the time is over.
    mutating func wait(toSend: Bool, timeout: Duration) throws(SystemError) -> (canReceive: Bool, canSend: Bool) {
        if let pause { try filter!.rest(pause) }
        let found = try filter!.wait(toSend: toSend, timeout: timeout)
        watch.look(isMoving: found.canReceive || found.canSend)
        return found
    }

    func canReceive() throws(SystemError) -> Bool { try filter!.wait(toSend: false, timeout: .zero).canReceive }

    /// Sends lines; nil when the filter reads no more. Then its output will end too, and tell.
    mutating func send(_ lines: Span<UInt8>) throws(SystemError) -> Int? {
        guard let count = try filter!.send(lines) else {
            filter!.closeInput()
            return nil
        }
        if count > 0 { watch.sent() }
        return count
    }

    /// Receives what there is; 0 is the end, nil means nothing yet.
    mutating func receive() throws(SystemError) -> Int? { try buffer.receive(from: filter!) }

    mutating func take(_ body: (Span<UInt8>) -> Int) { buffer.take(body) }

    /// A last line without its newline is an answer like others.
    mutating func endLine() {
        if !buffer.isEmpty { buffer.endLine() }
    }

    mutating func answered() { watch.answered() }

    mutating func ranDry() { watch.ranDry() }

    /// Lets answers gather, after so many bytes came at once and so many answers are missing; unless the filter might have
    /// read all that it was sent by then, and wait for us.
    mutating func rest(after count: Int, missing: Int) {
        pause = nil
        guard missing > 64, let capacity = filter?.capacity, count < capacity / 5 else { return }
        if let unread, unread < 2 * count { return }
        // At 500 MB/s a filter fills its pipe in two nanoseconds a byte.
        pause = .nanoseconds(count < 4096 ? 200_000 : 2 * capacity)
    }

    mutating func mustShowLife() -> Bool { watch.mustShowLife() }
    mutating func mustBeWeighed() -> Bool { watch.mustBeWeighed() }
    var memory: Int { filter?.memory ?? 0 }

    /// Whether the filter has read for the first time.
    mutating func reads(unread: Int, sent: Bool) -> Bool { watch.reads(unread: unread, sent: sent) }

    // MARK: Ending

    /// Waits for the end of the filter, which has closed its output. One that goes on without is killed after a while.
    mutating func awaitEnding(_ showLife: (Instant) -> Void) throws(SystemError) -> (ending: Ending, isKilled: Bool) {
        watch.look(isMoving: true)
        while watch.silent < FilterPace.patienceAtEnd {
            if let ending = try filter!.ending(within: FilterPace.longStep) { return (ending, false) }
            watch.look(isMoving: false, within: FilterPace.longStep)
            showLife(watch.now)
        }
        return (try filter!.kill(), true)
    }

    /// What comes of a filter whose input has ended, and which has answered everything.
    enum Rest { case nothing, silence, surplus }

    mutating func rest() throws(SystemError) -> Rest {
        watch.look(isMoving: true)
        while watch.silent < FilterPace.patienceAtEnd {
            let canReceive = try filter!.wait(toSend: false, timeout: FilterPace.longStep).canReceive
            watch.look(isMoving: false, within: FilterPace.longStep)
            guard canReceive, let count = try buffer.receive(from: filter!) else { continue }
            guard buffer.isEmpty else { return .surplus }
            if count == 0 { return .nothing }
        }
        return .silence
    }
}

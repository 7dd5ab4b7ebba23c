import Dispatch
import ProcessionSegment
import ProcessionSystem
import Synchronization

/// A record that somebody wants mapped at once, and who waits for the result. Of its types `CallOf` knows.
class SingleCall: @unchecked Sendable {
    /// When it was made, by the pool's cancellations.
    private let moment: Int
    private let waiting = Mutex(Waiting.notYet)

    private enum Waiting {
        case notYet
        case here(CheckedContinuation<CallResult, any Error>)
        /// It has what it waited for, or wants it no more.
        case over
    }

    init(at moment: Int) { self.moment = moment }

    /// Whether somebody waits for the result still. Nobody does when the pool was cancelled since.
    final func isWanted(by board: PoolBoard) -> Bool {
        if let error = board.interruption(since: moment) { end(.failure(error)) }
        return waiting.withLock { if case .over = $0 { false } else { true } }
    }

    /// Says who waits. False when the call is over already.
    final func await(_ continuation: CheckedContinuation<CallResult, any Error>) -> Bool {
        waiting.withLock { waiting in
            if case .over = waiting { return false }
            waiting = .here(continuation)
            return true
        }
    }

    /// Ends the call, if nothing has before.
    final func end(_ result: Result<CallResult, any Error>) {
        let waiting = waiting.withLock { waiting in
            defer { waiting = .over }
            return waiting
        }
        if case .here(let continuation) = waiting { continuation.resume(with: result) }
    }

    /// Ends the call at a moment, if nothing does before; until what is returned is cancelled.
    final func end(at deadline: Instant) -> DispatchWorkItem {
        let ending = DispatchWorkItem { [self] in end(.failure(PoolError.deadlinePassed)) }
        DispatchQueue.global().asyncAfter(
            deadline: .now() + .nanoseconds(Int((deadline - .now).nanoseconds)), execute: ending)
        return ending
    }

    /// Whether it calls what another one calls, with the same state.
    func isAlike(_ other: SingleCall) -> Bool { false }

    /// What workers have to know of its function.
    func image(in call: WorkerPool.Call) throws(PoolError) -> FunctionImage { misuse("a call is of a function") }

    /// Appends key and value to the input of a chunk.
    func append(to input: inout ChunkInput) throws(PoolError) {}
}

/// A call of a function of some type.
final class CallOf<Function: WorkerFunction & Sendable>: SingleCall, @unchecked Sendable {
    private let function: Function
    private let key: Function.Key
    private let value: Function.Value

    init(_ function: Function, _ key: Function.Key, _ value: Function.Value, at moment: Int) {
        (self.function, self.key, self.value) = (function, key, value)
        super.init(at: moment)
    }

    override func isAlike(_ other: SingleCall) -> Bool {
        (other as? Self).map { areSameBits($0.function, function) } ?? false
    }

    override func image(in call: WorkerPool.Call) throws(PoolError) -> FunctionImage {
        try call.image(of: function, isOfCalls: true)
    }

    override func append(to input: inout ChunkInput) throws(PoolError) {
        if Function.Key.self == NoKey.self { try input.append(value) } else { try input.append(key, value) }
    }
}

/// Where a call's result lies, until it is loaded.
struct CallResult: Sendable {
    /// Keeps what it lies in.
    let chunk: ReadyChunk
    let slot: _ResultOffset
    let reader: _SlotReader

    func load<Output: SlotValue>(_ type: Output.Type) -> Output {
        var reader = reader
        return withExtendedLifetime(chunk) { Output._load(at: slot.bytes, from: &reader) }
    }
}

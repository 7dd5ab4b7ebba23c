import Dispatch
import ProcessionSystem
import Synchronization

/// Single calls: one record from any number of tasks.
extension WorkerPool {
    /// Calls a function once, in a worker process, and waits for the result.
    ///
    ///     let page = try await pool.call(Render(width: 640), request)
    ///
    /// Any number of tasks may call at the same time. A call goes to a worker at once while one is free; calls that
    /// come while all are busy are handed out several at a time. A call that crashes its worker, hangs or throws costs
    /// that call.
    ///
    /// When the task is cancelled it waits no longer. A call that a worker is at already runs to its end there.
    ///
    /// - Parameters:
    ///   - function: What the worker calls.
    ///   - value: What it is called with.
    /// - Returns: What the function returns.
    /// - Throws: `RecordFailure` when the function threw, crashed or took too long, whose `index` says nothing;
    ///   `PoolError` when the pool cannot go on; `CancellationError` when the task is cancelled.
    /// - Complexity: O(1): some microseconds beside what the function takes.
    public func call<Function: ValueFunction & Sendable>(
        _ function: Function, _ value: Function.Value
    ) async throws -> Function.Output where Function.Value: Sendable {
        try await call(CallOf(function, NoKey(), value, at: core.board.moment))
    }

    /// Calls a function that takes a key once, in a worker process, and waits for the result.
    ///
    /// - Parameters:
    ///   - function: What the worker calls.
    ///   - key: The key it is called with, which names the call in a failure.
    ///   - value: What it is called with.
    /// - Returns: What the function returns.
    /// - Throws: As for a function without keys.
    /// - Complexity: O(1): some microseconds beside what the function takes.
    public func call<Function: WorkerFunction & Sendable>(
        _ function: Function, key: Function.Key, _ value: Function.Value
    ) async throws -> Function.Output where Function.Key: Sendable, Function.Value: Sendable {
        try await call(CallOf(function, key, value, at: core.board.moment))
    }

    private func call<Function>(_ call: CallOf<Function>) async throws -> Function.Output {
        guard core.birthplace.isHere else { throw PoolError.forked }
        let desk = desk(of: Function.self)
        let deadline = wishes.deadline.map(call.end(at:))
        defer { deadline?.cancel() }
        let result = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if call.await(continuation) {
                    desk.add(call, in: self)
                } else {
                    continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            call.end(.failure(CancellationError()))
        }
        return result.load(Function.Output.self)
    }

    private func desk<Function: WorkerFunction>(of type: Function.Type) -> CallDesk {
        let kind = CallDesk.Kind(function: ObjectIdentifier(type), limits: wishes.limits)
        return core.desks { desks in
            if let desk = desks[kind] { return desk }
            let shape = StreamShape(type, hasKeys: Function.Key.self != NoKey.self)
            let desk = CallDesk(shape, workers: core.capacity, core.board)
            // Limits may be others for each call.
            if desks.count >= 64 { desks = desks.filter { $0.value.isUsed } }
            desks[kind] = desk
            return desk
        }
    }
}

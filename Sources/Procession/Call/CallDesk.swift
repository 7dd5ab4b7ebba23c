import ProcessionSystem

/// The calls of a function that wait for a worker.
///
/// They go out in *batches*, each of which is a run of the driver's. While workers are free a call goes at once, in a
/// batch of its own; calls that come while all are busy wait, and the next batch takes its share of them. A batch is
/// about as much work as a chunk: whoever is in one with a slow call waits for that.
final class CallDesk: Sendable {
    /// Calls of which functions may go out together.
    struct Kind: Hashable {
        let function: ObjectIdentifier
        let limits: RunLimits?
    }

    private struct Book {
        var waiting = ReadyQueue<SingleCall>()
        /// Batches that are on, and those of them that have not taken their calls.
        var batches = 0
        var fresh = 0
        /// The most calls that a batch may have, by what the last one has found that they cost.
        var longest = 1
    }

    private let book = Lock(Book())
    private let workers: Int
    private let shape: StreamShape
    private let board: PoolBoard

    init(_ shape: StreamShape, workers: Int, _ board: PoolBoard) {
        (self.shape, self.workers, self.board) = (shape, workers, board)
    }

    /// Whether calls wait here, or are on.
    var isUsed: Bool { book { $0.batches > 0 || $0.waiting.count > 0 } }

    /// Lets a call wait for its turn, which may come at once.
    func add(_ call: SingleCall, in pool: WorkerPool) {
        let isBatchWanted = book { book in
            book.waiting.append(call)
            return wantsBatch(&book)
        }
        if isBatchWanted { send(in: pool) }
    }

    /// One batch for each worker, and one that it finds when it is done.
    private func wantsBatch(_ book: inout Book) -> Bool {
        guard book.batches < 2 * workers, book.waiting.count > book.fresh else { return false }
        book.batches += 1
        book.fresh += 1
        return true
    }

    private func send(in pool: WorkerPool) {
        do throws(PoolError) {
            let call = try pool.call()
            let batch = CallBatch(self, shape, in: call.memory)
            DrivenSource(batch, call, call.requestOfCalls) { try batch.takeCalls().image(in: call) }.start {
                [self] batch, error in
                // Those that have their results already do not hear of it.
                if let error { fail(batch.hasTaken ? batch.calls : takeAll(), PoolError(ending: error)) }
                return { self.endBatch(in: pool) }
            }
        } catch {
            fail(takeAll(), error)
            endBatch(in: pool)
        }
    }

    private func endBatch(in pool: WorkerPool) {
        let isBatchWanted = book { book in
            book.batches -= 1
            return wantsBatch(&book)
        }
        if isBatchWanted { send(in: pool) }
    }

    /// The calls of a batch that begins: a worker's share of those that wait, as far as their functions have the same
    /// state.
    func take() -> [SingleCall] {
        book { book in
            book.fresh -= 1
            var calls: [SingleCall] = []
            let share = max(1, min(book.longest, book.waiting.count / workers))
            while calls.count < share, let next = book.waiting.next,
                calls.isEmpty || next.isAlike(calls[0])
            {
                _ = book.waiting.popFirst()
                if next.isWanted(by: board) { calls.append(next) }
            }
            return calls
        }
    }

    /// All that wait, for a batch that cannot begin.
    private func takeAll() -> [SingleCall] {
        book { book in
            book.fresh -= 1
            var calls: [SingleCall] = []
            while let next = book.waiting.popFirst() { calls.append(next) }
            return calls
        }
    }

    /// So many calls are worth to be in one chunk.
    func learn(_ count: Int) { book { $0.longest = count } }

    private func fail(_ calls: [SingleCall], _ error: PoolError) {
        for call in calls { call.end(.failure(error)) }
    }
}

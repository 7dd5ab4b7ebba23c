import ProcessionSegment

/// The results of an asynchronous stream of records, in the order of the records, with memory for a window of them.
///
///     for try await row in pool.stream(lines, Parse()) { … }         // throws the first failure
///     for await result in pool.stream(lines, Parse()).results { … }  // a Result for every record, as in a
///     ResultStream
///
/// Nothing happens before the first result is asked for. From then on, a task of the stream's own reads records, as far
/// ahead as the window goes, and a thread outside of the cooperative pool hands them to the workers. A consumer that is
/// slow stops the reading. Leaving the loop, or cancelling its task, ends the run: workers and memory are free again.
/// Iterating once more reads the sequence of records once more.
///
/// A failure is the `RecordFailure` of a record, or what ends the stream: a `PoolError`, what the sequence of records
/// threw (after the results of the records before it), or the `CancellationError` of the task.
public struct AsyncResultStream<Output: SlotValue>: AsyncSequence, Sendable {
    /// A record's result.
    public typealias Element = Output
    /// What iterating throws: see `Iterator.next(isolation:)`.
    public typealias Failure = any Error

    @usableFromInline let begin: @Sendable () -> AsyncRun

    @usableFromInline
    init(_ begin: @escaping @Sendable () -> AsyncRun) { self.begin = begin }

    /// A `Result` for every record, so that the stream goes on after a failure.
    public var results: Results { Results(begin: begin) }

    /// Begins another run over the records, which starts when its first result is asked for.
    ///
    /// - Returns: What takes the results of that run.
    /// - Complexity: O(1).
    public func makeAsyncIterator() -> Iterator { Iterator(reader: AsyncResultReader(begin)) }

    /// Takes the results of a run. The run ends with the last copy of the iterator.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: AsyncResultReader<Output>

        /// The next record's result; nil at the end.
        ///
        /// - Parameter actor: Where the caller runs; nothing to pass.
        /// - Returns: The result of the next record.
        /// - Throws: The `RecordFailure` of the first record that failed; what the sequence of records threw, after the
        ///   results of those before it; `PoolError`; `CancellationError`. The stream is at its end then.
        /// - Complexity: The cost of loading the result. It waits for a result that is not there yet.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Output? {
            switch await reader.next(isolation: actor) {
            case .success(let output): return output
            case nil: return nil
            case .failure(let failure):
                reader.end()
                throw failure
            }
        }
    }

    /// The same stream with a `Result` for every record.
    ///
    /// Its elements are those of a `ResultStream`: a failure is the `RecordFailure` of that record, after which the
    /// stream goes on; or what ends the stream, which is the last element.
    public struct Results: AsyncSequence, Sendable {
        /// A record's result, or why it has none.
        public typealias Element = Result<Output, any Error>
        /// Iterating throws nothing.
        public typealias Failure = Never
        fileprivate let begin: @Sendable () -> AsyncRun

        /// Begins another run over the records, which starts when its first result is asked for.
        ///
        /// - Returns: What takes the results of that run.
        /// - Complexity: O(1).
        public func makeAsyncIterator() -> Iterator { Iterator(reader: AsyncResultReader(begin)) }

        /// Takes the results of a run. The run ends with the last copy of the iterator.
        public struct Iterator: AsyncIteratorProtocol {
            fileprivate let reader: AsyncResultReader<Output>

            /// The next record's result, or why it has none; nil at the end.
            ///
            /// - Parameter actor: Where the caller runs; nothing to pass.
            /// - Returns: A result; a `RecordFailure`, after which the stream goes on; or what ends the stream, which
            ///   is the
            ///   last element.
            /// - Complexity: The cost of loading the result. It waits for a result that is not there yet.
            public mutating func next(
                isolation actor: isolated (any Actor)? = #isolation
            ) async -> Result<Output, any Error>? {
                await reader.next(isolation: actor)
            }
        }
    }
}

/// Takes one result after another out of a run's chunks, and ends the run when it is dropped.
final class AsyncResultReader<Output: SlotValue> {
    private enum State {
        /// Nothing was asked for yet.
        case fresh(@Sendable () -> AsyncRun)
        case betweenChunks(AsyncRun)
        case inside(ReadyChunk, AsyncRun)
        case over
    }

    private var state: State
    /// Items of the chunk whose results come next, and how they are loaded.
    private var items = 0..<0
    private var slotOffset = _ResultOffset(bytes: 0)
    private var slots = _SlotReader.empty

    init(_ begin: @escaping @Sendable () -> AsyncRun) { state = .fresh(begin) }

    deinit { end() }

    func end() {
        switch state {
        case .betweenChunks(let run), .inside(_, let run): run.cancel()
        case .fresh, .over: break
        }
        state = .over
        items = 0..<0
    }

    func next(isolation actor: isolated (any Actor)?) async -> Result<Output, any Error>? {
        while true {
            if let item = items.popFirst() {
                return .success(Output._load(at: slotOffset.bytes + item * Output._slotStride, from: &slots))
            }
            switch state {
            case .fresh(let begin): state = .betweenChunks(begin())
            case .betweenChunks(let run):
                do {
                    state = try await run.next().map { .inside($0, run) } ?? .over
                } catch {
                    state = .over
                    return .failure(error)
                }
            case .inside(let chunk, let run):
                if let failure = take(from: chunk, of: run) { return .failure(failure) }
            case .over: return nil
            }
        }
    }

    /// Goes on to what comes next in a chunk; a failure is returned.
    private func take(from chunk: ReadyChunk, of run: AsyncRun) -> RecordFailure? {
        var chunk = chunk
        switch chunk.next() {
        case .results(let items, let offset, let overflowBytes):
            (self.items, slotOffset) = (items, offset)
            slots = run.results.allowing(overflowBytes)
            state = .inside(chunk, run)
            return nil
        case .failure(let failure):
            state = .inside(chunk, run)
            return failure
        case nil:
            // Its memory is given back, before anybody waits for the next.
            state = .betweenChunks(run)
            return nil
        }
    }
}

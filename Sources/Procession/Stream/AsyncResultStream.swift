import ProcessionSegment

/// The results of an asynchronous stream of records, in the order of the records, with memory for a window of them.
///
///     for try await row in pool.stream(lines, Parse()) { … }             // throws the first failure
///     for try await result in pool.stream(lines, Parse()).results { … }  // a Result for every record
///
/// From the first result that is asked for, a task of the stream's own reads records, as far ahead as the window goes,
/// and a thread outside of the cooperative pool hands them to the workers. A consumer that is slow stops the reading.
/// Leaving the loop, or cancelling its task, ends the run and frees workers and memory.
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
    public func makeAsyncIterator() -> Iterator { Iterator(AsyncResultReader(begin)) }

    /// Takes results. The run ends with the last copy of the iterator.
    public struct Iterator: AsyncIteratorProtocol {
        private let reader: AsyncResultReader<Output>

        init(_ reader: AsyncResultReader<Output>) { self.reader = reader }

        /// The next result; nil at the end.
        ///
        /// - Parameter actor: Where the caller runs; nothing to pass.
        /// - Returns: The result of the next record.
        /// - Throws: The `RecordFailure` of the first record that failed; what the sequence of records threw, after the
        ///   results of those before it; `PoolError`; `CancellationError`.
        /// - Complexity: The cost of loading the result. It waits for a result that is not there yet.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Output? {
            switch try await reader.next(isolation: actor) {
            case .success(let output): return output
            case nil: return nil
            case .failure(let failure):
                reader.end()
                throw failure
            }
        }
    }

    /// The same stream with a `Result` for every record.
    public struct Results: AsyncSequence, Sendable {
        /// A record's result, or why it failed.
        public typealias Element = Result<Output, RecordFailure>
        /// What iterating throws: see `Iterator.next(isolation:)`.
        public typealias Failure = any Error
        fileprivate let begin: @Sendable () -> AsyncRun

        /// Begins another run over the records, which starts when its first result is asked for.
        ///
        /// - Returns: What takes the results of that run.
        /// - Complexity: O(1).
        public func makeAsyncIterator() -> Iterator { Iterator(reader: AsyncResultReader(begin)) }

        /// Takes results. The run ends with the last copy of the iterator.
        public struct Iterator: AsyncIteratorProtocol {
            fileprivate let reader: AsyncResultReader<Output>

            /// The next record's result, or why it failed; nil at the end.
            ///
            /// - Parameter actor: Where the caller runs; nothing to pass.
            /// - Returns: The next record's result or failure.
            /// - Throws: What the sequence of records threw, after the results of those before it; `PoolError`;
            ///   `CancellationError`.
            /// - Complexity: The cost of loading the result. It waits for a result that is not there yet.
            public mutating func next(
                isolation actor: isolated (any Actor)? = #isolation
            ) async throws -> Result<Output, RecordFailure>? {
                try await reader.next(isolation: actor)
            }
        }
    }
}

/// Takes one result after another out of a run's chunks, and ends the run when it is dropped.
final class AsyncResultReader<Output: SlotValue> {
    private let begin: @Sendable () -> AsyncRun
    private var run: AsyncRun?
    private var isAtEnd = false
    private var current: ReadyChunk?
    private var items = 0..<0
    private var slotOffset = 0
    private var input: _SlotReader?

    init(_ begin: @escaping @Sendable () -> AsyncRun) { self.begin = begin }

    deinit { end() }

    func end() {
        isAtEnd = true
        current = nil
        items = 0..<0
        run?.end(CancellationError())
    }

    func next(isolation actor: isolated (any Actor)?) async throws -> Result<Output, RecordFailure>? {
        while true {
            if let item = items.first, input != nil {
                items = items.dropFirst()
                return .success(Output._load(at: slotOffset + item * Output._slotStride, from: &input!))
            }
            switch current?.next() {
            case .results(let items, let offset, let overflowBytes):
                (self.items, slotOffset) = (items, offset)
                input = run?.results.allowing(overflowBytes)
            case .failure(let failure): return .failure(failure)
            case nil:
                current = nil
                if isAtEnd { return nil }
                let run = self.run ?? begin()
                self.run = run
                guard let chunk = try await run.next() else { return nil }
                current = chunk
            }
        }
    }
}

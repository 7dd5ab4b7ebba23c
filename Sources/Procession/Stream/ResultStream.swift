public import ProcessionSegment

/// The results of a stream of records, in the order of the records, with memory for a window of them.
///
///     for result in pool.stream(measurements, Fit()) {        // a Result for every record
///         print(try result.get())                             // or switch over it, to go on after a failure
///     }
///
/// Nothing happens before the first result is asked for. From then on, records are read ahead and mapped as far as the
/// window goes, on the thread that asks; results are copied out of shared memory one by one. Leaving the loop ends the
/// run: workers and memory are free again at once. Iterating once more reads the sequence of records once more.
///
/// A failure is the `RecordFailure` of that record, after which the stream goes on, or a `PoolError`, which is the last
/// element.
public struct ResultStream<Output: SlotValue>: Sequence {
    @usableFromInline let begin: () -> StreamSession

    @usableFromInline
    init(_ begin: @escaping () -> StreamSession) { self.begin = begin }

    /// Begins another run over the records, which starts when its first result is asked for.
    ///
    /// - Returns: What takes the results of that run.
    /// - Complexity: O(1).
    @inlinable
    public func makeIterator() -> Iterator { Iterator(begin()) }

    /// Takes the results of a run. The run ends with the last copy of the iterator.
    public struct Iterator: IteratorProtocol {
        @usableFromInline let session: StreamSession
        @usableFromInline var reader: _SlotReader
        @usableFromInline var item = 0
        @usableFromInline var end = 0
        @usableFromInline var slotOffset = _ResultOffset(bytes: 0)

        @inlinable
        init(_ session: StreamSession) {
            self.session = session
            reader = session.reader(of: 0)
        }

        /// The next record's result, or why it has none; nil at the end.
        ///
        /// - Returns: A result; a `RecordFailure`, after which the stream goes on; or a `PoolError`, the last element.
        /// - Complexity: The cost of loading the result, and of a step of the run per chunk. It waits for a result that
        ///   is not there yet.
        @inlinable
        public mutating func next() -> Result<Output, any Error>? {
            while true {
                if item < end {
                    let slot = slotOffset.bytes &+ item &* Output._slotStride
                    item &+= 1
                    return .success(withExtendedLifetime(session) { Output._load(at: slot, from: &reader) })
                }
                do {
                    switch try session.next() {
                    case .results(let items, let offset, let overflowBytes):
                        (item, end, slotOffset) = (items.lowerBound, items.upperBound, offset)
                        reader = session.reader(of: overflowBytes)
                    case .failure(let failure): return .failure(failure)
                    case nil: return nil
                    }
                } catch {
                    return .failure(error)
                }
            }
        }
    }
}

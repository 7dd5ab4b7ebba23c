import ProcessionSegment

/// The items of a chunk that failed, in order: the one form of a failure between the worker's entry in shared memory
/// (`FailureEntries`) and the error that a user sees (`RecordFailure`).
package struct ItemFailures: Hashable, Sendable {
    package struct Failure: Hashable, Sendable {
        package let item: Int
        package let cause: RecordFailure.Cause
        /// How often the item was tried.
        package let attempts: Int
    }

    /// The first of them, as many as the run wants by name.
    package private(set) var named: [Failure] = []
    /// The items of the others.
    package private(set) var others: [Int] = []

    package var count: Int { named.count + others.count }
    package var isEmpty: Bool { named.isEmpty && others.isEmpty }

    init() {}

    /// Those whose functions threw.
    init(_ entries: FailureEntries, attempts: Int) {
        named = entries.named.map { Failure(item: $0.item, cause: .threw($0.reason, $0.value), attempts: attempts) }
        others = entries.others
    }

    /// Items that all failed for one reason.
    init(_ items: Range<Int>, _ cause: RecordFailure.Cause, attempts: Int, naming most: Int) {
        named = items.prefix(most).map { Failure(item: $0, cause: cause, attempts: attempts) }
        others = Array(items.dropFirst(most))
    }
}

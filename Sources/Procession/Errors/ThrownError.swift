public import ProcessionSegment
import Synchronization

/// How errors are told that functions throw: as people will read them, and whole where they are slot values.
package enum ThrownError {
    /// What Foundation says of an error, in a process that has ProcessionFoundation; nil where it says nothing.
    package typealias Describe = @Sendable (any Error) -> String?
    private static let describe = Mutex<Describe?>(nil)

    /// Says who is asked first for an error's text.
    package static func describe(by body: @escaping Describe) { describe.withLock { $0 = body } }

    static func text(of error: any Error) -> String { describe.withLock { $0 }?(error) ?? "\(error)" }

    static func stored(_ error: any Error) -> StoredValue? { (error as? any SlotValue).flatMap { stored($0) } }

    private static func stored<Value: SlotValue>(_ value: Value) -> StoredValue? {
        guard let name = _mangledTypeName(Value.self) else { return nil }
        return StoredValue(type: name, stride: Value._slotStride) { value._store(at: 0, in: &$0) }
    }
}

extension _ClaimedChunk {
    /// Records that an item failed because its function threw. False when the chunk was taken back.
    @usableFromInline @inline(never)
    mutating func _fail(_ item: Int, _ error: any Error) -> Bool {
        fail(
            waitingForRoom: FailureEntry(
                item: item, reason: ThrownError.text(of: error), value: ThrownError.stored(error)))
    }

    /// Records that all items failed because there is no context for them.
    @usableFromInline
    mutating func _failAll(_ error: any Error) {
        let (reason, value) = (ThrownError.text(of: error), ThrownError.stored(error))
        var item = begin
        while item < end {
            let entry = FailureEntry(item: item, reason: "its context cannot be built: \(reason)", value: value)
            guard fail(waitingForRoom: entry) else { return }
            item += 1
            publish(item)
        }
    }
}

public import ProcessionSegment

/// A function that workers run for every record, with the state it captures.
///
///     struct Quote: WorkerFunction {
///         var rate: Double
///         func callAsFunction(key: String, value: Int) throws -> Columns<Double, String> {
///             Columns(Double(value) * rate, String(value))
///         }
///     }
///
/// Workers find the type by its name, so it needs no registration, but it must not be `private` or local. Its stored
/// properties are copied bit by bit to the workers once per map; the compiler refuses state that cannot be, and the map
/// what is an address (`StaticString`, pointers, functions of C, types). The function may throw: its record fails with
/// the error's text, the others do not. It may crash or call `exit`: the same. It must not rely on globals that
/// `main.swift` initialises, because `main` does not run in a worker.
///
/// A record whose worker dies is tried again, so the function may run more than once for such a record; its result is
/// taken once.
public protocol WorkerFunction: BitwiseCopyable, _ChunkFunction {
    /// What names a record; its position where the input has no keys and this is `Int`.
    associatedtype Key: SlotValue
    /// What a record holds.
    associatedtype Value: SlotValue
    /// What comes of a record; `Columns` where there are several results.
    associatedtype Output: SlotValue

    /// The results of one record.
    ///
    /// - Parameters:
    ///   - key: The record's key.
    ///   - value: The record's value.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(key: Key, value: Value) throws -> Output
}

/// A worker function that looks at the value alone, so that keys are not even laid out for it.
///
///     struct Square: ValueFunction {
///         func callAsFunction(_ value: Int) -> Int { value * value }
///     }
public protocol ValueFunction: WorkerFunction where Key == NoKey {
    // Said again, so that they are inferred from the requirement below.
    associatedtype Key = NoKey
    associatedtype Value
    associatedtype Output

    /// The results of one record.
    ///
    /// - Parameter value: The record's value.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(_ value: Value) throws -> Output
}

// Chosen where keys, values or results are no slot values, for the compiler's own message does not tell what to write.
extension WorkerFunction {
    @available(
        *, unavailable,
        message: """
            a worker function takes and returns slot values: conform a type of your own to FieldsValue, return Columns \
            for a tuple and NoResult() for nothing
            """
    )
    public func callAsFunction(key: NoResult, value: NoResult) throws -> NoResult { misuse("unavailable") }
}

extension ValueFunction {
    @available(
        *, unavailable,
        message: """
            a worker function takes and returns slot values: conform a type of your own to FieldsValue, return Columns \
            for a tuple and NoResult() for nothing
            """
    )
    public func callAsFunction(_ value: NoResult) throws -> NoResult { misuse("unavailable") }

    /// Calls the function with the value alone.
    ///
    /// - Parameters:
    ///   - key: Not looked at.
    ///   - value: The record's value.
    /// - Returns: What the function returns.
    /// - Throws: What the function throws.
    @inlinable
    public func callAsFunction(key: NoKey, value: Value) throws -> Output { try callAsFunction(value) }
}

/// What the worker's loop calls once per chunk. Not yours: conform to `WorkerFunction`.
public protocol _ChunkFunction: SendableMetatype {
    /// Maps and publishes the items of a chunk in order.
    static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker)
}

extension WorkerFunction {
    // A requirement with a default, so that the witness in the user's module is specialised for the user's types: one
    // indirect call per chunk, none per record. (A generic helper called on the opened existential is not.)
    @inlinable
    public static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        let function = chunk.input.load(at: chunk.stateOffset.bytes, as: Self.self)
        _mapAll(&chunk) { try function(key: $0, value: $1) }
    }

    /// Calls `body` for the items of a chunk, and stores what it returns.
    @inlinable @inline(__always)
    static func _mapAll(_ chunk: inout _ClaimedChunk, _ body: (Key, Value) throws -> Output) {
        if Key.self == Int.self && chunk.keyOffset == nil {
            let first = chunk.first
            // Sound: `Key` is `Int`, as just checked; specialised, the cast is nothing.
            _mapAll(&chunk, key: { item, _ in (first &+ item) as! Key }, body)
        } else {
            // A key that is not looked at has no slot.
            let keys = chunk.keyOffset?.bytes ?? 0
            _mapAll(&chunk, key: { item, input in Key._load(at: keys &+ item &* Key._slotStride, from: &input) }, body)
        }
    }

    @inlinable @inline(__always)
    static func _mapAll(
        _ chunk: inout _ClaimedChunk, key: (Int, inout _SlotReader) -> Key, _ body: (Key, Value) throws -> Output
    ) {
        if Value._isStoredAsIs && Output._isStoredAsIs {
            var input = chunk.input
            return chunk.mapAsIs(failing: { $0._fail($1, $2) }) { try body(key($0, &input), $1) }
        }
        let valueStride = Value._slotStride
        let slotStride = Output._slotStride
        var item = chunk.begin
        while item < chunk.end {
            var input = chunk.input
            let value = Value._load(at: chunk.valueOffset.bytes &+ item &* valueStride, from: &input)
            do {
                let output = try body(key(item, &input), value)
                output._store(at: chunk.slotOffset.bytes &+ item &* slotStride, in: &chunk.output)
                while chunk.output.isFull {
                    if chunk.output.isTooDeep {
                        guard chunk.failTooDeep(item) else { return }
                        break
                    }
                    guard chunk.waitForRoom() else { return }
                    guard chunk.begin == item else { break }
                    output._store(at: chunk.slotOffset.bytes &+ item &* slotStride, in: &chunk.output)
                }
            } catch {
                guard chunk._fail(item, error) else { return }
            }
            item &+= 1
            chunk.publish(item)
        }
    }
}

import ProcessionBytes
import ProcessionSegment

/// The columns of a plan that functions of libraries make. A function is called once per record, for the first of its
/// columns; the others take their results of the same call.
///
/// Nothing here is counted or allocated per record.
struct LibraryColumns {
    private enum Origin { case field, key, number }

    private struct Input {
        let origin: Origin
        let source: RecordReader.Source
        let kind: LibraryCall.Kind
    }

    private struct Function {
        let number: Int32
        /// Its inputs; its slots begin as many places later as there are results before it.
        let inputs: Range<Int>
        let slots: Int
    }

    /// A result that is a column.
    private struct Result {
        let function: Int
        let place: Int
        let slot: Int
        let kind: LibraryCall.Kind
    }

    private let caller: (any LibraryCaller.Type)?
    private var functions: [Function] = []
    private var inputs: [Input] = []
    private var results: [Result] = []
    private var slots: [LibrarySlot] = []
    /// Texts that do not lie in the record's bytes as they are.
    private var made: [UInt8] = []
    /// The record that was mapped last, how many functions were called for it, which are called in order, and the last of
    /// them if that has failed.
    private var record = UInt64.max
    private var called = 0
    private var failed = -1
    /// Why it has failed, where it was not even called.
    private var failure: ValueFailure?

    init(_ plan: RecordPlan, _ sources: [ArraySlice<RecordReader.Source>], _ loaded: LoadedLibraries?) {
        caller = loaded?.caller
        for (column, sources) in zip(plan.columns, sources) {
            guard let result = column.function.library else {
                results.append(Result(function: 0, place: 0, slot: 0, kind: .text))
                continue
            }
            let call = result.call
            if result.place == 0 { add(call, sources, number: loaded?.functions[functions.count] ?? -1) }
            let slot = slots.count - call.outputs.count + result.place
            results.append(
                Result(function: functions.count - 1, place: result.place, slot: slot, kind: call.outputs[result.place])
            )
        }
    }

    private mutating func add(_ call: LibraryCall, _ sources: ArraySlice<RecordReader.Source>, number: Int32) {
        var sources = sources
        let first = inputs.count
        for input in call.inputs {
            switch input.source {
            case .field, .value: inputs.append(Input(origin: .field, source: sources.removeFirst(), kind: input.kind))
            case .key: inputs.append(Input(origin: .key, source: .value, kind: input.kind))
            case .number: inputs.append(Input(origin: .number, source: .value, kind: input.kind))
            }
        }
        functions.append(Function(number: number, inputs: first..<inputs.count, slots: slots.count))
        slots += Array(repeating: (0, 0, 0), count: call.inputs.count + call.outputs.count)
    }

    /// Appends what the function of a column makes of the record that was read.
    @inline(__always)
    mutating func append(
        _ column: Int, _ bytes: Span<UInt8>, index: UInt64, _ reader: inout RecordReader, _ maker: inout ValueMaker,
        _ style: TextStyle, to output: inout ByteWriter
    ) throws(ValueFailure) {
        let result = results[column]
        if record != index { (record, called, failed) = (index, 0, -1) }
        if result.function == called {
            called += 1
            if !call(result.function, bytes, index: index, &reader, &maker) { failed = result.function }
        }
        if failed == result.function { throw reason(result.function) }
        let word = slots[result.slot].word
        switch result.kind {
        case .int64: output.append(number: Int64(bitPattern: word))
        case .float64: try append(Double(bitPattern: word), to: &output)
        case .bool: output.append(text: word & 0xFF == 0 ? "false" : "true")
        case .text:
            try caller?.withText(functions[result.function].number, result.place) { text throws(ValueFailure) in
                try style.append(text, to: &output)
            }
        }
    }

    @inline(never)
    private func append(_ number: Double, to output: inout ByteWriter) throws(ValueFailure) {
        guard number.isFinite else { throw ValueFailure("the function's result is \(number), which is no number") }
        output.append(text: number.description)
    }

    @inline(never)
    private func reason(_ function: Int) -> ValueFailure {
        guard let caller else { return ValueFailure("nobody calls libraries here") }
        return failure ?? caller.failure(functions[function].number)
    }

    /// Calls a function for the record that was read. False where the record has failed.
    @inline(__always)
    private mutating func call(
        _ function: Int, _ bytes: Span<UInt8>, index: UInt64, _ reader: inout RecordReader, _ maker: inout ValueMaker
    ) -> Bool {
        guard let caller else { return false }
        let known = functions[function]
        if !made.isEmpty { made.removeAll(keepingCapacity: true) }
        do throws(ValueFailure) {
            for place in known.inputs {
                let slot = known.slots + place - known.inputs.lowerBound
                try fill(slot, inputs[place], bytes, index: index, &reader, &maker)
            }
        } catch {
            failure = error
            return false
        }
        if caller.call(known.number, record: index, &slots, from: known.slots, bytes, made: made) { return true }
        failure = nil
        return false
    }

    @inline(__always)
    private mutating func fill(
        _ slot: Int, _ input: Input, _ bytes: Span<UInt8>, index: UInt64, _ reader: inout RecordReader,
        _ maker: inout ValueMaker
    ) throws(ValueFailure) {
        guard input.origin == .field else {
            return try fillKey(slot, input, bytes, index: index, &reader, &maker)
        }
        let field = try reader.field(from: input.source, bytes)
        if input.kind == .text, field.form == .plain {
            slots[slot] = (UInt64(field.range.lowerBound), field.range.count, 1)
        } else {
            try fill(slot, field, input.kind, bytes, &maker)
        }
    }

    @inline(never)
    private mutating func fillKey(
        _ slot: Int, _ input: Input, _ bytes: Span<UInt8>, index: UInt64, _ reader: inout RecordReader,
        _ maker: inout ValueMaker
    ) throws(ValueFailure) {
        guard input.origin == .number || reader.hasNoKeys else {
            return try fill(slot, try reader.key(bytes), input.kind, bytes, &maker)
        }
        switch input.kind {
        case .int64: slots[slot] = (index + 1, 0, 0)
        case .float64: slots[slot] = (Double(index + 1).bitPattern, 0, 0)
        case .bool: throw ValueFailure("a record's number is neither true nor false, of which the function wants one")
        case .text:
            let start = made.count
            made.append(number: index + 1)
            slots[slot] = (UInt64(start), made.count - start, 2)
        }
    }

    @inline(never)
    private mutating func fill(
        _ slot: Int, _ field: Field, _ kind: LibraryCall.Kind, _ bytes: Span<UInt8>, _ maker: inout ValueMaker
    ) throws(ValueFailure) {
        let start = made.count
        let range = try maker.textRange(of: field, bytes)
        if range == nil { try maker.appendText(of: field, bytes, to: &made) }
        if kind == .text {
            slots[slot] = range.map { (UInt64($0.lowerBound), $0.count, 1) } ?? (UInt64(start), made.count - start, 2)
        } else if let range {
            slots[slot] = (try Self.word(bytes.extracting(range), kind), 0, 0)
        } else {
            slots[slot] = (try Self.word(made.span.extracting(start...), kind), 0, 0)
        }
    }

    /// A text as what the function wants.
    private static func word(_ text: Span<UInt8>, _ kind: LibraryCall.Kind) throws(ValueFailure) -> UInt64 {
        switch kind {
        case .int64:
            guard let value = wholeNumber(text) else {
                throw ValueFailure("\(shown(text)) is no whole number of 64 bits, which the function wants")
            }
            return UInt64(bitPattern: value)
        case .float64:
            guard let value = anyNumber(text) else {
                throw ValueFailure("\(shown(text)) is not a number, which the function wants")
            }
            return value.bitPattern
        default:
            let isTrue = isEqual(text, "true")
            guard isTrue || isEqual(text, "false") else {
                throw ValueFailure("\(shown(text)) is neither true nor false, of which the function wants one")
            }
            return isTrue ? 1 : 0
        }
    }

    private static func isEqual(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        var other: [UInt8] = []
        other.append(text: "\(word)")
        return text.count == other.count && text.indices.allSatisfy { text[$0] == other[$0] }
    }
}

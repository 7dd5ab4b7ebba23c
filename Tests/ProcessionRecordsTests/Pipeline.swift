import ProcessionRecords
import ProcessionSegment

/// What one run over an input gave.
struct Outcome: Equatable {
    var bytes: [UInt8] = []
    /// The key and the cause of each record that failed.
    var failures: [String] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Does what the command does, in one process: cut, map, join. The input comes `step` bytes at a time.
func run(
    _ input: [UInt8], _ plan: RecordPlan, step: Int = .max, limit: Int = .max
) throws -> Outcome {
    var plan = plan
    var splitter = RecordSplitter(plan: plan)
    var mapper: RecordMapper?
    var outcome = Outcome()
    var texts = Array(repeating: [UInt8](), count: plan.outputsPerRecord)
    var (start, end, index) = (0, min(step, input.count), UInt64(0))
    while true {
        let piece = Array(input[start..<end])
        let cut = try splitter.cut(piece.span, limit: limit, atEnd: end == input.count)
        if mapper == nil, cut.count > 0 || cut.isEnd {
            // The plan goes to a worker as bytes.
            plan = try RecordPlan(encoded: plan.with(header: splitter.header ?? []).encoded().span)
            mapper = try RecordMapper(plan: plan)
        }
        if cut.count > 0 {
            let chunk = Array(piece[cut.records])
            try map(chunk, count: cut.count, from: index, &mapper!, into: &texts, &outcome)
            let start = RecordSplitter.Border(line: cut.line, offset: cut.offset)
            if let malformed = plan.firstMalformed(chunk.span, from: start) { throw malformed.error }
            index += UInt64(cut.count)
        }
        start += cut.consumed
        if cut.isEnd { break }
        if cut.consumed == 0 || start == end { end = min(end == input.count ? end : end + step, input.count) }
    }
    outcome.bytes = join(texts, OutputJoiner(plan: plan))
    return outcome
}

func run(_ input: String, _ plan: RecordPlan, step: Int = .max, limit: Int = .max) throws -> Outcome {
    try run(Array(input.utf8), plan, step: step, limit: limit)
}

/// A plan whose columns are written as on the command line.
func plan(
    _ input: RecordFormat, to output: RecordFormat? = nil, _ columns: String..., key: String? = nil,
    value: String? = nil, append: Bool = false, split: Bool = false, emptyWhenFailed: Bool = false
) throws -> RecordPlan {
    try RecordPlan(
        input: input, output: output,
        .columns(try columns.map { try Column(parsing: $0) }, append ? .appended : split ? .split : .keyed),
        key: key.map { FieldName($0) }, value: value.map { FieldName($0) }, emptyWhenFailed: emptyWhenFailed)
}

private func map(
    _ chunk: [UInt8], count: Int, from first: UInt64, _ mapper: inout RecordMapper, into texts: inout [[UInt8]],
    _ outcome: inout Outcome
) throws {
    var position = 0
    for index in first..<first + UInt64(count) {
        var ends = Array(repeating: 0, count: texts.count)
        let begin = position
        var failure: ValueFailure?
        let bytes = ByteWriter.collect(capacity: 1 << 16) { output in
            var columnEnds = ends.mutableSpan
            failure = mapper.map(chunk.span, at: &position, index: index, into: &output, columnEnds: &columnEnds)
        }
        if let failure {
            let key = mapper.keyText(chunk.span, at: begin, index: index)
            outcome.failures.append("\(key): \(failure.message)")
        }
        var start = 0
        for (column, end) in ends.enumerated() {
            texts[column] += bytes[start..<end]
            start = end
        }
    }
}

func join(_ texts: [[UInt8]], _ joiner: OutputJoiner) -> [UInt8] {
    var output = joiner.opening
    for (column, text) in texts.enumerated() {
        if !joiner.columnOpening.isEmpty { output += joiner.columnOpening[column] }
        output += joiner.separator == nil ? text[...] : text.dropFirst()
        output += joiner.columnClosing
    }
    return output + joiner.closing
}

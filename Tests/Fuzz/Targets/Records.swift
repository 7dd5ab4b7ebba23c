import ProcessionRecords
import ProcessionSegment

/// Splits, maps and joins these bytes; the first two of them choose what is to be done.
///
/// Where the input happens to be cut must not show, and lines that are only copied come out as they went in.
func fuzzRecords(_ format: RecordFormat, _ bytes: [UInt8]) {
    guard bytes.count >= 2, bytes.count <= 1 << 16 else { return }
    let plans = plans(for: format)
    let plan = plans[Int(bytes[0]) % plans.count]
    let input = Array(bytes[2...])
    let whole = Trail(of: input, plan, step: .max, limit: .max)
    let step = max(1, Int(bytes[1] & 0x3f))
    let pieces = Trail(of: input, plan, step: step, limit: bytes[1] < 128 ? 1 : 3)
    precondition(pieces == whole, "it shows that the input came \(step) bytes at a time: \(pieces), not \(whole)")
    if format == .lines, plan.output == .lines, plan.columns.count == 1, plan.columns[0].function == .identity {
        precondition(whole.texts == [input], "lines were not copied")
    }
}

private func plans(for format: RecordFormat) -> [RecordPlan] {
    func plan(
        to output: RecordFormat? = nil, _ columns: String..., append: Bool = false, split: Bool = false,
        emptyWhenFailed: Bool = false
    ) -> RecordPlan? {
        let columns = columns.compactMap { try? Column(parsing: $0) }
        return try? RecordPlan(
            input: format, output: output, .columns(columns, append ? .appended : split ? .split : .keyed),
            emptyWhenFailed: emptyWhenFailed)
    }
    return [
        plan("v=identity"), plan("v=upper", "w=length"), plan("v=double", emptyWhenFailed: true),
        plan("v=scale:1.5", "w=string"), plan(to: .ndjson, "v=identity"), plan(to: .json, "v=identity", "w=lower"),
        plan(to: .json, "v=double", "w=string", split: true, emptyWhenFailed: true), plan(to: .csv, "v=string"),
        plan(to: .tsv, "v=string", emptyWhenFailed: true), plan("v=length", append: true, emptyWhenFailed: true),
    ].compactMap { $0 }
}

/// What becomes of an input: output, failed records, and why it went no further.
private struct Trail: Equatable {
    var texts: [[UInt8]]
    var failures: [String] = []
    var error: String?

    init(of input: [UInt8], _ plan: RecordPlan, step: Int, limit: Int) {
        texts = Array(repeating: [], count: plan.outputsPerRecord)
        do {
            try follow(input, plan, step: step, limit: limit)
        } catch {
            self.error = "\(error)"
        }
    }

    private mutating func follow(_ input: [UInt8], _ given: RecordPlan, step: Int, limit: Int) throws {
        var plan = given
        var splitter = RecordSplitter(plan: plan)
        var mapper: RecordMapper?
        var (start, end, index) = (0, min(step, input.count), UInt64(0))
        while true {
            let piece = Array(input[start..<end])
            // As the command does, the header alone first.
            let isHeader = mapper == nil && (plan.input == .csv || plan.input == .tsv)
            let cut = try splitter.cut(piece.span, limit: isHeader ? 0 : limit, atEnd: end == input.count)
            precondition(cut.records.upperBound <= cut.consumed && cut.consumed <= piece.count, "cut too much")
            if mapper == nil, cut.count > 0 || cut.isEnd || splitter.header != nil {
                plan = try plan.with(header: splitter.header ?? [])
                mapper = try RecordMapper(plan: plan)
            }
            if cut.count > 0 {
                let chunk = Array(piece[cut.records])
                let start = RecordSplitter.Border(line: cut.line, offset: cut.offset)
                let malformed = plan.firstMalformed(chunk.span, from: start)
                map(chunk, count: malformed?.item ?? cut.count, from: index, &mapper!)
                if let malformed {
                    precondition(refuses(malformed.item, of: chunk, &mapper!), "a worker takes what is malformed")
                    throw malformed.error
                }
                index += UInt64(cut.count)
            }
            start += cut.consumed
            precondition(splitter.border.offset.bytes == start, "lost count")
            if cut.isEnd { return }
            if cut.consumed == 0 || start == end {
                precondition(end < input.count || cut.consumed > 0 || cut.count > 0, "no progress at the end")
                end = min(end + min(step, input.count), input.count)
            }
        }
    }

    /// Whether a worker that maps the whole chunk fails this item of it, without output.
    private func refuses(_ item: Int, of chunk: [UInt8], _ mapper: inout RecordMapper) -> Bool {
        var position = 0
        for _ in 0..<item { mapper.skip(chunk.span, at: &position) }
        var ends = Array(repeating: 0, count: texts.count)
        var failure: ValueFailure?
        let output = ByteWriter.collect(capacity: 4096) { output in
            var columnEnds = ends.mutableSpan
            failure = mapper.map(chunk.span, at: &position, index: 0, into: &output, columnEnds: &columnEnds)
        }
        return failure != nil && output.isEmpty
    }

    private mutating func map(_ chunk: [UInt8], count: Int, from first: UInt64, _ mapper: inout RecordMapper) {
        var position = 0
        for index in first..<first + UInt64(count) {
            var ends = Array(repeating: 0, count: texts.count)
            let begin = position
            var failure: ValueFailure?
            let bytes = ByteWriter.collect(capacity: chunk.count * 8 + 4096) { output in
                var columnEnds = ends.mutableSpan
                failure = mapper.map(chunk.span, at: &position, index: index, into: &output, columnEnds: &columnEnds)
                precondition(!output.isFull, "the output of a record is far longer than the record")
            }
            precondition(position <= chunk.count, "a record ends behind its chunk")
            if let failure {
                failures.append("\(mapper.keyText(chunk.span, at: begin, index: index)): \(failure.message)")
            }
            var start = 0
            for (column, end) in ends.enumerated() {
                texts[column] += bytes[start..<end]
                start = end
            }
        }
    }
}

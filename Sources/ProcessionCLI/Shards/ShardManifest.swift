import ProcessionRecords

/// What has become of a shard: `00007.json`, which is there once the shard is settled, and names its data.
struct ShardManifest: Equatable {
    enum State: String {
        case complete
        /// It stopped at a record that failed.
        case failed
        /// It stopped at input that is not in its format.
        case malformed
    }

    /// A file of texts, one for each column where they are split, else one.
    struct DataFile: Equatable {
        let name: String
        let bytes: Int
        let sum: CRC64
    }

    let plan: String
    let shard: Shard
    var state = State.complete
    let attempt: String
    let host: String
    /// The bytes and records that were mapped, as the shard has counted them, and the lines they are on.
    var bytes = 0..<0
    var records = 0..<0
    var lines = 1..<1
    /// Of these bytes.
    var sum = CRC64()
    var data: [DataFile] = []
    var failed = 0
    /// The first records that failed.
    var failures: [ShownFailure] = []
    /// Where the input is malformed, and how the input is called there.
    var syntax: RecordSyntaxError?
    var input = ""
    var isFormatGuessed = false
    /// Whether a filter failed at its end, behind all its answers.
    var filterFailed = false
    var figures = RunFigures(window: 0)
    /// In milliseconds since 1970, by the clock of the file system.
    var began = 0
    var ended = 0

    init(plan: String, shard: Shard, attempt: String, host: String) {
        (self.plan, self.shard, self.attempt, self.host) = (plan, shard, attempt, host)
    }

    /// Whether there is nothing to be gained by another attempt.
    var isComplete: Bool { state == .complete }

    /// One line, whose last member is the check sum of what stands before it.
    var text: String {
        let body = String(value.line.dropLast())
        return body + ",\"sum\":" + JSONValue.sum(CRC64(of: Array(body.utf8)[...])).line + "}\n"
    }

    private static func range(_ range: Range<Int>) -> JSONValue {
        .list([.number(range.lowerBound), .number(range.upperBound)])
    }

    private var value: JSONValue {
        .object([
            ("plan", .text(plan)), ("shard", .number(shard.number)), ("of", .number(shard.count)),
            ("state", .text(state.rawValue)), ("attempt", .text(attempt)), ("host", .text(host)),
            ("bytes", Self.range(bytes)), ("records", Self.range(records)), ("lines", Self.range(lines)),
            ("input_sum", .sum(sum)),
            (
                "data",
                .list(
                    data.map {
                        .object([("file", .text($0.name)), ("bytes", .number($0.bytes)), ("sum", .sum($0.sum))])
                    })
            ),
            ("failed", .number(failed)), ("failures", .list(failures.map(\.value))),
            (
                "malformed",
                syntax.map { error in
                    .object([
                        ("message", .text(error.message)), ("line", .number(error.line)),
                        ("byte", .number(error.offset.bytes)),
                    ])
                } ?? .null
            ),
            ("input", .text(input)), ("format_guessed", .bool(isFormatGuessed)),
            ("filter_failed", .bool(filterFailed)), ("stats", figures.value), ("began", .number(began)),
            ("ended", .number(ended)),
        ])
    }

    /// Nil for what is not whole.
    init?(parsing bytes: [UInt8]) {
        let marker = Array(",\"sum\":".utf8)
        guard let value = JSONValue(parsing: bytes), let sum = value["sum"]?.sum,
            bytes.count > marker.count + 20
        else { return nil }
        // The sum is 16 digits between marks, then the brace and the end of the line.
        let body = bytes.dropLast(16 + 2 + 2 + marker.count)
        guard CRC64(of: body) == sum else { return nil }
        self.init(value)
    }

    private init?(_ value: JSONValue) {
        func range(_ name: String) -> Range<Int>? {
            guard let list = value[name]?.list, list.count == 2, let low = list[0].number, let high = list[1].number,
                0 <= low, low <= high
            else { return nil }
            return low..<high
        }
        guard let plan = value["plan"]?.text, let number = value["shard"]?.number, let count = value["of"]?.number,
            let state = value["state"]?.text.flatMap(State.init(rawValue:)), let attempt = value["attempt"]?.text,
            let host = value["host"]?.text, let bytes = range("bytes"), let records = range("records"),
            let lines = range("lines"), let sum = value["input_sum"]?.sum, let data = value["data"]?.list,
            let failed = value["failed"]?.number, let failures = value["failures"]?.list,
            let input = value["input"]?.text
        else { return nil }
        self.init(plan: plan, shard: Shard(number: number, count: count), attempt: attempt, host: host)
        (self.state, self.bytes, self.records, self.lines, self.sum) = (state, bytes, records, lines, sum)
        self.data = data.compactMap { file in
            guard let name = file["file"]?.text, let bytes = file["bytes"]?.number, let sum = file["sum"]?.sum else {
                return nil
            }
            return DataFile(name: name, bytes: bytes, sum: sum)
        }
        guard self.data.count == data.count else { return nil }
        self.failed = failed
        self.failures = failures.compactMap(ShownFailure.init(_:))
        if let syntax = value["malformed"], let message = syntax["message"]?.text, let line = syntax["line"]?.number,
            let byte = syntax["byte"]?.number
        {
            self.syntax = RecordSyntaxError(
                message: message, line: line, offset: FileOffset(bytes: byte))
        }
        self.input = input
        isFormatGuessed = value["format_guessed"]?.bool ?? false
        filterFailed = value["filter_failed"]?.bool ?? false
        figures = value["stats"].map(RunFigures.init(_:)) ?? RunFigures(window: 0)
        (began, ended) = (value["began"]?.number ?? 0, value["ended"]?.number ?? 0)
    }
}

extension ShownFailure {
    var value: JSONValue {
        .object([
            ("record", .number(index)), ("line", line.map(JSONValue.number) ?? .null),
            ("key", .text(key)), ("reason", .text(reason)),
        ])
    }

    init?(_ value: JSONValue) {
        guard let index = value["record"]?.number, let key = value["key"]?.text,
            let reason = value["reason"]?.text
        else { return nil }
        self.init(index: index, line: value["line"]?.number, key: key, reason: reason)
    }
}

extension RunFigures {
    fileprivate var value: JSONValue {
        .object([
            ("retried", .number(retried)), ("workers", .number(workers)),
            ("workers_replaced", .number(workersReplaced)), ("workers_retired", .number(workersRetired)),
            ("seconds", .fraction(seconds)), ("input_bytes", .number(inputBytes)),
            ("output_bytes", .number(outputBytes)), ("window_bytes", .number(window)),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(window: value["window_bytes"]?.number ?? 0)
        (retried, workers) = (value["retried"]?.number ?? 0, value["workers"]?.number ?? 0)
        workersReplaced = value["workers_replaced"]?.number ?? 0
        workersRetired = value["workers_retired"]?.number ?? 0
        seconds = value["seconds"]?.fraction ?? 0
        (inputBytes, outputBytes) = (value["input_bytes"]?.number ?? 0, value["output_bytes"]?.number ?? 0)
    }
}

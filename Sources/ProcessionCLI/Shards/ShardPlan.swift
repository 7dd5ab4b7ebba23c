import ProcessionRecords
import ProcessionSystem

/// What all shards of a run agree on: `plan.json`. Whoever comes first writes it, all would write the same bytes, and
/// the merge needs nothing else to know what stands around the shards' texts.
struct ShardPlan: Equatable {
    /// The version of the program.
    var program = ProcessionCommand.version
    let inputSize: Int
    let inputModified: Int
    /// The check sum of the whole input and its records, where there is an index; then shards are divided by records.
    let index: Index?
    let from: RecordFormat
    let to: RecordFormat
    let shards: Int
    let command: Fingerprint
    let onError: OnError
    let opening: [UInt8]
    /// Stands before every text but the first.
    let separator: UInt8?
    /// What stands between the texts of one column and those of the next, when split.
    let between: [[UInt8]]
    let closing: [UInt8]

    struct Index: Equatable {
        let sum: CRC64
        let records: Int
    }

    static let name = "plan.json"
    static let format = 1

    /// By which the shards of this plan are known: a check sum of the rest.
    var id: String { JSONValue.sum(CRC64(of: Array(body.line.utf8)[...])).text! }

    var text: String {
        guard case .object(let members) = body else { return "" }
        return JSONValue.object([("id", .text(id))] + members).line + "\n"
    }

    private var body: JSONValue {
        .object([
            ("format", .number(Self.format)), ("program", .text(program)),
            ("input_bytes", .number(inputSize)), ("input_modified", .number(inputModified)),
            ("input_sum", index.map { .sum($0.sum) } ?? .null),
            ("input_records", index.map { .number($0.records) } ?? .null),
            ("from", .text(from.rawValue)), ("to", .text(to.rawValue)),
            ("shards", .number(shards)), ("by", .text(index == nil ? "bytes" : "records")),
            (
                "command",
                .list(
                    command.parts.map {
                        .list([.text($0.flag), $0.value.map { .text(String(given: $0)) } ?? .null])
                    })
            ),
            ("on_error", .text(onError.rawValue)),
            ("opening", .base64(opening)), ("separator", separator.map { .base64([$0]) } ?? .null),
            ("between", .list(between.map(JSONValue.base64))), ("closing", .base64(closing)),
        ])
    }

    /// Reads what `text` has written; throws why it cannot be used.
    init(parsing bytes: [UInt8], named path: String) throws(ShardRefusal) {
        guard let value = JSONValue(parsing: bytes) else { throw .planIsDamaged(path) }
        guard value["format"]?.number == Self.format else {
            throw .planIsOfOtherFormat(path, value["format"]?.number ?? 0)
        }
        guard let plan = ShardPlan(value), value["id"]?.text == plan.id else { throw .planIsDamaged(path) }
        self = plan
    }

    private init?(_ value: JSONValue) {
        guard let program = value["program"]?.text, let size = value["input_bytes"]?.number,
            let modified = value["input_modified"]?.number,
            let from = value["from"]?.text.flatMap(RecordFormat.init(rawValue:)),
            let to = value["to"]?.text.flatMap(RecordFormat.init(rawValue:)),
            let shards = value["shards"]?.number, shards > 0,
            let onError = value["on_error"]?.text.flatMap(OnError.init(rawValue:)),
            let opening = value["opening"]?.bytes, let closing = value["closing"]?.bytes,
            let parts = value["command"]?.list, let between = value["between"]?.list
        else { return nil }
        self.program = program
        (inputSize, inputModified, self.from, self.to, self.shards) = (size, modified, from, to, shards)
        (self.onError, self.opening, self.closing) = (onError, opening, closing)
        self.between = between.compactMap(\.bytes)
        separator = value["separator"]?.bytes?.first
        command = Fingerprint(
            parts: parts.compactMap { part in
                guard let pair = part.list, pair.count == 2, let flag = pair[0].text else { return nil }
                return Fingerprint.Part(flag: flag, bytes: pair[1].text?.givenBytes)
            })
        if let sum = value["input_sum"]?.sum, let records = value["input_records"]?.number {
            index = Index(sum: sum, records: records)
        } else {
            index = nil
        }
    }

    /// - Parameter plan: With its header.
    init(
        _ plan: RecordPlan, command: Fingerprint, onError: OnError, shards: Int, size: Int, modified: Int,
        index: RecordIndex?
    ) {
        let joiner = OutputJoiner(plan: plan)
        let columns = joiner.columnOpening
        // An index knows the input by its sum, so that a copy on another machine is the same input.
        (inputSize, inputModified) = (size, index?.modified ?? modified)
        self.index = index.map { Index(sum: $0.sum, records: $0.records) }
        (from, to, self.shards, self.command, self.onError) = (plan.input, plan.output, shards, command, onError)
        opening = joiner.opening + (columns.first ?? [])
        separator = joiner.separator
        between = columns.dropFirst().map { joiner.columnClosing + $0 }
        closing = joiner.columnClosing + joiner.closing
    }

    /// How the plan that is there differs from what is wanted; nil where it does not.
    func difference(from wanted: ShardPlan) -> String? {
        if program != wanted.program {
            return "it was made by procession \(program), and this is \(wanted.program)"
        }
        if let difference = command.difference(from: wanted.command) { return difference }
        if onError != wanted.onError {
            return
                "it was begun with --on-error \(onError.rawValue), and this is with --on-error \(wanted.onError.rawValue)"
        }
        if inputSize != wanted.inputSize {
            return "its input had \(inputSize) bytes, and this has \(wanted.inputSize)"
        }
        if index != wanted.index {
            return index == nil
                ? "it divides the input by bytes, and now there is an index"
                : wanted.index == nil
                    ? "it divides the input by its index, and there is none now"
                    : "its input was another, as the index says"
        }
        if inputModified != wanted.inputModified { return "its input was written to since" }
        if shards != wanted.shards { return "it was planned for \(shardsText(shards)), and not for \(wanted.shards)" }
        return self == wanted ? nil : "the header of its input was another"
    }
}

/// "1 shard", "2 shards".
func shardsText(_ count: Int) -> String { count == 1 ? "1 shard" : "\(count) shards" }

import ProcessionRecords

/// What of a command decides the bytes of its output, flag by flag, so that a refusal can name the one that differs.
///
/// Not `--on-error`: it decides nothing until a record fails, so it stands beside the count of those that did.
struct Fingerprint: Equatable {
    struct Part: Equatable, CustomStringConvertible {
        let flag: String
        /// nil where the flag is not given; empty for a flag that takes none.
        let value: String?

        /// As it is written on the command line, on one line and not too long.
        var description: String {
            guard let value else { return "no \(flag)" }
            let isPlain = value.utf8.allSatisfy { (0x21...0x7E).contains($0) } && value.utf8.count <= 60
            let shown = value.count <= 60 ? value : value.prefix(60) + "…"
            return value.isEmpty ? flag : isPlain ? "\(flag) \(value)" : "\(flag) \(String(reflecting: shown))"
        }
    }

    let parts: [Part]

    init(parts: [Part]) { self.parts = parts }

    init(plan: RecordPlan, command: String?) {
        // Those of which there may be several come last, so that the others are compared each with its like.
        parts =
            [
                Part(flag: "--from", value: plan.input.rawValue), Part(flag: "--to", value: plan.output.rawValue),
                Part(flag: "--exec", value: command), Part(flag: "--key", value: plan.key),
                Part(flag: "--value", value: plan.value), Part(flag: "--append", value: plan.append ? "" : nil),
            ]
            + plan.columns.map { column in
                let field = column.field.map { "@\($0)" } ?? ""
                return Part(flag: "--column", value: "\(column.name)=\(column.function)\(field)")
            }
    }

    /// The first flag that differs, in words; nil when there is none.
    func difference(from other: Fingerprint) -> String? {
        for place in 0..<max(parts.count, other.parts.count) {
            let missing = Part(flag: "further --column", value: nil)
            let part = place < parts.count ? parts[place] : missing
            let theirs = place < other.parts.count ? other.parts[place] : missing
            if part != theirs { return "it was begun with \(part), and this is with \(theirs)" }
        }
        return nil
    }
}

import ProcessionRecords
import ProcessionSystem

/// What of a command decides the bytes of its output, flag by flag, so that a refusal can name the one that differs.
///
/// Not `--on-error`: it decides nothing until a record fails, so it stands beside the count of those that did.
struct Fingerprint: Equatable {
    struct Part: Equatable, CustomStringConvertible {
        let flag: String
        /// The bytes that were given; nil where the flag is not, empty for a flag that takes none.
        let value: [UInt8]?

        init(flag: String, bytes: [UInt8]?) {
            self.flag = flag
            value = bytes
        }

        init(flag: String, value: String?) { self.init(flag: flag, bytes: value?.givenBytes) }

        /// As it is written on the command line, on one line and not too long.
        var description: String {
            guard let value else { return "no \(flag)" }
            let isPlain = value.allSatisfy { (0x21...0x7E).contains($0) } && value.count <= 60
            let text = String(given: value)
            let shown = text.count <= 60 ? text : text.prefix(60) + "…"
            return value.isEmpty ? flag : isPlain ? "\(flag) \(text)" : "\(flag) \(String(reflecting: shown))"
        }
    }

    var parts: [Part]

    init(parts: [Part]) { self.parts = parts }

    init(plan: RecordPlan, command: String?, isTagged: Bool = false) {
        // Those of which there may be several come last, so that the others are compared each with its like.
        parts =
            [
                Part(flag: "--from", value: plan.input.rawValue), Part(flag: "--to", value: plan.output.rawValue),
                Part(flag: "--exec", value: command), Part(flag: "--tagged", value: isTagged ? "" : nil),
                Part(flag: "--key", bytes: plan.key?.bytes), Part(flag: "--value", bytes: plan.value?.bytes),
                Part(flag: "--append", value: plan.layout == .appended ? "" : nil),
                Part(flag: "--send", value: plan.isFilter ? plan.sent.rawValue : nil),
                Part(flag: "--answers-format", value: plan.answers?.form.rawValue),
                Part(flag: "--answers", bytes: plan.answers.map(Self.given)),
            ]
            + plan.columns.map { column in
                let field = column.field.map { Array("@".utf8) + $0.bytes } ?? []
                let function = Array("=".utf8) + column.function.description.givenBytes
                return Part(flag: "--column", bytes: column.name.bytes + function + field)
            }
    }

    private static func given(_ answers: Answers) -> [UInt8] {
        Array(answers.columns.map { $0.name.bytes + ":\($0.kind.rawValue)".utf8 }.joined(separator: ",".utf8))
    }

    /// The first flag that differs, in words; nil when there is none.
    func difference(from other: Fingerprint) -> String? {
        for place in 0..<max(parts.count, other.parts.count) {
            let missing = Part(flag: "further --column", value: nil)
            let part = place < parts.count ? parts[place] : missing
            let theirs = place < other.parts.count ? other.parts[place] : missing
            guard part != theirs else { continue }
            let looksAlike = part.description == theirs.description
            return "it was begun with \(part), and this is with \(theirs)"
                + (looksAlike ? ", whose letters are composed in another way" : "")
        }
        return nil
    }
}

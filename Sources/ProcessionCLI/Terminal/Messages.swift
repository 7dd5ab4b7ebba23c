import ProcessionRecords
import ProcessionCommandSystem
import ProcessionSystem

/// What the command says on standard error: each time one line, behind the command's name.

/// Says something. Whatever it quotes, it stays one line and does nothing to the terminal.
func complain(_ message: String) {
    try? File.write(2, text: "procession: \(clipped(message.givenBytes.span, limit: .max))\n")
}

/// A path, whose end is what tells, so that nearly every one is shown whole.
func shown(path: String) -> String { shown(path.givenBytes.span, limit: 240) }

/// How a run ends that does not succeed.
struct Exit: Error {
    let code: Int32
    /// The last line on standard error; empty for silence.
    let message: String

    static let recordFailed: Int32 = 1
    static let usage: Int32 = 2
    static let malformedInput: Int32 = 3
    static let outOfResources: Int32 = 4
    static let outputFailed: Int32 = 5
    static let readerGone: Int32 = 141
}

extension Exit {
    /// A command line that asks for nothing, and why.
    init(usage sentence: String, of command: String) {
        let way = sentence.hasSuffix("?") ? " See" : "; see"
        self.init(code: Exit.usage, message: "\(sentence)\(way) '\(command) --help'")
    }
}

/// "1 record", "2 records".
func recordsText(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

extension RecordSyntaxError {
    /// What to say of a format that was only guessed, where that is the likely cause: no whole record came before.
    func hint(for format: RecordFormat) -> String {
        let way: String
        switch format {
        case .json where line <= 2: way = "-f ndjson reads an object per line"
        case .ndjson where line == 1: way = "-f json reads one object of any length"
        case .csv where line <= 2, .tsv where line <= 2: way = "-f lines takes every line as it is"
        default: return ""
        }
        return " (read as \(format.rawValue) because of its name; \(way))"
    }
}

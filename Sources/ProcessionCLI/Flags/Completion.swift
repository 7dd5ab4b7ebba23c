import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// What may be written at a place of the command line: the answer to the shells' completion scripts, quick, and silent
/// where there is none.
struct Completion: Equatable {
    enum Kind: String {
        /// Names of files, which the shell knows best.
        case files
        /// Whole words.
        case words
        /// Beginnings of words, behind which the shell puts no space.
        case stems
    }

    var kind = Kind.words
    var candidates: [String] = []
    /// What is written so far of the word at the cursor.
    var current = ""
    /// The quotation mark that is open there.
    var quote: Character?

    /// - Parameters:
    ///   - before: The command line up to the cursor, with the command's name.
    ///   - after: What stands behind the cursor.
    init(before: String, after: String) {
        var words = ShellLine(before).words
        guard let last = words.popLast(), !words.isEmpty else { return }
        (current, quote) = (last.text, last.quote)
        words.removeFirst()
        guard last.redirection.isEmpty else {
            kind = .files
            return
        }
        complete(behind: words.filter(\.redirection.isEmpty).map(\.text), in: words + [last] + ShellLine(after).words)
        candidates.removeAll { !$0.utf8.starts(with: current.utf8) }
    }

    private mutating func complete(behind words: [String], in all: [ShellLine.Word]) {
        guard words.first == "map" else {
            complete(words)
            return
        }
        if let value = words.dropFirst().last.flatMap(Flag.init(word:))?.value {
            complete(value, current, in: all)
        } else if current.hasPrefix("--"), let equals = current.firstIndex(of: "="),
            let value = Flag(word: String(current[..<equals]))?.value
        {
            complete(value, String(current[current.index(after: equals)...]), in: all)
            candidates = candidates.map { current[...equals] + $0 }
        } else if let value = Flag(word: String(current.prefix(2)))?.value, current.count > 2 {
            complete(value, String(current.dropFirst(2)), in: all)
            candidates = candidates.map { current.prefix(2) + $0 }
        } else if current.hasPrefix("-"), !words.contains("--") {
            candidates = Flag.all.flatMap { $0.words.filter { $0.hasPrefix("--") } } + ["--help"]
        } else {
            kind = .files
        }
    }

    /// A command, or what stands behind one other than `map`.
    private mutating func complete(_ words: [String]) {
        switch words.first {
        case nil: candidates = ["map", "index", "merge", "help", "--help", "--version"]
        case IndexOptions.command.name: complete(IndexOptions.command, behind: words.last ?? "")
        case MergeOptions.command.name: complete(MergeOptions.command, behind: words.last ?? "")
        case "help" where words.count == 1: candidates = ["map", "index", "merge"]
        default: break
        }
    }

    private mutating func complete<Options>(_ command: Subcommand<Options>, behind word: String) {
        if let flag = command.words.first(where: { $0.words.contains(word) }), flag.value != nil {
            switch flag.kind {
            case .words(let words): candidates = words
            case .number: break
            default: kind = .files
            }
        } else if current.hasPrefix("-") {
            candidates = command.words.flatMap { $0.words.filter { $0.hasPrefix("--") } } + ["--help"]
        } else {
            kind = .files
        }
    }

    /// The value of a flag, of which `typed` is written.
    private mutating func complete(_ value: Flag.Value, _ typed: String, in all: [ShellLine.Word]) {
        switch value.kind {
        case .words(let words): candidates = words
        case .field: candidates = FieldSource(all).names
        case .file: kind = .files
        case .column:
            guard let equals = typed.firstIndex(of: "="),
                !typed[equals...].dropFirst().hasPrefix(ColumnFunction.commandMark)
            else { return }
            if let at = typed[equals...].firstIndex(of: "@") {
                candidates = FieldSource(all).names.map { typed[...at] + $0 }
            } else {
                kind = .stems
                candidates = ColumnFunction.names.map { typed[...equals] + $0 }
            }
        case .answers:
            let name = typed.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
            guard let colon = name.lastIndex(of: ":") else { return }
            candidates = AnswerColumn.Kind.allCases.map { typed[...colon] + $0.rawValue }
        case .number: break
        }
    }

    /// As the completion script of a shell reads it: the kind, then a candidate a line.
    ///
    /// - Parameter typed: What bash takes for the word at the cursor, which begins behind the last '=', '@' or ':'.
    func answer(to shell: String, typed: String) -> String {
        var lines = candidates
        if shell == "bash" {
            let word = ShellLine("x " + typed).words.last?.text ?? ""
            let known = current.utf8.count - (current.hasSuffix(word) ? word.utf8.count : 0)
            lines = lines.map { line in
                let rest = String(decoding: line.utf8.dropFirst(known), as: UTF8.self)
                return quote == nil ? ShellLine.quoted(rest) : rest
            }
        }
        // Two that begin alike keep fish from ending the word.
        if shell == "fish", kind == .stems { lines = lines.flatMap { [$0, $0 + "@"] } }
        return ([kind.rawValue] + lines).map { $0 + "\n" }.joined()
    }
}

/// The file that a command line reads, for the names of its fields.
private struct FieldSource {
    private let path: String?
    private let format: RecordFormat?
    private static let enough = 1 << 16

    init(_ words: [ShellLine.Word]) {
        // What is still wrong with the line does not matter here.
        var reader = FlagReader(words.filter(\.redirection.isEmpty).map(\.text).dropFirst())
        reader.readAll()
        format = reader.options.from
        path = reader.options.file ?? words.first { $0.redirection == "<" }?.text
    }

    var names: [String] {
        guard let path, let format = format ?? RecordFormat(fileExtension: fileExtension(of: path)),
            let file = try? File.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY),
            (try? File.status(of: file.number).isRegular) == true
        else { return [] }
        var bytes = [UInt8](repeating: 0, count: Self.enough)
        var span = bytes.mutableSpan
        guard let count = try? File.read(file.number, at: 0, into: &span) else { return [] }
        let names = format.fieldNames(inBeginning: Array(bytes[..<count])).map { String(given: $0.bytes) }
        return names.filter { !$0.utf8.contains(UInt8(ascii: "\n")) }
    }
}

import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

/// `procession`: an order-preserving, multi-process map on the command line.
@main
enum ProcessionCommand {
    static let version = "0.1.0"

    /// Reads the command line and does what it says, with exit codes that scripts can use and nothing but records, or
    /// what was asked for, on standard output.
    static func main() {
        // A reader that has gone is told by the write that fails, not by a signal.
        try? WorkerIdentity.ignoreSignal(SIGPIPE)
        try? Interruption.expect(question: SIGUSR1)
        do {
            try run(Array(words().dropFirst()))
        } catch {
            if !error.message.isEmpty { complain(error.message) }
            WorkerIdentity.exitImmediately(error.code.number)
        }
    }

    private static func words() throws(Exit) -> [String] {
        do {
            return try givenArguments()
        } catch {
            throw Exit(
                .outOfResources, "the command line cannot be read from /proc/self/cmdline, so mount /proc: \(error)")
        }
    }

    private static func run(_ words: [String]) throws(Exit) {
        if let answer = answer(to: words) {
            do {
                try File.write(1, text: answer)
            } catch  where error.code == EPIPE {
                throw Exit.readerGone
            } catch {
                throw WrittenTarget.failure("-", error)
            }
        } else if words.first == "map" {
            try MapRun.run(request(by: words.dropFirst()))
        } else if words.first == IndexOptions.command.name {
            var options = IndexOptions()
            try IndexOptions.command.read(words.dropFirst(), into: &options)
            try IndexRun.run(options)
        } else if words.first == MergeOptions.command.name {
            var options = MergeOptions()
            try MergeOptions.command.read(words.dropFirst(), into: &options)
            try MergeRun.run(options)
        } else {
            throw Exit(usage: mistake(in: words), of: "procession")
        }
    }

    private static func request(by words: ArraySlice<String>) throws(Exit) -> MapRequest {
        let options: MapOptions
        do {
            options = try MapOptions(reading: words)
        } catch {
            throw Exit(usage: "\(error)", of: "procession map")
        }
        do {
            return try options.request()
        } catch {
            throw Exit(.usage, error.message)
        }
    }

    /// What is shown of the command itself; nil where the words ask for something to be done.
    private static func answer(to words: [String]) -> String? {
        if words.count == 5, words[0] == "--complete" {
            return Completion(before: words[2], after: words[3]).answer(to: words[1], typed: words[4])
        }
        if words.count == 4, words[0] == LibraryChoice.question {
            return LibraryChoice.answer(file: words[1], symbol: words[2], argument: words[3])
        }
        if let script = CompletionScript(askedForBy: words) { return script.text }
        if words.count == 2, words[0] == "help", let text = HelpText.of(words[1]) { return text }
        if words.isEmpty || words == ["help"] { return HelpText.program }
        guard HelpText.of(words[0]) != nil || words[0].hasPrefix("-") else { return nil }
        let options = words.prefix { $0 != "--" }
        if options.contains("--generate-man-page") { return ManualPage.text }
        if options.contains("--version") { return "procession \(version)\n" }
        guard options.contains("--help") || options.contains("-h") else { return nil }
        return HelpText.of(words[0]) ?? HelpText.program
    }

    /// What is wrong with words that do not begin with a command.
    private static func mistake(in words: [String]) -> String {
        let first = words[0] == "help" ? words[1] : words[0]
        guard first.hasPrefix("-") else {
            let near = suggestion(for: first, among: [IndexOptions.command.name, MergeOptions.command.name])
            return "unknown command \(shown(first))" + (near.isEmpty ? "; write 'procession map'" : near)
        }
        let isOfMap = Flag(word: first.hasPrefix("--") ? first : String(first.prefix(2))) != nil
        return isOfMap
            ? "\(shown(first)) is an option of 'map'; write 'procession map' before it"
            : "unknown option \(shown(first))"
    }
}

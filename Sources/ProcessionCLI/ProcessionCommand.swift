import ArgumentParser
import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

/// `procession`: an order-preserving, multi-process map on the command line.
@main
struct ProcessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "procession",
        abstract: "Map records in every core, in processes, in order.",
        discussion: """
            Every record of the input goes through the same functions, in worker processes, and the results come out in the \
            order of the input. A worker that dies costs one record, not the run.

            EXAMPLE
              printf '{"a": 1, "b": 2, "c": 3}' | procession map -f json -c doubled=double
            """,
        version: "procession \(version)",
        subcommands: [MapCommand.self])

    static let version = "0.1.0"

    /// Parses and runs, with exit codes that scripts can use and nothing but records on standard output.
    static func main() {
        // A reader that has gone is told by the write that fails, not by a signal.
        try? WorkerIdentity.ignoreSignal(SIGPIPE)
        try? Interruption.expect(question: SIGUSR1)
        let arguments: [String]
        do {
            arguments = try givenArguments()
        } catch {
            complain("the command line cannot be read from /proc/self/cmdline, so mount /proc: \(error)")
            WorkerIdentity.exitImmediately(Exit.outOfResources)
        }
        do {
            let words = Array(arguments.dropFirst())
            if let options = MapOptions(plainly: words) { return try options.run() }
            if let answer = answer(to: words) { return try File.write(1, text: answer) }
            if let mistake = mistakenCommand(in: words) { throw Exit(refusing: words, because: mistake) }
            var command = try parseAsRoot(words.first == "map" ? MapOption.separated(words) : words)
            try command.run()
        } catch let ending as Exit {
            if !ending.message.isEmpty { complain(ending.message) }
            WorkerIdentity.exitImmediately(ending.code)
        } catch {
            guard exitCode(for: error) == .success else {
                let refusal = Exit(refusing: arguments, because: message(for: error))
                complain(refusal.message)
                WorkerIdentity.exitImmediately(refusal.code)
            }
            try? File.write(1, text: fullMessage(for: error) + "\n")
        }
    }
}

/// What the shells' completion asks for; nil for all other words.
private func answer(to words: [String]) -> String? {
    if words.count == 5, words[0] == "--complete" {
        return Completion(before: words[2], after: words[3]).answer(to: words[1], typed: words[4])
    }
    return CompletionScript(askedForBy: words)?.text
}

/// What is wrong with the words where no command stands in front, so that nothing behind it hides that; nil where a
/// command does, or an option that needs none.
private func mistakenCommand(in words: [String]) -> String? {
    guard let first = words.first, !["map", "help"].contains(first) else { return nil }
    guard first.hasPrefix("-") else { return "unknown command \(shown(first)); write 'procession map'" }
    let isOfMap = MapOption(word: first.hasPrefix("--") ? first : String(first.prefix(2))) != nil
    return isOfMap ? "\(shown(first)) is an option of 'map'; write 'procession map' before it" : nil
}

import ArgumentParser
import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

/// `procession map`: the flags, and what they make of a run.
struct MapCommand: ParsableCommand {
    // Help is folded at 80 columns, and an example that is folded cannot be pasted: no line of it may be longer.
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Map every record of FILE, or of standard input, in order.",
        discussion: """
            Each --column names an output column and the built-in function that computes it from the record's value:
              identity · double · scale:F · string · length · upper · lower

            EXAMPLES
              Double the values of an ordered JSON object:
                printf '{"a": 1, "b": 2, "c": 3}' | procession map -f json -c value=double

              Two results per key, then the same as one object per column:
                printf '{"a":1}' | procession map -f json -c x=double -c s=string
                printf '{"a":1}' | procession map -f json -c x=double -c s=string --split

              Length and upper case of every line of a file, on four workers:
                procession map -j 4 -c length=length -c upper=upper words.txt

              Lines become a JSON object; records that are no number are left out:
                procession map -t json -c value=scale:1.5 --on-error skip numbers.txt

            EXIT CODES
              0 every record mapped · 1 some record failed · 2 usage · 3 malformed input
              4 out of memory, descriptors or processes · 5 output cannot be written
              130 interrupted · 141 reader gone · 143 terminated
            """)

    @Option(
        name: [.short, .customLong("column")],
        help: ArgumentHelp(
            "An output column, computed by a built-in function from the record's value. Repeat for several.",
            valueName: "NAME=FUNCTION"))
    var columns: [String] = []

    @Option(
        name: [.short, .customLong("from")],
        help: ArgumentHelp("lines or json. Default: by the file's extension, else lines.", valueName: "FORMAT"))
    var from: RecordFormat?

    @Option(
        name: [.short, .customLong("to")],
        help: ArgumentHelp("The format of the output. Default: that of the input.", valueName: "FORMAT"))
    var to: RecordFormat?

    @Flag(help: "json: one object per column instead of one object of columns.")
    var split = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Workers. Default: available cores.", valueName: "N|N%"))
    var jobs: JobCount?

    @Option(name: .shortAndLong, help: ArgumentHelp("Default: standard output.", valueName: "FILE"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            """
            A record whose function fails: fail stops after the records before it, skip leaves it out, null emits empty \
            values.
            """, valueName: "fail|skip|null"))
    var onError: OnError = .fail

    @Option(help: ArgumentHelp("Write what the run did, as one JSON object.", valueName: "FILE"))
    var stats: String?

    @Argument(help: ArgumentHelp("Default: standard input.", valueName: "FILE"))
    var file: String?

    func validate() throws {
        guard !columns.isEmpty else {
            throw ValidationError("nothing to compute: give at least one --column, as in -c value=double")
        }
        do {
            _ = try plan()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func plan() throws(PlanError) -> RecordPlan {
        let input = from ?? file.flatMap { RecordFormat(fileExtension: fileExtension(of: $0)) } ?? .lines
        var plan = RecordPlan(input: input, output: to ?? input, split: split, emptyWhenFailed: onError == .null)
        for column in columns { plan.columns.append(try Column(parsing: column)) }
        try plan.validated()
        return plan
    }

    func run() throws {
        try MapRun(
            plan: plan(), inputPath: file, outputPath: output, jobs: jobs, onError: onError, statsPath: stats
        ).run()
    }
}

/// What stands behind the last dot of a file's name.
private func fileExtension(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return String(name[name.index(after: dot)...])
}

/// A number of workers, or a share of the available cores.
enum JobCount: ExpressibleByArgument {
    case number(Int)
    case percent(Int)

    init?(argument: String) {
        let isShare = argument.hasSuffix("%")
        guard let number = Int(isShare ? String(argument.dropLast()) : argument), (1...10_000).contains(number) else {
            return nil
        }
        self = isShare ? .percent(number) : .number(number)
    }

    var workers: Int {
        switch self {
        case .number(let number): number
        case .percent(let share): max(1, Machine.availableCores() * share / 100)
        }
    }
}

extension RecordFormat: ExpressibleByArgument {}
extension OnError: ExpressibleByArgument {}

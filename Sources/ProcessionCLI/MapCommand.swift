import ArgumentParser
import ProcessionRecords

/// `procession map`: the flags, and their help. What they mean is for `MapOptions` to say.
struct MapCommand: ParsableCommand {
    // Help is folded at 80 columns, and an example that is folded cannot be pasted: no line of it may be longer.
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Map every record of FILE, or of standard input, in order.",
        discussion: """
            Each --column names an output column and the built-in function that computes it from a field:
              identity · double · scale:F · string · length · upper · lower

            EXAMPLES
              printf '{"a": 1, "b": 2, "c": 3}' | procession map -f json -c value=double
              printf 'id,n\\n1,2\\n' | procession map -f csv -c twice=double@n --append
              printf 'one\\ntwo\\n' | procession map -c length=length -c upper=upper
              printf 'one\\ntwo\\n' | procession map -t ndjson -c upper=upper
              printf '{"n":1}\\n{"n":2}\\n' | procession map -f ndjson -x 'sed s/n/m/'
              seq 9 >in; procession map -c v=double in -o o --checkpoint c --resume; cat o

            FORMATS
              lines    a record is a line, its key the line number
              csv      RFC 4180 with a header row
              tsv      tabs and a header row, nothing is quoted
              ndjson   a JSON object per line
              json     one JSON object; its members are the records

            EXIT CODES
              0 every record mapped · 1 some record failed
              2 usage, or a checkpoint that does not fit · 3 malformed input
              4 out of memory, descriptors or processes · 5 output cannot be written
              130 interrupted · 141 reader gone · 143 terminated
            """)

    @Option(
        name: [.customShort("c"), .customLong("column")],
        help: ArgumentHelp(
            "An output column, computed by a built-in function from FIELD (default: the value). Repeat for several.",
            valueName: "NAME=FUNCTION[@FIELD]"))
    var columns: [String] = []

    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp(
            """
            Run COMMAND once per worker, by /bin/sh -c, and keep it running: every record goes in as one line, exactly one \
            line must come back, and that line is the record's output.
            """, valueName: "COMMAND"))
    var exec: String?

    @Flag(
        help: """
            --exec: every line has its record's number and a tab in front, and so must its answer have; answers may come \
            in any order. Without numbers they are counted, and no count shows that one line was left out and another \
            answered twice, or that two changed places.
            """)
    var tagged = false

    @Option(
        name: [.customShort("f"), .customLong("from")],
        help: ArgumentHelp(
            "The format of the input. Default: by the file's extension, else lines.", valueName: "FORMAT"))
    var from: RecordFormat?

    @Option(
        name: [.customShort("t"), .customLong("to")],
        help: ArgumentHelp("The format of the output. Default: that of the input.", valueName: "FORMAT"))
    var to: RecordFormat?

    @Option(
        help: ArgumentHelp(
            "csv, tsv, ndjson: the key field. Default: the first field; for ndjson \"key\".", valueName: "FIELD"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            """
            The field handed to the functions. Default: the second field; for ndjson \"value\"; with --exec the whole record.
            """, valueName: "FIELD"))
    var value: String?

    @Flag(help: "csv, tsv, ndjson: keep every field of the record and append the columns. Default: key and columns.")
    var append = false

    @Flag(help: "json: one object per column instead of one object of columns.")
    var split = false

    @Option(
        name: [.customShort("j"), .long], parsing: .unconditional,
        help: ArgumentHelp("Workers. Default: available cores.", valueName: "N|N%"),
        transform: JobCount.init(argument:))
    var jobs: JobCount?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            A file gets this name when the run has succeeded, and grows beside it until then. Default: standard output, \
            also called '-'.
            """, valueName: "FILE"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            """
            A record whose function fails: fail stops after the records before it, skip leaves it out, null emits empty \
            values.
            """, valueName: "fail|skip|null"))
    var onError: OnError = .fail

    // A number is taken as the value whatever it begins with, so that -1 is refused with the range, and not as an option.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Limit per record, as in 5, 0.5 or 500ms. Default: none.", valueName: "SECONDS"),
        transform: Seconds.init(argument:))
    var timeout: Seconds?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Further attempts for a record after a crash or timeout. Default: \(MapOptions.usualRetries).",
            valueName: "N"),
        transform: MapOptions.retries)
    var retries = MapOptions.usualRetries

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Shared memory for records in flight, as in 64M, 1G or 5%. Default: \(MapOptions.usualWindow).",
            valueName: "SIZE"),
        transform: MapOptions.window)
    var window = MapOptions.usualWindow

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Records handed out at a time. Default: by the time they take.", valueName: "N"),
        transform: MapOptions.chunkSize)
    var chunkSize: Int?

    @Option(
        help: ArgumentHelp(
            """
            Record progress in FILE, so that a run that was cut off can be continued. Needs --output FILE, and input \
            that is a file.
            """, valueName: "FILE"))
    var checkpoint: String?

    @Flag(help: "Continue the run that --checkpoint has recorded; start it if there is none.")
    var resume = false

    @Flag(
        inversion: .prefixedNo,
        help: """
            Records, rate and time left on standard error, drawn on a terminal, elsewhere a line now and then. Default: only \
            where that is a terminal, and the results go to a file.
            """)
    var progress: Bool?

    @Option(
        help: ArgumentHelp(
            "Write what the run did at its end, however it ends, as one JSON object.", valueName: "FILE"))
    var stats: String?

    @Argument(help: ArgumentHelp("Default: standard input.", valueName: "FILE"))
    var file: String?

    func run() throws { try options.run() }

    var options: MapOptions {
        MapOptions(
            columns: columns, exec: exec, tagged: tagged, from: from, to: to, key: key, value: value, append: append,
            split: split,
            jobs: jobs, output: output, onError: onError, timeout: timeout, retries: retries, window: window,
            chunkSize: chunkSize, checkpoint: checkpoint, resume: resume, progress: progress, stats: stats, file: file)
    }
}

extension RecordFormat: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
}
extension OnError: ExpressibleByArgument {}
extension ByteSize: CustomStringConvertible {
    var description: String { "\(count >> 20)M" }
}

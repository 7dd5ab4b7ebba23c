import Glibc
import ProcessionRecords

/// What a command other than `map` is asked for: its words, what each does, and what help says of it.
struct Subcommand<Options> {
    struct Word {
        let words: [String]
        /// What stands behind it; nil where nothing does.
        let value: String?
        /// What the shells complete there.
        let kind: Flag.Kind
        let help: String
        let read: @Sendable (inout Options, String) throws(QuantityError) -> Void

        init(
            _ words: String..., value: String? = nil, kind: Flag.Kind = .file, help: String,
            read: @escaping @Sendable (inout Options, String) throws(QuantityError) -> Void
        ) {
            (self.words, self.value, self.kind, self.help, self.read) = (words, value, kind, help, read)
        }
    }

    let name: String
    let purpose: String
    let operand: String
    let about: String
    let words: [Word]
    let take: @Sendable (inout Options, String) -> Bool

    /// Reads the words behind the command's name.
    func read(_ given: ArraySlice<String>, into options: inout Options) throws(Exit) {
        var rest = given
        var isFlag = true
        while let word = rest.popFirst() {
            if isFlag, word == "--" {
                isFlag = false
            } else if isFlag, word != "-", word.hasPrefix("-") {
                try readFlag(word, &rest, into: &options)
            } else if !take(&options, word) {
                throw mistake("unexpected argument \(shown(word))")
            }
        }
    }

    private func readFlag(
        _ word: String, _ rest: inout ArraySlice<String>, into options: inout Options
    ) throws(Exit) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let flag = words.first(where: { $0.words.contains(parts[0]) }) else {
            let near = suggestion(for: parts[0], among: words.flatMap(\.words))
            throw mistake("unknown option \(shown(parts[0]))\(near)")
        }
        var text = ""
        if let value = flag.value {
            guard let given = parts.count > 1 ? parts[1] : rest.popFirst(), !given.isEmpty else {
                throw mistake("missing value for '\(parts[0]) \(value)'")
            }
            text = given
        } else if parts.count > 1 {
            throw mistake("'\(parts[0])' takes no value, but \(shown(parts[1])) is given")
        }
        do throws(QuantityError) {
            try flag.read(&options, text)
        } catch {
            throw mistake("the value \(shown(text)) is invalid for '\(parts[0]) \(flag.value ?? "")': \(error)")
        }
    }

    func mistake(_ sentence: String) -> Exit { Exit(usage: sentence, of: "procession \(name)") }

    // MARK: Help

    var synopsis: String { "procession \(name) [OPTIONS] \(operand)" }

    /// Ways to write each, and what it does.
    var help: [(words: String, help: String)] {
        words.map { ($0.words.joined(separator: ", ") + ($0.value.map { " " + $0 } ?? ""), $0.help) }
    }
}

/// `procession index FILE`.
struct IndexOptions: Equatable {
    var from: RecordFormat?
    var file: String?

    static let command = Subcommand<IndexOptions>(
        name: "index", purpose: "Note where the records of FILE are, for 'map --shard'.", operand: "FILE",
        about: """
            Goes through FILE once and writes FILE.pidx. csv and json need it, and lines whose output has keys; with it shards \
            are divided by records, else by bytes.
            """,
        words: [
            .init(
                "-f", "--from", value: "FORMAT", kind: .words(RecordFormat.allCases.map(\.rawValue)),
                help: "The format of the input. Default: by the file's extension, else lines."
            ) { options, text throws(QuantityError) in
                guard let format = RecordFormat(name: text) else {
                    throw QuantityError(description: "write lines, csv, tsv, ndjson or json")
                }
                options.from = format
            }
        ]
    ) { options, word in
        guard options.file == nil else { return false }
        options.file = word
        return true
    }
}

/// `procession merge DIR/`.
struct MergeOptions: Equatable {
    enum Question: Equatable { case missing, list }

    var directory: String?
    var output: String?
    var question: Question?
    var follows = false
    var only: Int?
    var cleans = false
    /// How long files of a network may take to be seen as they are.
    var wait = Duration.seconds(60)
    var stats: String?

    static let command = Subcommand<MergeOptions>(
        name: "merge", purpose: "Put the shards in DIR/ together: the output of one machine.", operand: "DIR/",
        about: """
            Refuses while shards are missing, and what does not belong together. Exit code and messages are those of one \
            machine that has mapped all of the input.
            """,
        words: [
            .init(
                "-o", "--output", value: "FILE",
                help: "A file gets this name when all is written. Default: standard output, also called '-'."
            ) { options, text in options.output = text == "-" ? nil : text },
            .init("--missing", help: "Print the shards to run, as --array takes them: 3,17,40-42.") { options, _ in
                options.question = .missing
            },
            .init("--list", help: "Print the files of the texts in order, for readers that take many.") { options, _ in
                options.question = .list
            },
            .init("--follow", help: "Write the texts of a shard as soon as all before it are settled.") { options, _ in
                options.follows = true
            },
            .init("--only", value: "K", kind: .number, help: "Write shard K alone, as a document of its own.") {
                options, text throws(QuantityError) in
                options.only = try wholeNumber(text, in: 0...ShardChoice.largestCount)
            },
            .init(
                "--clean", help: "When all is merged, remove what other attempts have left, and no manifest names."
            ) { options, _ in options.cleans = true },
            .init(
                "--wait", value: "SECONDS", kind: .number,
                help: """
                    How long to wait for files that are not as their shard says, because a network file system shows what was. \
                    Default: 60; 0 refuses at once.
                    """
            ) { options, text throws(QuantityError) in
                options.wait = text == "0" ? .zero : try Seconds(argument: text).duration
            },
            .init("--stats", value: "FILE", help: "Write what the shards did, together, as one JSON object.") {
                options, text in options.stats = text
            },
        ]
    ) { options, word in
        guard options.directory == nil else { return false }
        options.directory = word
        return true
    }

    /// Refuses what cannot be asked for together.
    func check() throws(Exit) {
        let asked = [
            question == .missing ? "--missing" : nil, question == .list ? "--list" : nil, follows ? "--follow" : nil,
            only != nil ? "--only" : nil,
        ].compactMap { $0 }
        guard asked.count < 2 else {
            throw Self.command.mistake("\(asked[0]) cannot be combined with \(asked[1]); ask for one of the two")
        }
        let writes: [(String, Bool)] = [("--output", output != nil), ("--clean", cleans), ("--stats", stats != nil)]
        for (word, isGiven) in writes where isGiven && (question != nil || only != nil && word != "--output") {
            throw Self.command.mistake("\(word) cannot be combined with \(asked[0]), which merges nothing")
        }
    }
}

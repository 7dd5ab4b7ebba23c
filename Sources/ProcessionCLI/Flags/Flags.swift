import Procession
import ProcessionRecords

/// The options of `procession map`, in the order of its help.
extension Flag {
    static let all = [
        column, exec, answers, answersFormat, send, tagged, from, to, key, value, append, split, jobs, output, shard,
        onError, timeout, retries, memoryLimit,
        recordsPerWorker, window, chunkSize, checkpoint, resume, progress, stats,
    ]

    // MARK: What is computed

    static let column = Flag(
        name: "column", letter: "c",
        help: """
            An output column, computed by a built-in function from FIELD (default: the value), or, as NAME='run:COMMAND', by \
            a command that is started for every record, or, as NAMES=./FILE.so:SYMBOL[:ARGUMENT], several by a function of a \
            shared library. Repeat for several.
            """,
        form: .value(Value(name: "NAME=FUNCTION[@FIELD]", kind: .column) { $0.columns.append($1) }),
        isGiven: { !$0.columns.isEmpty })

    static let exec = text(
        "exec", \.exec, letter: "x", called: "COMMAND", .file,
        help: """
            Run COMMAND once per worker, by /bin/sh -c, and keep it running: every record goes in as one line, exactly one \
            line must come back, and that line is the record's output, or with --answers its columns.
            """)

    static let answers = text(
        "answers", \.answers, called: "NAME[:TYPE],…", .answers,
        help: """
            --exec: the fields of an answer are output columns, behind those of --column, with the record's key. TYPE: text \
            (default), number, bool or json; an answer with fewer or more fields, or one of another type, fails its record.
            """)

    static let answersFormat = choice(
        "answers-format", \.answersFormat, called: "tsv|json", of: Answers.Form.allCases, Answers.Form.init(rawValue:),
        help: """
            How an answer is written: fields with tabs between them, or an object with a member for each column. Default: \
            tsv.
            """)

    static let send = choice(
        "send", \.send, called: "record|value|json|tsv", of: SentForm.allCases, SentForm.init(rawValue:),
        help: """
            --exec: what a filter is sent of a record, in one line: the record as it is, the value field, an object of the \
            fields (of lines and json: of key and value), or these with tabs between them. Default: record, or value where \
            --value is given.
            """)

    static let tagged = toggle(
        "tagged", \.tagged,
        help: """
            --exec: every line has its record's number and a tab in front, and so must its answer have; answers may come \
            in any order. Without numbers they are counted, and no count shows that one line was left out and another \
            answered twice, or that two changed places.
            """)

    // MARK: Records

    static let from = format(
        "from", \.from, letter: "f", help: "The format of the input. Default: by the file's extension, else lines.")

    static let to = format("to", \.to, letter: "t", help: "The format of the output. Default: that of the input.")

    static let key = text(
        "key", \.key, called: "FIELD", .field,
        help: "csv, tsv, ndjson: the key field. Default: the first field; for ndjson \"key\".")

    static let value = text(
        "value", \.value, called: "FIELD", .field,
        help: """
            The field handed to the functions. Default: the second field; for ndjson \"value\"; with --exec the whole record.
            """)

    static let append = toggle(
        "append", \.append,
        help: "csv, tsv, ndjson: keep every field of the record and append the columns. Default: key and columns.")

    static let split = toggle("split", \.split, help: "json: one object per column instead of one object of columns.")

    // MARK: The run

    static let jobs = value(
        "jobs", \.jobs, letter: "j", called: "N|N%", .number, help: "Workers. Default: available cores.",
        read: JobCount.init(argument:))

    static let output = value(
        "output", \.output, letter: "o", called: "FILE", .file,
        help: """
            A file gets this name when the run has succeeded, and grows beside it until then. Default: standard output, \
            also called '-'.
            """, read: { $0 == "-" ? nil : $0 })

    static let shard = value(
        "shard", \.shard, called: "K/N", .words(["auto"]),
        help: """
            Map part K of N, counted from 0, into the directory --output, for 'procession merge' to put together. auto/N or \
            auto: the engine that runs this knows K (Slurm, HyperQueue, Kubernetes, AWS Batch, PBS, SGE, LSF, mpirun).
            """, read: ShardChoice.init(argument:))

    static let onError = choice(
        "on-error", \.onError, called: "fail|skip|null", of: OnError.allCases, OnError.init(rawValue:),
        help: """
            A record whose function fails: fail stops after the records before it, skip leaves it out, null emits empty \
            values. Default: fail.
            """)

    static let timeout = value(
        "timeout", \.timeout, called: "SECONDS", .number,
        help: "Limit per record, as in 5, 0.5 or 500ms. Default: none.", read: Seconds.init(argument:))

    static let retries = value(
        "retries", \.retries, called: "N", .number,
        help: """
            Further attempts for a record after a crash, a timeout or too much memory. Default: \
            \(MapOptions.usualRetries).
            """
    ) { text throws(QuantityError) in try wholeNumber(text, in: 0...1_000_000) }

    static let memoryLimit = value(
        "memory-limit", \.memoryLimit, called: "SIZE", .number,
        help: """
            Memory that a worker or its filter may take, as in 500M, 2G or 10%, before it is killed; the record that it is at \
            has then failed, or is tried again. Looked at 20 times a second. Default: none.
            """
    ) { text throws(QuantityError) in try ByteSize(argument: text, atLeast: WorkerPool.smallestMemoryLimit) }

    static let recordsPerWorker = value(
        "records-per-worker", \.recordsPerWorker, called: "N", .number,
        help: """
            Records after which a worker or its filter is ended and started anew, so that what it leaks goes with it. \
            Default: any number.
            """
    ) { text throws(QuantityError) in try wholeNumber(text, in: 1...1_000_000_000) }

    static let window = value(
        "window", \.window, called: "SIZE", .number,
        help: "Shared memory for records in flight, as in 64M, 1G or 5%. Default: \(MapOptions.usualWindow)."
    ) { text throws(QuantityError) in try ByteSize(argument: text, atLeast: MapRequest.smallestWindow) }

    static let chunkSize = value(
        "chunk-size", \.chunkSize, called: "N", .number,
        help: "Records handed out at a time. Default: by the time they take."
    ) { text throws(QuantityError) in try wholeNumber(text, in: 1...1_000_000_000) }

    static let checkpoint = text(
        "checkpoint", \.checkpoint, called: "FILE", .file,
        help: """
            Record progress in FILE, so that a run that was cut off can be continued. Needs --output FILE, and input \
            that is a file.
            """)

    static let resume = toggle(
        "resume", \.resume, help: "Continue the run that --checkpoint has recorded; start it if there is none.")

    static let progress = Flag(
        name: "progress", letter: nil,
        help: """
            Records, rate and time left on standard error, drawn on a terminal, elsewhere a line now and then. Default: only \
            where that is a terminal, and the results go to a file.
            """,
        form: .toggle(hasInverse: true) { $0.progress = $1 }, isGiven: { $0.progress != nil })

    static let stats = text(
        "stats", \.stats, called: "FILE", .file,
        help: "Write what the run did at its end, however it ends, as one JSON object.")
}

extension Flag {
    private static func format(
        _ name: String, _ place: Place<RecordFormat?>, letter: Character, help: String
    ) -> Flag {
        choice(
            name, place, letter: letter, called: "FORMAT", of: RecordFormat.allCases, RecordFormat.init(name:),
            help: "\(help) One of \(listed(RecordFormat.allCases.map(\.rawValue))).")
    }

    /// A flag whose value is one of a few words.
    private static func choice<Content: RawRepresentable<String> & Sendable>(
        _ name: String, _ place: Place<Content?>, letter: Character? = nil,
        called valueName: String, of all: [Content], _ make: @escaping @Sendable (String) -> Content?, help: String
    ) -> Flag {
        let words = all.map(\.rawValue)
        return value(name, place, letter: letter, called: valueName, .words(words), help: help) {
            text throws(QuantityError) in
            guard let content = make(text) else { throw QuantityError(description: "write \(listed(words))") }
            return content
        }
    }
}

/// "a, b or c".
private func listed(_ words: [String]) -> String {
    words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
}

/// What help and the manual page say beside the table of flags.
enum Manual {
    struct Section {
        let title: String
        /// Shown as they are. The examples are pasted, so no line may be longer than help is wide.
        let lines: [String]
    }

    static let purpose = "Map every record of FILE, or of standard input, in order."

    static let about = """
        Every record of the input goes through the same functions, in worker processes, and the results come out in the \
        order of the input. A worker that dies costs one record, not the run.
        """

    static let columns = Section(
        title: "FUNCTIONS",
        lines: [
            "Each --column names an output column and the built-in function that",
            "computes it from a field:",
            "identity · double · scale:F · string · length · upper · lower",
            "",
            "NAME='run:COMMAND' starts COMMAND for every record, without a shell. In its",
            "words, {FIELD}, {key}, {value} and {#}, the record's number, are replaced by",
            "the record's text, whatever that has in it; {{ is a brace. What it writes is",
            "the column, and a status that is not 0 fails the record.",
            "",
            "NAMES=./FILE.so:SYMBOL[:ARGUMENT] calls a function of a shared library, which",
            "gives as many columns as there are names; procession.h says how it is made.",
        ])

    static let examples = Section(
        title: "EXAMPLES",
        lines: [
            #"printf '{"a": 1, "b": 2, "c": 3}' | procession map -f json -c value=double"#,
            #"printf 'id,n\n1,2\n' | procession map -f csv -c twice=double@n --append"#,
            #"printf 'one\ntwo\n' | procession map -c length=length -c upper=upper"#,
            #"printf 'one\ntwo\n' | procession map -t ndjson -c upper=upper"#,
            #"printf '1\n2\n' | procession map -c 'hex=run:printf 0x%02x {value}'"#,
            #"printf '{"n":1}\n{"n":2}\n' | procession map -f ndjson -x 'sed s/n/m/'"#,
            #"printf 'k,v\n1,a b\n' | procession map -f csv -x 'tr a-z A-Z' --value v --answers w"#,
            #"seq 9 >in; procession map -c v=double in -o o --checkpoint c --resume; cat o"#,
        ])

    static let formats = Section(
        title: "FORMATS",
        lines: [
            "lines    a record is a line, its key the line number",
            "csv      RFC 4180 with a header row",
            "tsv      tabs and a header row, nothing is quoted",
            "ndjson   a JSON object per line",
            "json     one JSON object; its members are the records",
        ])

    static let exitCodes = Section(
        title: "EXIT CODES",
        lines: [
            "0 every record mapped · 1 some record failed",
            "2 usage, or a checkpoint that does not fit · 3 malformed input",
            "4 out of memory, descriptors or processes · 5 output cannot be written",
            "130 interrupted · 141 reader gone · 143 terminated",
        ])

    /// An option's ways to be written and what it does; of those that are no flags too.
    static let options: [(words: String, help: String)] =
        Flag.all.map { flag in
            (flag.words.joined(separator: ", ") + (flag.value.map { " \($0.name)" } ?? ""), flag.help)
        } + [("--version", "Show the version."), ("-h, --help", "Show this help.")]

    static let synopsis = "procession map [OPTIONS] [FILE]"
}

/// What `--help` shows, folded to the width of a terminal.
enum HelpText {
    private static let width = 80
    /// Where the help of an option begins.
    private static let margin = 26

    static var program: String {
        """
        Map records in every core, in processes, in order.

        \(folded(Manual.about))
        USAGE: \(Manual.synopsis)

        EXAMPLE
          \(Manual.examples.lines[0])

        'procession map --help' tells of every option. For a file on many machines:
          \(IndexOptions.command.synopsis)
          \(MergeOptions.command.synopsis)

        """
    }

    /// The help of a command; nil where there is no such command.
    static func of(_ command: String) -> String? {
        switch command {
        case "map": map
        case IndexOptions.command.name: text(of: IndexOptions.command)
        case MergeOptions.command.name: text(of: MergeOptions.command)
        default: nil
        }
    }

    private static func text<Options>(of command: Subcommand<Options>) -> String {
        """
        \(command.purpose)

        USAGE: \(command.synopsis)

        \(folded(command.about))
        OPTIONS
        \((command.help + [("-h, --help", "Show this help.")]).map(entry).joined())
        """
    }

    static var map: String {
        let sections = [Manual.columns, Manual.examples, Manual.formats, Manual.exitCodes]
        return """
            \(Manual.purpose)

            USAGE: \(Manual.synopsis)

            \(sections.map(text).joined(separator: "\n"))
            OPTIONS
            \(Manual.options.map(entry).joined())
            """
    }

    private static func text(_ section: Manual.Section) -> String {
        section.title + "\n" + section.lines.map { "  \($0)\n" }.joined()
    }

    private static func entry(_ words: String, _ help: String) -> String {
        let lead = "  " + words
        let isShort = lead.count + 2 <= margin
        let padding = String(repeating: " ", count: isShort ? margin - lead.count : margin)
        return lead + (isShort ? "" : "\n") + padding + folded(help, indent: margin)
    }

    /// A text in lines that fit, each but the first behind `indent` spaces.
    private static func folded(_ text: String, indent: Int = 0) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            if indent + lines.last!.count + 1 + word.count > width { lines.append("") }
            lines[lines.count - 1] += (lines.last!.isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent)) + "\n"
    }
}

/// The page that `man procession` shows, in the language of troff (`man 7 man`).
enum ManualPage {
    static var text: String {
        var page = """
            .TH PROCESSION 1 "" "procession \(ProcessionCommand.version)" "User Commands"
            .SH NAME
            procession \\- map records in every core, in processes, in order
            .SH SYNOPSIS
            \(escaped(Manual.synopsis))
            .SH DESCRIPTION
            \(escaped(Manual.purpose))
            \(escaped(Manual.about))
            .SH OPTIONS

            """
        for (words, help) in Manual.options { page += ".TP\n.B \(escaped(words))\n\(escaped(help))\n" }
        page += section(IndexOptions.command) + section(MergeOptions.command)
        for section in [Manual.columns, Manual.formats, Manual.exitCodes, Manual.examples] {
            page += ".SH \(section.title)\n.nf\n\(section.lines.map { escaped($0) + "\n" }.joined()).fi\n"
        }
        return page
    }

    private static func section<Options>(_ command: Subcommand<Options>) -> String {
        let options = command.help.map { ".TP\n.B \(escaped($0.words))\n\(escaped($0.help))\n" }.joined()
        return ".SH PROCESSION \(command.name.uppercased())\n.TP\n.B \(escaped(command.synopsis))\n"
            + "\(escaped(command.purpose)) \(escaped(command.about))\n" + options
    }

    /// A text that troff shows as it is: its backslashes and dashes are no commands, nor is what begins a line.
    private static func escaped(_ text: String) -> String {
        var result = text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "·": result += "\\(bu"
            case "…": result += "..."
            default: result.append(character)
            }
        }
        return result
    }
}

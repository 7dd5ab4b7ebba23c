import ProcessionRecords

/// Words of the command line that ask for nothing: what is wrong with them, in one sentence.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

extension MapOptions {
    /// What the words behind `map` ask for.
    init(reading words: some Sequence<String>) throws(UsageError) {
        var reader = FlagReader(words)
        reader.readAll()
        if let mistake = reader.unknown ?? reader.mistake { throw UsageError(description: mistake) }
        self = reader.options
    }
}

/// Goes through the words of a command line, and takes each for what the table of flags says.
struct FlagReader {
    private var rest: ArraySlice<String>
    private(set) var options = MapOptions()
    /// The first mistake.
    private(set) var mistake: String?
    /// The first option that is none. It is named before all other mistakes, of which it is often the cause.
    private(set) var unknown: String?

    init(_ words: some Sequence<String>) { rest = Array(words)[...] }

    mutating func readAll() {
        while let word = rest.popFirst() {
            if word == "--" {
                while let word = rest.popFirst() { take(file: word) }
            } else if !isFlag(word) {
                take(file: word)
            } else if word.hasPrefix("--") {
                readLong(word)
            } else {
                readShort(word)
            }
        }
    }

    /// `--name`, `--no-name`, `--name value`, `--name=value`.
    private mutating func readLong(_ word: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let inverse = "--no-"
        if let flag = Flag(word: parts[0]) {
            take(flag, writtenAs: parts[0], value: parts.count > 1 ? parts[1] : nil)
        } else if word.hasPrefix(inverse), let flag = Flag(word: "--" + word.dropFirst(inverse.count)),
            case .toggle(hasInverse: true, let set) = flag.form
        {
            set(&options, false)
        } else {
            refuse(unknown: parts[0])
        }
    }

    /// `-n value`, `-nvalue`, `-n=value`.
    private mutating func readShort(_ word: String) {
        let name = String(word.prefix(2))
        guard let flag = Flag(word: name) else { return refuse(unknown: name) }
        let value = word.dropFirst(2)
        take(flag, writtenAs: name, value: value.isEmpty ? nil : String(value.first == "=" ? value.dropFirst() : value))
    }

    private mutating func take(_ flag: Flag, writtenAs name: String, value: String?) {
        switch flag.form {
        case .toggle(_, let set):
            if let value { note("'\(name)' takes no value, but \(shown(value)) is given") }
            set(&options, true)
        case .value(let content):
            let isEmpty = value?.isEmpty == true
            guard !isEmpty, let text = value ?? nextValue(content.kind) else {
                let dashed = rest.first.map(isFlag) == true && !isEmpty
                let way = dashed ? "; one that begins with '-' is written \(flag.word)=VALUE" : ""
                return note("missing value for '\(name) \(content.name)'\(way)")
            }
            do throws(QuantityError) {
                try content.read(&options, text)
            } catch {
                note("the value \(shown(text)) is invalid for '\(name) \(content.name)': \(error)")
            }
        }
    }

    private mutating func nextValue(_ kind: Flag.Kind) -> String? {
        guard let word = rest.first, kind == .number || !isFlag(word) else { return nil }
        return rest.popFirst()
    }

    private mutating func take(file: String) {
        guard options.file == nil else { return note("unexpected argument \(shown(file))") }
        options.file = file
    }

    private mutating func note(_ sentence: String) { mistake = mistake ?? sentence }

    private mutating func refuse(unknown name: String) {
        guard unknown == nil else { return }
        let near = name.hasPrefix("--") ? suggestion(for: name, among: Flag.all.map(\.word)) : ""
        unknown = "unknown option \(shown(name))\(near)"
    }
}

private func isFlag(_ word: String) -> Bool { word != "-" && word.utf8.first == UInt8(ascii: "-") }

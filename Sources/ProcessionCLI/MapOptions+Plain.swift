import ProcessionRecords

/// Reading a command line that is written plainly.
///
/// The parser that knows every way to write an option, and explains every mistake, takes longer to get ready than workers
/// take to start. So what nobody could misread is read here: `map`, options by their names, each value a word of its own,
/// and no other word with a dash in front. All else, every mistake above all, is left to the parser.
extension MapOptions {
    /// What the arguments, from `map` on, ask for; nil when they have to be parsed.
    init?(plainly arguments: [String]) {
        var words = MapOption.separated(arguments).makeIterator()
        guard words.next() == "map" else { return nil }
        self.init()
        func value() -> String? { words.next().flatMap { isPlain($0) ? $0 : nil } }
        while let word = words.next() {
            let isRead =
                switch word {
                case "-c", "--column": add(value(), to: &columns)
                case "-x", "--exec": set(&exec, value())
                case "--tagged": raise(&tagged)
                case "-f", "--from": set(&from, value().flatMap(RecordFormat.init(name:)))
                case "-t", "--to": set(&to, value().flatMap(RecordFormat.init(name:)))
                case "--key": set(&key, value())
                case "--value": set(&self.value, value())
                case "--append": raise(&append)
                case "--split": raise(&split)
                case "-j", "--jobs": set(&jobs, value().flatMap { try? JobCount(argument: $0) })
                case "-o", "--output": set(&output, value())
                case "--on-error": replace(&onError, value().flatMap(OnError.init(rawValue:)))
                case "--timeout": set(&timeout, value().flatMap { try? Seconds(argument: $0) })
                case "--retries": replace(&retries, value().flatMap { try? Self.retries($0) })
                case "--window": replace(&window, value().flatMap { try? Self.window($0) })
                case "--chunk-size": set(&chunkSize, value().flatMap { try? Self.chunkSize($0) })
                case "--checkpoint": set(&checkpoint, value())
                case "--resume": raise(&resume)
                case "--progress", "--no-progress": set(&progress, word == "--progress")
                case "--stats": set(&stats, value())
                default: isPlain(word) && set(&file, word)
                }
            guard isRead else { return nil }
        }
    }
}

/// Whether a word can be nothing but a value.
private func isPlain(_ word: String) -> Bool { word == "-" || !word.isEmpty && word.utf8.first != UInt8(ascii: "-") }

// Each says whether that was all right; what was said twice is for the parser to judge.

private func set<Value>(_ place: inout Value?, _ value: Value?) -> Bool {
    guard place == nil, let value else { return false }
    place = value
    return true
}

private func replace<Value>(_ place: inout Value, _ value: Value?) -> Bool {
    guard let value else { return false }
    place = value
    return true
}

private func add(_ value: String?, to list: inout [String]) -> Bool {
    guard let value else { return false }
    list.append(value)
    return true
}

private func raise(_ flag: inout Bool) -> Bool {
    defer { flag = true }
    return !flag
}

/// The options of `procession map`, each by its name: for what is said of any of them.
enum MapOption: String, CaseIterable {
    case column, exec, tagged, from, to, key, value, append, split, jobs, output
    case onError = "on-error"
    case timeout, retries, window
    case chunkSize = "chunk-size"
    case checkpoint, resume, progress, stats

    var name: String { "--" + rawValue }

    /// The option that a word names.
    init?(word: String) {
        guard
            let option = Self.letters.first(where: { word == "-\($0.letter)" })?.option
                ?? Self.allCases.first(where: { $0.name == word })
        else { return nil }
        self = option
    }

    var takesValue: Bool { ![.tagged, .append, .split, .resume, .progress].contains(self) }

    /// The options that have a letter too, all of which take a value.
    static let letters: [(letter: Character, option: MapOption)] = [
        ("c", .column), ("x", .exec), ("f", .from), ("t", .to), ("j", .jobs), ("o", .output),
    ]

    /// The same words with every value apart from its letter: `-oFILE` is `-o FILE`.
    static func separated(_ words: [String]) -> [String] {
        var result: [String] = []
        for (place, word) in words.enumerated() {
            if word == "--" { return result + words[place...] }
            let rest = word.dropFirst(2)
            let isJoined = word.first == "-" && !rest.isEmpty && rest.first != "="
            if isJoined, letters.contains(where: { $0.letter == word.dropFirst().first }) {
                result += [String(word.prefix(2)), String(rest)]
            } else {
                result.append(word)
            }
        }
        return result
    }
}

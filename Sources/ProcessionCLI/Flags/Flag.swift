/// An option of `procession map`: how it is written, what it holds, what help says of it, and what it changes in what
/// is asked for. Parser, help, manual page and completions all read the table of flags, in `Flags.swift`.
struct Flag: Sendable {
    enum Form: Sendable {
        /// Given or not; where it has an inverse, that is `--no-` before its name.
        case toggle(hasInverse: Bool, set: @Sendable (inout MapOptions, Bool) -> Void)
        case value(Value)
    }

    struct Value: Sendable {
        /// What help and messages call it.
        let name: String
        /// What may be written there, for the shells' completion.
        let kind: Kind
        let read: @Sendable (inout MapOptions, String) throws(QuantityError) -> Void
    }

    enum Kind: Equatable, Sendable {
        /// Taken whatever it begins with, so that -1 is refused with the range, and not as an option.
        case number
        case words([String])
        case column, answers, field, file
    }

    /// The name behind the two dashes.
    let name: String
    let letter: Character?
    let help: String
    let form: Form
    let isGiven: @Sendable (MapOptions) -> Bool

    var word: String { "--" + name }

    /// Every way to write it, without its value.
    var words: [String] {
        var words = letter.map { ["-\($0)"] } ?? []
        words.append(word)
        if case .toggle(hasInverse: true, _) = form { words.append("--no-" + name) }
        return words
    }

    var value: Value? {
        if case .value(let value) = form { value } else { nil }
    }

    /// The flag that a word names; nil for an inverse, too, which takes no value.
    init?(word: String) {
        guard let flag = Self.all.first(where: { $0.word == word || $0.letter.map { "-\($0)" } == word }) else {
            return nil
        }
        self = flag
    }
}

extension Flag: Equatable {
    static func == (one: Flag, other: Flag) -> Bool { one.name == other.name }
}

extension Flag {
    init(name: String, letter: Character?, help: String, form: Form, isGiven: @escaping @Sendable (MapOptions) -> Bool)
    {
        (self.name, self.letter, self.help, self.form, self.isGiven) = (name, letter, help, form, isGiven)
    }

    /// A property of what is asked for.
    typealias Place<Content> = any WritableKeyPath<MapOptions, Content> & Sendable

    static func toggle(_ name: String, _ place: Place<Bool>, help: String) -> Flag {
        Flag(
            name: name, letter: nil, help: help, form: .toggle(hasInverse: false) { $0[keyPath: place] = $1 },
            isGiven: { $0[keyPath: place] })
    }

    /// - Parameter read: Makes the value of its text; nil where the text says that nothing is given.
    static func value<Content>(
        _ name: String, _ place: Place<Content?>, letter: Character? = nil,
        called valueName: String, _ kind: Kind, help: String,
        read: @escaping @Sendable (String) throws(QuantityError) -> Content?
    ) -> Flag {
        let value = Value(name: valueName, kind: kind) { options, text throws(QuantityError) in
            options[keyPath: place] = try read(text)
        }
        return Flag(
            name: name, letter: letter, help: help, form: .value(value), isGiven: { $0[keyPath: place] != nil })
    }

    static func text(
        _ name: String, _ place: Place<String?>, letter: Character? = nil,
        called valueName: String, _ kind: Kind, help: String
    ) -> Flag {
        value(name, place, letter: letter, called: valueName, kind, help: help) { $0 }
    }
}

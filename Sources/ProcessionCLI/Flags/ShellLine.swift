/// A command line as it is written in a shell, taken apart into words as the shell would do it.
struct ShellLine {
    struct Word {
        /// Without quotation marks and backslashes.
        var text = ""
        /// The mark that is open at its end.
        var quote: Character?
        /// The arrows in front of a file that something is redirected to or from.
        var redirection = ""
    }

    /// The last of them is the one that is being written; it may be empty.
    private(set) var words = [Word()]
    /// Whether something of the last word is written, and be it an empty pair of marks.
    private var isBegun = false

    init(_ line: String) {
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                // Between double marks a backslash stands for itself, except before these.
                append((quote == "\"" && !"\"\\$`".contains(character) ? "\\" : "") + String(character))
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote != nil {
                append(String(character))
            } else if character == "'" || character == "\"" {
                append("")
                quote = character
            } else if character.isWhitespace {
                end()
            } else if character == "<" || character == ">" {
                redirect(character)
            } else {
                append(String(character))
            }
        }
        words[words.count - 1].quote = quote
    }

    private mutating func append(_ text: String) {
        words[words.count - 1].text += text
        isBegun = true
    }

    /// White space between an arrow and its file ends nothing.
    private mutating func end() {
        if isBegun { words.append(Word()) }
        isBegun = false
    }

    /// In `2>file` the number belongs to the arrow.
    private mutating func redirect(_ arrow: Character) {
        if !words[words.count - 1].text.allSatisfy(\.isNumber) { end() }
        words[words.count - 1].text = ""
        words[words.count - 1].redirection.append(arrow)
        isBegun = false
    }

    /// A text as it may stand in a line of bash.
    static func quoted(_ text: String) -> String {
        let harmless = "_-./:=@%+,^"
        return text.reduce(into: "") { line, character in
            let isPlain =
                !character.isASCII || character.isLetter || character.isNumber
                || harmless.contains(character)
            line += (isPlain ? "" : "\\") + String(character)
        }
    }
}

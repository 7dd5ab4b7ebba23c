import ProcessionSystem

/// How a message shows a text of somebody else's: a name, a value, a path. It stays one readable line on a terminal,
/// does nothing to that, and tells texts apart that would look alike.

/// The beginning of a text in quotation marks.
package func shown(_ text: Span<UInt8>, limit: Int = usualLimit) -> String { "'" + clipped(text, limit: limit) + "'" }

/// The same of given text.
package func shown(_ text: String) -> String { shown(text.givenBytes.span) }

/// The beginning of a text, up to so many characters, without quotation marks.
package func clipped(_ text: Span<UInt8>, limit: Int = usualLimit) -> String {
    var words = ""
    var position = 0
    var count = 0
    while position < text.count, count < limit {
        count += 1
        let (scalar, length) = decodeScalar(text, at: position)
        if let scalar {
            words += isPlain(scalar) ? String(scalar) : escaped(scalar)
        } else {
            for byte in position..<position + length { words += hexadecimal(text[byte]) }
        }
        position += length
    }
    return position < text.count ? words + "…" : words
}

/// Enough to know a text by.
package let usualLimit = 60

/// Whether a character can be seen, and changes nothing but its own place.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20..<0x7F).contains(scalar.value) { return true }
    let properties = scalar.properties
    guard !properties.isDefaultIgnorableCodePoint else { return false }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
    default: return true
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\u{1B}": "\\e"
    default: "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    }
}

/// A byte that belongs to no character.
private func hexadecimal(_ byte: UInt8) -> String { "\\x" + String(byte, radix: 16, uppercase: true) }

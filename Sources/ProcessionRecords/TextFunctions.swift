/// How many Unicode scalars a text has; each piece that is not UTF-8 counts as one, as if U+FFFD stood in its place.
func scalarCount(_ text: Span<UInt8>) -> Int {
    var count = 0
    var position = 0
    while position < text.count {
        position += text[position] < 0x80 ? 1 : decodeScalar(text, at: position).length
        count += 1
    }
    return count
}

/// Appends a text in upper case, by Unicode's full default mapping; what is not UTF-8 stays as it is.
func appendUppercase(_ text: Span<UInt8>, to output: inout [UInt8]) {
    var position = 0
    while position < text.count {
        let byte = text[position]
        if byte < 0x80 {
            let isLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            output.append(isLower ? byte & ~0x20 : byte)
            position += 1
        } else {
            let (scalar, length) = decodeScalar(text, at: position)
            if let scalar {
                output.append(text: scalar.properties.uppercaseMapping)
            } else {
                output.append(text.extracting(position..<position + length))
            }
            position += length
        }
    }
}

/// Appends a text in lower case, by Unicode's full default mapping with its one rule of context, the final sigma; what
/// is not UTF-8 stays as it is.
func appendLowercase(_ text: Span<UInt8>, to output: inout [UInt8]) {
    var position = 0
    while position < text.count {
        let byte = text[position]
        if byte < 0x80 {
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            output.append(isUpper ? byte | 0x20 : byte)
            position += 1
        } else {
            let (scalar, length) = decodeScalar(text, at: position)
            if scalar == "Σ", endsWord(text, from: position, to: position + length) {
                output.append(text: "ς")
            } else if let scalar {
                output.append(text: scalar.properties.lowercaseMapping)
            } else {
                output.append(text.extracting(position..<position + length))
            }
            position += length
        }
    }
}

/// Unicode's condition `Final_Sigma`: the nearest scalar before is cased and the nearest behind is not, where those that
/// case ignores do not count.
private func endsWord(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
    var position = start
    var isInWord = false
    while position > 0 {
        repeat { position -= 1 } while position > 0 && text[position] & 0xC0 == 0x80
        guard let properties = decodeScalar(text, at: position).scalar?.properties else { break }
        if properties.isCaseIgnorable { continue }
        isInWord = properties.isCased
        break
    }
    guard isInWord else { return false }
    position = end
    while position < text.count {
        let (scalar, length) = decodeScalar(text, at: position)
        guard let properties = scalar?.properties else { break }
        if !properties.isCaseIgnorable { return !properties.isCased }
        position += length
    }
    return true
}

/// Input that is text of no format here, and would be mapped as if it were: compressed, or in UTF-16 or UTF-32. It is
/// known by its first bytes.
package struct ForeignInput: Equatable, Sendable {
    /// What it is, as in "is compressed by gzip".
    package let description: String
    /// The command that makes UTF-8 of a file that is named behind it, or of its standard input.
    package let converter: String
    /// For a converter that reads a file only: the one for standard input.
    private let pipeConverter: String?
    private let signature: [Sign]

    /// What stands at one place of a signature.
    private enum Sign: Equatable, Sendable {
        case byte(UInt8)
        /// A character of text, other than the end of a line.
        case letter
        /// A character of text.
        case text
        /// Whatever does not end a line.
        case inLine

        func holds(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let wanted): byte == wanted
            case .letter: byte == UInt8(ascii: "\t") || (0x20...0x7E).contains(byte)
            case .inLine: byte != UInt8(ascii: "\n")
            case .text: Sign.letter.holds(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            }
        }
    }

    /// What can be pasted to have the input of this name mapped; nil is standard input.
    package func way(file: String?) -> String {
        let source = file.map { "\(converter) \(shellWord($0))" } ?? "… | \(pipeConverter ?? converter)"
        return source + " | procession map …"
    }

    enum Look: Equatable {
        case text
        case foreign(ForeignInput)
        /// These are the first bytes of a signature, and more will tell.
        case unknown
    }

    /// What the input is that begins with these bytes.
    static func look(at bytes: Span<UInt8>, as format: RecordFormat, atEnd: Bool) -> Look {
        // Lines may hold any bytes: of them it takes more to be certain.
        for foreign in marked + (format == .lines ? unmarkedLines : unmarked) {
            let count = min(bytes.count, foreign.signature.count)
            guard (0..<count).allSatisfy({ foreign.signature[$0].holds(bytes[$0]) }) else { continue }
            if count == foreign.signature.count { return .foreign(foreign) }
            if !atEnd { return .unknown }
        }
        return .text
    }

    // MARK: The table

    // UTF-32 stands before UTF-16, whose mark its own begins with. A line of these two bytes alone is a line.
    private static let marked =
        [
            encoded("UTF-32", "UTF-32", bytes(0xFF, 0xFE, 0, 0)), encoded("UTF-32", "UTF-32", bytes(0, 0, 0xFE, 0xFF)),
            encoded("UTF-16", "UTF-16", bytes(0xFF, 0xFE) + [.inLine]),
            encoded("UTF-16", "UTF-16", bytes(0xFF, 0xFE, 0x0A, 0)),
            encoded("UTF-16", "UTF-16", bytes(0xFE, 0xFF) + [.inLine]),
            compressed("gzip", "zcat", bytes(0x1F, 0x8B)), compressed("compress", "zcat", bytes(0x1F, 0x9D)),
            compressed("zstd", "zstd -dc", bytes(0x28, 0xB5, 0x2F, 0xFD)),
            compressed("xz", "xz -dc", bytes(0xFD, 0x37, 0x7A, 0x58, 0x5A, 0)),
            compressed("lz4", "lz4 -dc", bytes(0x04, 0x22, 0x4D, 0x18)),
            compressed("lzip", "lzip -dc", bytes(0x4C, 0x5A, 0x49, 0x50, 1)),
            compressed("zip", "unzip -p", bytes(0x50, 0x4B, 3, 4), fromPipe: "funzip"),
            compressed("7z", "7z x -so", bytes(0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C), fromPipe: "7z x -so -si"),
        ]
        // "BZh", a digit, and the mark of a block, or of the end where there is none.
        + (UInt8(ascii: "1")...UInt8(ascii: "9")).flatMap { level in
            [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]].map { mark in
                compressed("bzip2", "bzip2 -dc", ([0x42, 0x5A, 0x68, level] + mark).map { .byte($0) })
            }
        }

    private static let unmarked = unmarkedText(units: 2)
    private static let unmarkedLines = unmarkedText(units: 8)

    /// Characters of ASCII, each with the zeros that make it wider, and no other zeros.
    private static func unmarkedText(units: Int) -> [ForeignInput] {
        func repeated(_ unit: (Sign) -> [Sign]) -> [Sign] {
            unit(.letter) + (1..<units).flatMap { _ in unit(.text) }
        }
        return [
            encoded("UTF-16", "UTF-16LE", repeated { [$0, .byte(0)] }),
            encoded("UTF-16", "UTF-16BE", repeated { [.byte(0), $0] }),
            encoded("UTF-32", "UTF-32LE", repeated { [$0, .byte(0), .byte(0), .byte(0)] }),
            encoded("UTF-32", "UTF-32BE", repeated { [.byte(0), .byte(0), .byte(0), $0] }),
        ]
    }

    private static func bytes(_ bytes: UInt8...) -> [Sign] { bytes.map { .byte($0) } }

    private static func encoded(_ name: String, _ code: String, _ signature: [Sign]) -> ForeignInput {
        ForeignInput(
            description: "is in \(name)", converter: "iconv -f \(code) -t UTF-8", pipeConverter: nil,
            signature: signature)
    }

    private static func compressed(
        _ name: String, _ converter: String, _ signature: [Sign], fromPipe pipeConverter: String? = nil
    ) -> ForeignInput {
        ForeignInput(
            description: "is compressed by \(name)", converter: converter, pipeConverter: pipeConverter,
            signature: signature)
    }
}

/// The name of a file as a shell, and the command that it starts, read it back.
private func shellWord(_ name: String) -> String {
    let name = name.hasPrefix("-") ? "./" + name : name
    let isPlain = name.utf8.allSatisfy { byte in
        byte >= 0x80 || "+,-./:=@_".utf8.contains(byte) || isDigit(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
    // A quotation mark is put between two quoted pieces.
    let pieces = name.split(separator: "'", omittingEmptySubsequences: false).map { "'\($0)'" }
    return isPlain ? name : pieces.joined(separator: "\\'")
}

import ProcessionSystem
import Testing

/// What the long tier quotes of the sources stands there still: a breakage that applies to nothing breaks nothing, and
/// an explanation of a line that has changed explains nothing.
@Suite struct QuoteTests {
    /// The package, from where this file was compiled.
    private static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

    private func text(_ path: String) throws -> String {
        String(decoding: try File.contents(of: Self.root + "/" + path), as: UTF8.self)
    }

    @Test func everyBreakageAppliesToOnePlace() throws {
        let script = try text("Tests/Long/breakages")
        let literals = try #require(pythonLiterals(in: script, from: "BREAKAGES = [", to: "\n]\n"))
        let edits = literals.indices.filter { literals[$0].isPathOfSource }
        #expect(edits.count >= 30)
        for index in edits {
            let (path, sound, broken) = (literals[index], literals[index + 1], literals[index + 2])
            #expect(sound != broken)
            let places = try text(path).occurrences(of: sound)
            #expect(places == 1, "\(path) has this \(places) times: \(sound)")
        }
    }

    @Test func everyLineThatASurvivorQuotesStandsInItsFile() throws {
        var count = 0
        for entry in try text("Tests/Long/survivors.md").split(separator: "\n") where entry.hasPrefix("- `") {
            count += 1
            let parts = entry.dropFirst(3).split(separator: "`", maxSplits: 2)
            try #require(parts.count == 3 && parts[2].hasSuffix("`"), "\(entry)")
            let lines = try text(String(parts[0])).split(separator: "\n").map { $0.drop { $0 == " " } }
            let stands = lines.contains(parts[2].dropLast())
            #expect(stands, "\(parts[0]) has no such line: \(parts[2].dropLast())")
        }
        #expect(count >= 20)
    }

    @Test func literalsOfPythonAreRead() {
        let script = #"""
            # "not this"
            LIST = [("a\n\"b\"", "\\x"), ("" "c"),  # "nor this"
                """d "e" \
            f"""
            ]
            "behind"
            """#
        #expect(pythonLiterals(in: script, from: "LIST = [", to: "\n]\n") == ["a\n\"b\"", "\\x", "", "c", "d \"e\" f"])
        #expect("aXbXXc".occurrences(of: "X") == 3 && "ab".occurrences(of: "c") == 0)
    }
}

/// The string literals of a list in a Python script; nil where there is no such list.
private func pythonLiterals(in script: String, from opening: String, to closing: String) -> [String]? {
    let bytes = Array(script.utf8)
    guard let start = bytes.firstRange(of: Array(opening.utf8))?.upperBound,
        let end = bytes[start...].firstRange(of: Array(closing.utf8))?.lowerBound
    else { return nil }
    var rest = bytes[start..<end]
    var literals: [String] = []
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "#") {
            rest = rest.drop { $0 != UInt8(ascii: "\n") }
        } else if byte == UInt8(ascii: "\"") {
            let isLong = rest.starts(with: "\"\"".utf8)
            if isLong { rest = rest.dropFirst(2) }
            literals.append(literal(&rest, upTo: isLong ? "\"\"\"" : "\""))
        }
    }
    return literals
}

/// What comes before a quote, which is taken with it.
private func literal(_ rest: inout ArraySlice<UInt8>, upTo quote: String) -> String {
    var bytes: [UInt8] = []
    while !rest.starts(with: quote.utf8), let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
            bytes.append(byte)
            continue
        }
        switch escaped {
        case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "\n"): break
        default: bytes.append(escaped)
        }
    }
    rest = rest.dropFirst(quote.utf8.count)
    return String(decoding: bytes, as: UTF8.self)
}

extension String {
    fileprivate var isPathOfSource: Bool { ["Sources/", "CShims/"].contains(where: hasPrefix) && !contains("\n") }

    fileprivate func occurrences(of text: String) -> Int { ranges(of: text).count }
}

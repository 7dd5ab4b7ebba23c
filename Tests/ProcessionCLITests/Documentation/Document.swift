import ProcessionSystem
import Testing

/// A text for users and contributors that lies in the repository.
struct Document {
    /// From the root of the package.
    let path: String
    let text: String

    /// A block of code, between two fences.
    struct Block {
        var language: Substring
        /// Of the line below the opening fence, from 1.
        var line: Int
        var lines: [Substring] = []
    }

    /// The package, from where this file was compiled.
    static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

    private static let catalogue = "Sources/Procession/Procession.docc"

    /// README, and the articles of the catalogue.
    static func forUsers() throws -> [Document] {
        let articles = try shell("ls \(root)/\(catalogue)").text.split(separator: "\n").filter { $0.hasSuffix(".md") }
        return try [Document("README.md")] + articles.map { try Document("\(catalogue)/\($0)") }
    }

    /// Every text in the repository.
    static func all() throws -> [Document] {
        let found = try shell("cd \(root) && find . -name '.build*' -prune -o -name '*.md' -print").text
        return try found.split(separator: "\n").map { try Document(String($0.dropFirst(2))) }
    }

    private init(_ path: String) throws {
        self.path = path
        text = String(decoding: try File.contents(of: Self.root + "/" + path), as: UTF8.self)
    }

    func blocks(of language: String) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if !line.hasPrefix("```") {
                open?.lines.append(line)
            } else if let block = open {
                blocks.append(block)
                open = nil
            } else {
                open = Block(language: line.dropFirst(3), line: index + 2)
            }
        }
        return blocks.filter { $0.language == language }
    }
}

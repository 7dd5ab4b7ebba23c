import ProcessionSystem
import Testing

/// What is true of the sources as a whole.
@Suite struct SourceTests {
    /// Of the package, from where this file was compiled.
    private static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

    /// The files below a folder, by path, with their texts.
    private func texts(in folder: String, named ending: String) throws -> [String: String] {
        let find = "find \(Self.root)/\(folder) -name '.build*' -prune -o -type f -name '*\(ending)' -print"
        let paths = try shell(find).text.split(separator: "\n")
        try #require(!paths.isEmpty)
        return try Dictionary(
            uniqueKeysWithValues: paths.map {
                (String($0), String(decoding: try File.contents(of: String($0)), as: UTF8.self))
            })
    }

    /// A clock that somebody can set would make time limits and progress lie.
    @Test func nobodyAsksForTheTimeOfDay() throws {
        let sources = try texts(in: "Sources", named: ".swift").merging(texts(in: "CShims", named: "")) { $1 }
        for (path, text) in sources {
            for name in ["CLOCK_REALTIME", "gettimeofday", "time(nil)", "time(NULL)", "Date()", "ITIMER_REAL"] {
                #expect(!text.contains(name), "\(path): \(name)")
            }
        }
        #expect(sources.values.contains { $0.contains("CLOCK_MONOTONIC") })
    }

    /// A program that embeds the library starts its workers in half the time without it.
    @Test func oneTargetAloneImportsFoundation() throws {
        let importers = try texts(in: "Sources", named: ".swift").filter { $0.value.contains("import Foundation") }
        #expect(!importers.isEmpty)
        #expect(importers.keys.allSatisfy { $0.dropFirst(Self.root.count).hasPrefix("/Sources/ProcessionFoundation/") })
    }

    /// Tests/faults.md names a test, or says why there is none, for every row; the tests exist.
    @Test func everyTestThatTheTableOfFaultsNamesExists() throws {
        let table = String(decoding: try File.contents(of: Self.root + "/Tests/faults.md"), as: UTF8.self)
        let tests = try texts(in: "Tests", named: ".swift").values
        let parts = try Set(shell("ls \(Self.root)/Tests/Long").text.split(separator: "\n"))
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| F") }
        let names = rows.map { String($0.prefix(5).suffix(3)) }
        #expect(names.prefix(45) == (1...45).map { $0 < 10 ? "F0\($0)" : "F\($0)" }[...])
        #expect(names == Set(names).sorted())
        for row in rows {
            var named = 0
            for word in row.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter({
                $0.offset % 2 == 1
            }) {
                let names = word.element.split(separator: "/")
                if word.element.hasPrefix("Tests/Long/") {
                    #expect(parts.contains(names[2]), "\(word.element)")
                    named += 1
                } else if names.count == 2, names[0].first?.isUppercase == true, !word.element.contains(" ") {
                    let exists = tests.contains { text in
                        ["struct", "class"].contains { text.contains("\($0) \(names[0]) {") }
                            && text.contains("func \(names[1])(")
                    }
                    #expect(exists, "\(word.element)")
                    named += 1
                }
            }
            #expect(named > 0 || row.contains("does not apply"), "\(row)")
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

/// What the texts of the repository say to the compiler, and where they lead.
@Suite struct DocumentationTests {
    /// All blocks in one call of the compiler, each as a function of its own, or as a file where it extends a type. An
    /// error names the text and its line.
    @Test func everyBlockOfSwiftCompiles() throws {
        let documents = try Document.forUsers()
        var source = Self.setUp
        var count = 0
        for document in documents {
            for block in document.blocks(of: "swift") {
                count += 1
                let isFile = block.lines.contains { $0.hasPrefix("extension ") }
                // In a function that may wait, a map is one that is waited for.
                let effects = block.lines.contains { $0.contains("await ") } ? "async throws" : "throws"
                source += isFile ? "\n" : "\nfunc block\(count)() \(effects) {\n"
                source += "#sourceLocation(file: \"\(document.path)\", line: \(block.line))\n"
                // Imports stand above all functions already.
                for line in block.lines { source += line.hasPrefix("import ") ? "\n" : line + "\n" }
                source += "#sourceLocation()\n" + (isFile ? "" : "}\n")
            }
        }
        #expect(count >= 10, "there are blocks in \(documents.map(\.path))")
        let said = try typecheck(source)
        #expect(said.status == 0, "\(said.text)")
    }

    /// The compiler finds no words of its own for records that do not fit a function.
    @Test func recordsThatDoNotFitAreRefusedInWords() throws {
        let calls = [
            "_ = try pool.map([\"x\"], Square())", "_ = try pool.map([1], Quote(rate: 2))",
            "_ = try pool.map([\"x\"], Square(), onFailure: .collect)", "_ = pool.stream([\"x\"], Square())",
            "_ = pool.stream(AsyncStream<Int> { 1 }, Quote(rate: 2))",
        ]
        let said = try typecheck(Self.setUp + "func calls() throws {\n" + calls.joined(separator: "\n") + "\n}\n")
        let errors = said.text.split(separator: "\n").filter { $0.hasPrefix("Blocks.swift:") && $0.contains("error:") }
        #expect(errors.count == calls.count, "\(said.text)")
        for error in errors { #expect(error.contains("is unavailable: the "), "\(error)") }
    }

    /// The compiler's own words would name what nobody should write.
    @Test func whatIsNoSlotValueIsRefusedWithWhatToWrite() throws {
        let source = """
            struct Order { var lines: [Int] }
            struct Other { var lines: [Int] }
            extension Other: SlotValue {}
            struct Takes: ValueFunction { func callAsFunction(_ value: Order) -> Int { 1 } }
            struct Gives: WorkerFunction { func callAsFunction(key: Int, value: Int) -> Order { Order(lines: []) } }
            struct GivesTwo: ValueFunction { func callAsFunction(_ value: Int) -> (Int, Int) { (1, 2) } }
            struct GivesNothing: ValueFunction { func callAsFunction(_ value: Int) {} }
            """
        let said = try typecheck(Self.setUp + source)
        func lines(_ text: String) -> Int {
            said.text.split(separator: "\n").count { $0.hasPrefix("Blocks.swift:") && $0.contains(text) }
        }
        #expect(lines(": conform the type to FieldsValue: it lies in shared memory as its fields do") == 3)
        #expect(lines(": conform a type of your own to FieldsValue, return Columns for a tuple and NoResult()") == 4)
        #expect(lines("error: type '") == 5 && !said.text.contains("add stubs"), "\(said.text)")
    }

    /// As `swift package generate-documentation` makes it, without the plugin. A declaration that documents some
    /// parameters documents all.
    @Test(.enabled(if: programs(["docc", "swift-symbolgraph-extract"]), "needs docc and swift-symbolgraph-extract"))
    func theCatalogueBuildsWithoutAWarning() throws {
        let directory = try TemporaryDirectory()
        let run = try RunningCommand(
            script: """
                mkdir graph && swift-symbolgraph-extract -module-name Procession -target "$(uname -m)-unknown-linux-gnu" \
                -module-cache-path cache -I "$1/Modules" -Xcc -fmodule-map-file="$1/CProcessionShims.build/module.modulemap" \
                -minimum-access-level public -output-dir graph 2>&1 && exec docc convert "$2" --warnings-as-errors \
                --fallback-display-name Procession --fallback-bundle-identifier Procession \
                --additional-symbol-graph-dir graph --output-path archive 2>&1
                """, [try builtProducts(), "\(Document.root)/Sources/Procession/Procession.docc"],
            directory: directory.path, limit: .seconds(180)
        ).finish()
        #expect(run.status == 0, "\(run.text)")
        #expect(!run.text.contains("warning:"), "\(run.text)")
    }

    /// Links between files, and those between articles.
    @Test func everyLinkLeadsToAFile() throws {
        let documents = try Document.all()
        var links = 0
        for document in documents {
            let folder = document.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            for part in document.text.split(separator: "](").dropFirst() {
                let target = part.prefix { $0 != ")" && $0 != "#" }
                guard !target.isEmpty, !target.contains(":") else { continue }
                links += 1
                #expect(exists("\(folder)/\(target)"), "\(document.path) links to \(target)")
            }
            for part in document.text.split(separator: "<doc:").dropFirst() where document.path.contains(".docc/") {
                links += 1
                #expect(
                    exists("\(folder)/\(part.prefix { $0 != ">" }).md"), "\(document.path) names \(part.prefix(30))")
            }
        }
        #expect(links >= 20)
    }

    private func exists(_ path: String) -> Bool {
        // Safe: the path lives during the call.
        unsafe access(Document.root + path, F_OK) == 0
    }

    /// Checks a source against the modules that were built with these tests.
    private func typecheck(_ source: String) throws -> CommandResult {
        let directory = try TemporaryDirectory()
        _ = try directory.file("Blocks.swift", source)
        let built = try builtProducts()
        return try RunningCommand(
            script: "exec swiftc -typecheck -parse-as-library -swift-version 6 -suppress-warnings "
                + "-module-cache-path cache -I \"$1/Modules\" "
                + "-Xcc -fmodule-map-file=\"$1/CProcessionShims.build/module.modulemap\" Blocks.swift 2>&1",
            [built], directory: directory.path, limit: .seconds(180)
        ).finish()
    }

    /// What blocks may use without saying so.
    private static let setUp = """
        import Foundation
        import OrderedCollections
        import Procession
        import ProcessionFoundation

        struct Quote: WorkerFunction {
            var rate: Double
            func callAsFunction(key: String, value: Int) throws -> Columns<Double, String> {
                Columns(Double(value) * rate, String(value))
            }
        }
        struct Square: ValueFunction {
            func callAsFunction(_ value: Int) -> Int { value * value }
        }
        let prices: OrderedDictionary = ["a": 1, "b": 2, "c": 3]
        let pool = try! WorkerPool()

        """
}

/// Whether all of them can be called.
func programs(_ names: [String]) -> Bool {
    names.allSatisfy { (try? shell("command -v \($0)").status) == 0 }
}

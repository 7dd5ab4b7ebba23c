import Foundation
import ProcessionSystem
import Testing

/// What the targets of the package import, and what they declare.
@Suite struct ImportTests {
    private struct Manifest: Decodable {
        let targets: [Target]
    }

    private struct Target: Decodable {
        let name: String
        let path: String?
        let type: String
        let dependencies: [Dependency]
    }

    /// `{"byName": ["Procession", null]}` and the like: the name is the first text.
    private struct Dependency: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            let names = try decoder.singleValueContainer().decode([String: [Name?]].self)
            name = try #require(names.values.first?.first??.text)
        }

        /// Behind the name stand conditions, which are no texts.
        private struct Name: Decodable {
            let text: String?
            init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
        }
    }

    /// SwiftPM lets a target import what its dependencies depend on, and an embedder's build breaks on the day they no
    /// longer do.
    @Test func everyImportIsADeclaredDependency() throws {
        let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
        // `swift test` holds the lock of the usual folder.
        let directory = try TemporaryDirectory()
        let text = try shell(
            "TMPDIR=$PWD exec swift package --package-path \"$1\" --scratch-path . dump-package", root,
            directory: directory.path
        ).text
        let targets = try JSONDecoder().decode(Manifest.self, from: Data(text.utf8)).targets
        let modules = Set(targets.map(\.name)).union(["OrderedCollections", "CoreMetrics", "MetricsTestKit", "Logging"])
        var found = 0
        for target in targets {
            let folder = "\(root)/\(target.path ?? (target.type == "test" ? "Tests/" : "Sources/") + target.name)"
            let lines = try shell("grep -rhE '^([@a-zA-Z()]+ )*import ' '\(folder)' --include=*.swift || true").text
            let imported = Set(lines.split(separator: "\n").map { String($0.split(separator: " ").last!) })
                .intersection(modules)
            let declared = Set(target.dependencies.map(\.name))
            found += imported.count
            #expect(imported.subtracting(declared) == [], "imported by \(target.name) and not declared")
            // The command has only to be linked with the keeper; a test may want programs that it runs.
            guard target.type != "test", target.name != "ProcessionCLI" else { continue }
            #expect(
                lines.isEmpty || declared.subtracting(imported) == [], "declared by \(target.name) and not imported")
        }
        #expect(found > 50)
    }
}

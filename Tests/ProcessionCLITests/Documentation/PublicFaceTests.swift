internal import Foundation
import Testing

/// What the library shows to those who import it, as the compiler tells it. What has an underscore is not told: it is
/// public because code in the user's module needs it, and nobody's to call.
@Suite(.enabled(if: programs(["swift-symbolgraph-extract"]), "needs swift-symbolgraph-extract"))
struct PublicFaceTests {
    /// What embedders import.
    private static let `public` = ["Procession", "ProcessionFoundation", "ProcessionMetrics", "ProcessionLogging"]

    @Test func everythingPublicIsDocumented() throws {
        let symbols = try Self.symbols(of: Self.public)
        #expect(symbols.count >= 100)
        for symbol in symbols {
            let missing = symbol.missing
            #expect(missing.isEmpty, "\(symbol.name): \(missing.joined(separator: ", "))")
        }
    }

    /// They belong to the package; what users need of them has an underscore.
    @Test func theLowerRoomsShowNothing() throws {
        let rooms = try shell("ls \(Document.root)/Sources").text.split(separator: "\n").map(String.init)
        let lower = rooms.filter { !(["Examples", "ProcessionCLI"] + Self.public).contains($0) }
        #expect(lower.count >= 3)
        #expect(try Self.symbols(of: lower).map(\.name) == [])
    }

    private static func symbols(of modules: [String]) throws -> [PublicSymbol] {
        let directory = try TemporaryDirectory()
        let run = try RunningCommand(
            script: """
                built=$1 modules=$2
                set --
                for map in "$built"/*.build/module.modulemap; do set -- "$@" -Xcc "-fmodule-map-file=$map"; done
                for module in $modules; do
                    swift-symbolgraph-extract -module-name $module -target "$(uname -m)-unknown-linux-gnu" \
                    -module-cache-path cache -I "$built/Modules" "$@" \
                    -minimum-access-level public -skip-synthesized-members -output-dir . 2>&1 || exit
                done
                """, [try builtProducts(), modules.joined(separator: " ")], directory: directory.path,
            limit: .seconds(180)
        ).finish()
        #expect(run.status == 0, "\(run.text)")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
            $0.hasSuffix(".symbols.json")
        }
        #expect(!files.isEmpty)
        return try files.flatMap { file in
            let data = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/" + file))
            return try JSONDecoder().decode(SymbolGraph.self, from: data).symbols
        }
    }
}

private struct SymbolGraph: Decodable {
    var symbols: [PublicSymbol]
}

/// A declaration, and its documentation.
private struct PublicSymbol: Decodable {
    struct Text: Decodable { var text: String }
    struct Comment: Decodable {
        /// Where it was written: what a declaration inherits from a protocol of the standard library says nothing of
        /// ours.
        var module: String
        var lines: [Text]
    }
    struct Kind: Decodable { var identifier: String }
    struct Fragment: Decodable { var spelling: String }
    struct Parameter: Decodable {
        /// The label; where it differs, the name is beside it.
        var name: String
        var internalName: String?
    }
    struct Signature: Decodable {
        var parameters: [Parameter]?
        var returns: [Fragment]?
    }

    var pathComponents: [String]
    var kind: Kind
    var docComment: Comment?
    var functionSignature: Signature?
    var declarationFragments: [Fragment]

    var name: String { pathComponents.joined(separator: ".") }

    /// What its documentation does not say.
    var missing: [String] {
        guard let docComment, docComment.module.hasPrefix("Procession") else { return ["any documentation of its own"] }
        let lines = docComment.lines.map { $0.text.trimmingCharacters(in: .whitespaces) }
        var missing: [String] = []
        if lines.count > 1, !lines[1].isEmpty { missing.append("a first line that stands alone") }
        let isMethod = kind.identifier == "swift.method" || kind.identifier == "swift.type.method"
        guard isMethod || ["swift.init", "swift.subscript"].contains(kind.identifier) else { return missing }
        for parameter in functionSignature?.parameters ?? [] {
            let name = parameter.internalName ?? parameter.name
            let isTold = lines.contains { $0.hasPrefix("- Parameter \(name):") || $0.hasPrefix("- \(name):") }
            if !isTold { missing.append("its parameter \(name)") }
        }
        let returns = functionSignature?.returns?.map(\.spelling).joined() ?? "()"
        if isMethod, returns != "()", !lines.contains(where: { $0.hasPrefix("- Returns:") }) {
            missing.append("what it returns")
        }
        let words = declarationFragments.flatMap { $0.spelling.split(separator: " ") }
        let throwing = words.contains { $0.hasPrefix("throws") }
        if throwing, !lines.contains(where: { $0.hasPrefix("- Throws:") }) { missing.append("what it throws") }
        // The cost of a requirement is its implementer's.
        let isRequirement = name.contains("Function.callAsFunction")
        if !isRequirement, !lines.contains(where: { $0.hasPrefix("- Complexity:") }) { missing.append("what it costs") }
        return missing
    }
}

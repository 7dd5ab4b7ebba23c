import Glibc
import ProcessionSystem
import Testing

/// What calls the kernel compiles where glibc is 2.34 or 2.35, as on Ubuntu 22.04 and RHEL 9: with the headers of this
/// machine, less the names that came later.
@Suite(.enabled(if: headersAreThere, "needs clang, swiftc and the headers of a newer glibc"))
struct OlderHeaderTests {
    @Test func theShimsCompile() throws {
        let said = try compile(
            "clang -fsyntax-only -Wall -Werror -ivfsoverlay overlay "
                + "$(printf ' -I %s' \"$ROOT\"/CShims/include \"$ROOT\"/CShims/*/include) "
                + "\"$ROOT\"/CShims/*.c \"$ROOT\"/CShims/*/*.c"
        )
        #expect(said == "")
    }

    @Test func theCallsThatSwiftMakesCompile() throws {
        let said = try compile(
            "echo \"module CProcessionShims { umbrella \\\"$ROOT/CShims/include\\\" export * }\" >shims.modulemap; "
                + "swiftc -typecheck -swift-version 6 -package-name procession -module-name ProcessionSystem "
                + "-enable-upcoming-feature InternalImportsByDefault "
                + "-module-cache-path cache -Xcc -ivfsoverlay -Xcc overlay -Xcc -fmodule-map-file=shims.modulemap "
                + "-I \"$ROOT/CShims/include\" $(find \"$ROOT/Sources/ProcessionSystem\" -name '*.swift')")
        #expect(said == "")
    }

    /// Otherwise the two above prove nothing.
    @Test(arguments: ["sys/wait.h P_PIDFD", "sys/mman.h MADV_POPULATE_READ", "sys/mman.h MADV_POPULATE_WRITE"])
    func namesThatCameLaterAreNotThere(_ words: String) throws {
        let (header, name) = (words.split(separator: " ")[0], words.split(separator: " ")[1])
        for (overlay, isThere) in [("", true), ("-ivfsoverlay overlay", false)] {
            let said = try compile(
                "printf '#define _GNU_SOURCE\\n#include <\(header)>\\nint number = \(name);\\n' >use.c; "
                    + "clang -fsyntax-only \(overlay) use.c")
            #expect(said.contains("undeclared identifier '\(name)'") != isThere, "\(said)")
        }
    }

    /// Runs a script in a directory of its own, beside an overlay that hides the later names, and returns what it says.
    private func compile(_ script: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        return try output(
            of: "exec >&3 2>&3; \(Self.setUp); \(script)", environment: ["ROOT=\(root)"], patience: .seconds(120))
    }

    private static let setUp = """
        directory=$(mktemp -d); trap 'rm -rf "$directory"' EXIT; cd "$directory"
        hide() {
            file=$(echo '#include <sys/wait.h>\n#include <sys/mman.h>' |
                clang -D_GNU_SOURCE -xc -E - | sed -n "s|^# [0-9]* \\"\\(/.*/$1\\)\\".*|\\1|p" | head -1)
            sed -E "/$2/,/\\*\\//d" "$file" >"$(basename $1)"
            echo "{'name': '$file', 'type': 'file', 'external-contents': '$directory/$(basename $1)'}"
        }
        idtype=$(hide bits/types/idtype_t.h P_PIDFD); mman=$(hide bits/mman-linux.h 'MADV_(POPULATE|DONTNEED_L|COLL)')
        echo "{'version': 0, 'roots': [$idtype, $mman]}" >overlay
        """
}

private let headersAreThere =
    (try? output(
        of: "for name in clang swiftc; do command -v $name >&3; done; "
            + "grep -rlw P_PIDFD /usr/include/*/bits /usr/include/bits >&3 2>/dev/null"))?
    .split(separator: "\n").count ?? 0 >= 3

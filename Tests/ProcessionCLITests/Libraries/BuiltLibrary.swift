import ProcessionSystem
import Testing

/// A directory with shared libraries that are compiled against `procession.h`, and nothing else of ours.
struct LibraryDirectory: ~Copyable {
    private let directory: TemporaryDirectory
    var path: String { directory.path }

    init() throws { directory = try TemporaryDirectory() }

    func file(_ name: String, _ text: String) throws -> String { try directory.file(name, text) }

    /// Compiles a source in C as `NAME.so`.
    func build(_ name: String, _ source: String, compiler: String = "cc -std=c11", more: String = "") throws {
        try build(name, from: try directory.file(name + ".c", source), compiler: compiler + " " + more)
    }

    func build(_ name: String, from source: String, compiler: String) throws {
        let strict = "-Wall -Wextra -Wpedantic -Werror -O1 -shared -fPIC"
        let run = try RunningCommand(
            script: "exec \(compiler) \(strict) -I \(Self.header) -o \(name).so \(source) 2>&1", directory: path
        ).finish()
        try #require(run.status == 0, "\(run.text)")
    }

    /// Where the header lies.
    static let header = Document.root + "/CShims/Library/include"

    /// Maps an input in the directory.
    func map(_ arguments: [String], _ input: String) throws -> CommandResult {
        let run = try RunningCommand(script: "exec procession map \"$@\"", arguments, directory: path)
        try run.send(input)
        return try run.finish()
    }
}

/// A function in C whose body maps item `i`; the value is input 0, a text, and the result is a text.
func oneText(_ body: String, start: String = "0", more: String = "", abi: String = "PROCESSION_ABI_VERSION") -> String {
    """
    #include "procession.h"
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <unistd.h>
    \(more)
    static int32_t map(void *state, procession_batch *batch) {
        (void)state;
        for (int64_t i = batch->begin; i < batch->end; i++) {
            procession_text text = procession_get_text(batch, 0, i);
            procession_set_text(batch, 0, i, text.bytes, text.count);
            \(body)
            procession_publish(batch, i + 1);
        }
        return 0;
    }
    static const procession_input inputs[] = {{0, PROCESSION_VALUE, PROCESSION_TEXT}};
    static const uint32_t outputs[] = {PROCESSION_TEXT};
    static const procession_function function = {
        \(abi), sizeof(procession_function), inputs, outputs, 1, 1, \(start), map, 0};
    const procession_function *f(void) { return &function; }
    """
}

import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Functions of libraries that crash, stick and scribble, and libraries that are none.
    @Suite struct LibraryFaults {
        private let lines = (1...100).map { "\($0)\n" }.joined()

        @Test(arguments: [
            ("*(volatile int *)0 = 1;", "its worker was killed by SIGSEGV"),
            ("abort();", "its worker was killed by SIGABRT"),
            ("exit(0);", "its worker exited with 0"), ("raise(SIGKILL);", "its worker was killed by SIGKILL"),
            ("memset(batch, 0xA5, 1 << 30);", "its worker was killed by SIG"),
            ("batch->outputs = 0; procession_set_text(batch, 0, i, 0, 1);", "its worker was killed by SIGSEGV"),
            ("procession_set_text(batch, 0, i, (char *)16, 100);", "its worker was killed by SIGSEGV"),
            ("for (;;) pause();", "no answer in 1.0 seconds, worker killed"),
            ("procession_set_text(batch, 0, i, text.bytes, -1);", "the function's result is a text that cannot be"),
            ("procession_set_text(batch, 0, i, 0, 9);", "the function's result is a text that cannot be"),
            ("return 7;", "the function returned 7"), ("return 0;", "the function returned without publishing it"),
            ("procession_fail(batch, i, \"not this one\");", "not this one"),
            ("batch->room(batch, -1);", "no memory for its result"),
        ])
        func aFunctionThatFailsCostsItsRecord(_ body: String, _ words: String) throws {
            let directory = try LibraryDirectory()
            try directory.build(
                "odd", oneText("if (batch->first + i == 40) { \(body) }"),
                more: "-Wno-stringop-overflow -Wno-array-bounds")
            let run = try directory.map(
                ["-c", "v=./odd.so:f", "--on-error", "skip", "--retries", "0", "--timeout", "1"], lines)
            #expect(run.status == 1)
            expectSame(run.output, Array(lines.replacing("\n41\n", with: "\n").utf8))
            #expect(run.errors.contains("record 41 (line 41): \(words)"), "\(run.errors)")
        }

        @Test func aLibraryThatIsNoneEndsTheRunBeforeItBegins() throws {
            let directory = try LibraryDirectory()
            try directory.build("good", oneText(""))
            try directory.build("old", oneText("", abi: "PROCESSION_ABI_VERSION + 1"))
            try directory.build(
                "short", oneText("").replacing("sizeof(procession_function), inputs", with: "8, inputs"))
            try directory.build("kind", oneText("").replacing("{PROCESSION_TEXT}", with: "{77}"))
            try directory.build("none", oneText("").replacing("return &function;", with: "(void)&function; return 0;"))
            try directory.build(
                "picky",
                oneText(
                    "", start: "start",
                    more:
                        "static const char *start(const char *a, void **s) { (void)a; (void)s; return \"it wants a model\"; }"
                ))
            try directory.build(
                "dies", oneText("", more: "__attribute__((constructor)) static void die(void) { raise(SIGSEGV); }"),
                compiler: "cc -std=gnu11")
            try directory.build(
                "leaves",
                oneText(
                    "", more: "__attribute__((constructor)) static void leave(void) { puts(\"hello\"); _exit(0); }"),
                compiler: "cc -std=gnu11")
            try directory.build("lacks", oneText("lacking();", more: "void lacking(void);"))
            _ = try directory.file("text.so", "no library\n")
            _ = try directory.file("out", "old")
            let refusals = [
                ("v=./missing.so:f", "cannot be loaded: ./missing.so: cannot open shared object file"),
                ("v=./text.so:f", "cannot be loaded: ./text.so:"),
                ("v=./good.so:g", "function 'g' of './good.so' has no symbol"),
                ("v=./good.so", "names no symbol"), ("v=./good.so:", "names no symbol"),
                ("v,w=./good.so:f", "gives 1 result, and 2 names"),
                ("v,=./good.so:f", "is empty"),
                ("v=./old.so:f", "speaks version 2 of procession.h, and this command version 1"),
                ("v=./short.so:f", "describes its function in 8 bytes"),
                ("v=./kind.so:f", "gives a result of a kind that is none"),
                ("v=./none.so:f", "describes no function"), ("v=./picky.so:f", "cannot be started: it wants a model"),
                ("v=./dies.so:f", "cannot be used: the process that tried to load and start it was killed by SIGSEGV"),
                ("v=./leaves.so:f", "cannot be used: the process that tried to load and start it exited with 0"),
                ("v=./lacks.so:f", "cannot be loaded: ./lacks.so: undefined symbol: lacking"),
            ]
            for (column, words) in refusals {
                let run = try directory.map(["-o", "out", "-c", column], "x\n")
                #expect(run.status == 2, "\(column)")
                #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(column): \(run.errors)")
                #expect(try File.contents(of: directory.path + "/out") == Array("old".utf8))
            }
            #expect(try directory.map(["-c", "v=./good.so:f"], "x\n").text == "x\n")
        }

        @Test func aFieldThatIsNotThereEndsTheRunBeforeItBegins() throws {
            let directory = try LibraryDirectory()
            try directory.build(
                "field", oneText("").replacing("{0, PROCESSION_VALUE", with: "{\"nmae\", PROCESSION_FIELD"))
            let run = try directory.map(["-f", "csv", "-c", "v=./field.so:f"], "id,name\n1,x\n")
            #expect(run.status == 2 && run.output == [])
            #expect(run.errors.contains("the header has no field 'nmae'; did you mean 'name'?"), "\(run.errors)")
            #expect(
                try directory.map(["-c", "v=./field.so:f"], "x\n").errors.contains(
                    "wants a field 'nmae', but a line has none"))
        }
    }
}

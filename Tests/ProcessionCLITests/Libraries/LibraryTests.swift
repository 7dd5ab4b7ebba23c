import ProcessionSystem
import Testing

extension CommandLineTests {
    /// `-c NAMES=./FILE.so:SYMBOL[:ARGUMENT]`: columns by functions of shared libraries.
    @Suite struct Libraries {
        @Test(arguments: [
            "gcc -std=c99", "gcc -std=c11", "clang -std=c99", "clang -std=c11", "g++ -std=c++17", "clang++ -std=c++17",
        ])
        func theHeaderCompilesAloneAndWithoutAWarning(_ compiler: String) throws {
            guard try shell("command -v " + String(compiler.prefix { $0 != " " })).status == 0 else { return }
            let directory = try LibraryDirectory()
            let name = compiler.contains("++") ? "alone.cpp" : "alone.c"
            _ = try directory.file(name, "#include \"procession.h\"\n#include \"procession.h\"\nint unused;\n")
            try directory.build("alone", from: name, compiler: compiler)
        }

        private static let sources = Document.root + "/Sources/Examples/Functions"

        @Test(arguments: ["gcc -std=c99", "clang -std=c11"]) func theExampleInCGivesTwoColumns(_ compiler: String)
            throws
        {
            let directory = try LibraryDirectory()
            try directory.build("score", from: Self.sources + "/score.c", compiler: compiler)
            let run = try directory.map(
                ["-c", "words,beginning=./score.so:score:3", "-c", "v=upper", "--on-error", "skip"],
                "one two\n\nthree\n")
            #expect(run.text == "2\tone\tONE TWO\n1\tthr\tTHREE\n")
            #expect(run.errorLines.first == "procession: record 2 (line 2): there is no text to score")
        }

        @Test(arguments: ["g++", "clang++"]) func theExampleInCPlusPlusReadsTwoFields(_ compiler: String) throws {
            let directory = try LibraryDirectory()
            try directory.build("gross", from: Self.sources + "/gross.cpp", compiler: compiler + " -std=c++17")
            let run = try directory.map(
                ["-f", "csv", "-c", "gross,card=./gross.so:gross:1.5", "--append"],
                "id,customer,net\n1,\"Lovelace, \"\"Ada\"\"\",10\n2,Grace,x\n")
            #expect(
                run.text
                    == "id,customer,net,gross,card\n1,\"Lovelace, \"\"Ada\"\"\",10,15.0,\"gross of Lovelace, \"\"Ada\"\"\"\n"
            )
            #expect(
                run.errors.contains("record 2 (line 3, key 2): 'x' is not a number, which the function wants"),
                "\(run.errors)")
        }

        @Test func theExampleInSwiftIsLoadedBesideOurOwn() throws {
            let directory = try LibraryDirectory()
            let built = try RunningCommand(
                script:
                    "exec swiftc -emit-library -parse-as-library -module-cache-path cache -import-objc-header \"$1\"/procession.h "
                    + "-o initials.so \"$2\"/initials.swift 2>&1",
                [LibraryDirectory.header, Self.sources], directory: directory.path, limit: .seconds(180)
            ).finish()
            try #require(built.status == 0, "\(built.text)")
            #expect(try directory.map(["-c", "i=./initials.so:initials"], "ada lovelace\né\n").text == "AL\nÉ\n")
        }

        @Test func whatTheArticleShowsCanBePasted() throws {
            let article = try #require(Document.forUsers().first { $0.path.hasSuffix("/FunctionsInC.md") })
            let source = try #require(article.blocks(of: "c").first)
            let directory = try LibraryDirectory()
            _ = try directory.file("price.c", source.lines.joined(separator: "\n") + "\n")
            let commands = try #require(article.blocks(of: "sh").first).lines.joined(separator: "\n")
            let run = try shell(
                "cp \(Document.root)/Tests/Examples/orders.csv . && ln -s \(Document.root)/CShims . && " + commands,
                directory: directory.path)
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            #expect(run.text.contains("\n2,Grace Hopper,20.5,24.395,Grace\n"), "\(run.text)")
        }

        /// Gives what it is given.
        private static let echo = """
            #include "procession.h"
            static int32_t map(void *state, procession_batch *batch) {
                (void)state;
                for (int64_t i = batch->begin; i < batch->end; i++) {
                    procession_text text = procession_get_text(batch, 0, i), key = procession_get_text(batch, 4, i);
                    procession_set_text(batch, 0, i, text.bytes, text.count);
                    procession_set_int64(batch, 1, i, procession_get_int64(batch, 1, i));
                    procession_set_float64(batch, 2, i, procession_get_float64(batch, 2, i));
                    procession_set_bool(batch, 3, i, procession_get_bool(batch, 3, i));
                    procession_set_text(batch, 4, i, key.bytes, key.count);
                    procession_set_int64(batch, 5, i, procession_get_int64(batch, 5, i));
                    procession_publish(batch, i + 1);
                }
                return 0;
            }
            static const procession_input inputs[] = {
                {"t", PROCESSION_FIELD, PROCESSION_TEXT}, {"i", PROCESSION_FIELD, PROCESSION_INT64},
                {"f", PROCESSION_FIELD, PROCESSION_FLOAT64}, {"b", PROCESSION_FIELD, PROCESSION_BOOL8},
                {0, PROCESSION_KEY, PROCESSION_TEXT}, {0, PROCESSION_NUMBER, PROCESSION_INT64}};
            static const uint32_t outputs[] = {PROCESSION_TEXT, PROCESSION_INT64, PROCESSION_FLOAT64, PROCESSION_BOOL8,
                                               PROCESSION_TEXT, PROCESSION_INT64};
            static const procession_function function = {
                PROCESSION_ABI_VERSION, sizeof(procession_function), inputs, outputs, 6, 6, 0, map, 0};
            const procession_function *echo(void) { return &function; }
            """

        @Test func everyKindGoesInAndComesOutInEveryFormat() throws {
            let directory = try LibraryDirectory()
            try directory.build("echo", Self.echo)
            let column = ["-c", "T,I,F,B,K,N=./echo.so:echo"]
            let least = "-9223372036854775808"
            #expect(
                try directory.map(
                    ["-f", "csv"] + column, "k,t,i,f,b\n\"a,b\",\"x \"\"y\"\"\nz\",\(least),2.5,true\nc,,7,-0,false\n"
                ).text == "k,T,I,F,B,K,N\n\"a,b\",\"x \"\"y\"\"\nz\",\(least),2.5,true,\"a,b\",1\nc,,7,-0.0,false,c,2\n"
            )
            #expect(
                try directory.map(["-f", "tsv"] + column, "k\tt\ti\tf\tb\na\t\"\t1\t1e3\ttrue\n").text
                    == "k\tT\tI\tF\tB\tK\tN\na\t\"\t1\t1000.0\ttrue\ta\t1\n")
            let object = #"{"t":"\u00e9\n\"","i":1,"f":1.25,"b":true}"#
            let made = #""T":"é\n\"","I":1,"F":1.25,"B":true,"K":"k","N":1}"#
            #expect(try directory.map(["-f", "json"] + column, "{\"k\":\(object)}").text == "{\"k\":{\(made)}\n")
            #expect(
                try directory.map(["-f", "ndjson"] + column, "{\"key\":\"k\"," + object.dropFirst() + "\n").text
                    == "{\"key\":\"k\",\(made)\n")
            #expect(
                try directory.map(["-f", "json", "--split"] + column, "{\"k\":\(object)}").text
                    == #"{"T":{"k":"é\n\""},"I":{"k":1},"F":{"k":1.25},"B":{"k":true},"K":{"k":"k"},"N":{"k":1}}"#
                    + "\n")
        }

        @Test func whatIsNotOfItsKindFailsItsRecordByName() throws {
            let directory = try LibraryDirectory()
            try directory.build("echo", Self.echo)
            let rows = [
                "a,x,1.5,1,true", "b,x,9223372036854775808,1,true", "c,x,1,inf,true", "d,x,1,1,yes", "e,x,1,1e999,true",
                "f,x,1,1,true",
            ]
            let run = try directory.map(
                ["-f", "csv", "--on-error", "skip", "-c", "T,I,F,B,K,N=./echo.so:echo"],
                "k,t,i,f,b\n" + rows.map { $0 + "\n" }.joined())
            #expect(run.text == "k,T,I,F,B,K,N\nf,x,1,1.0,true,f,6\n")
            let says = [
                "'1.5' is no whole number of 64 bits", "'9223372036854775808' is no whole number",
                "'inf' is not a number",
                "'yes' is neither true nor false", "'1e999' is not a number",
            ]
            for (place, words) in says.enumerated() {
                #expect(
                    run.errors.contains(
                        "record \(place + 1) (line \(place + 2), key \("abcde".map(String.init)[place])): \(words)"))
            }
            let object = try directory.map(
                ["-f", "ndjson", "-c", "T,I,F,B,K,N=./echo.so:echo"], "{\"key\":1,\"t\":2}\n")
            #expect(object.errors.contains("the record has no field 'i'"), "\(object.errors)")
        }

        @Test func aFunctionHasStateInEveryWorkerAndAnEnd() throws {
            let directory = try LibraryDirectory()
            try directory.build(
                "state",
                oneText(
                    "char *room = batch->room(batch, 64); int n = snprintf(room, 64, \"%s-%ld\", (char *)state, ++count);"
                        + "procession_set_text(batch, 0, i, room, n);",
                    start: "start",
                    more: """
                        static long count;
                        static const char *start(const char *argument, void **state) {
                            *state = strcpy(malloc(strlen(argument) + 1), argument);
                            return 0;
                        }
                        """
                ).replacing("map, 0};", with: "map, end};").replacing(
                    "static const procession_input",
                    with:
                        "static void end(void *state) { FILE *log = fopen(\"ends\", \"a\"); fprintf(log, \"%s %ld\\n\", (char *)state, count); fclose(log); }\nstatic const procession_input"
                ))
            let run = try directory.map(["-c", "v=./state.so:f:a:b", "-j", "1"], "x\ny\n")
            #expect(run.text == "a:b-1\na:b-2\n", "\(run.errors)")
            // First of the process that was asked what it is.
            #expect(try File.contents(of: directory.path + "/ends") == Array("a:b 0\na:b 2\n".utf8))
        }

        /// Results that outgrow their room wait for more with their worker.
        @Test func noFunctionIsCalledTwiceForARecord() throws {
            let directory = try LibraryDirectory()
            try directory.build(
                "long",
                oneText(
                    "count++; char *room = batch->room(batch, 40000); for (int n = 0; n < 40000; n++) room[n] = 'a';"
                        + "snprintf(room + 39990, 10, \"%09ld\", count); procession_set_text(batch, 0, i, room, 39999);",
                    more: "static long count;"))
            let lines = (1...60).map { "\($0)\n" }.joined()
            let run = try directory.map(["-c", "v=./long.so:f", "-j", "1", "--window", "1M"], lines)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.text.split(separator: "\n").compactMap { Int($0.suffix(9)) } == Array(1...60))
        }
    }
}

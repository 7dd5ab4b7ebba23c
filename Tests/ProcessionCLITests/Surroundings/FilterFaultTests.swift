import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Filters that die, exit, hang or make noise at one record: that record fails, by name, and no other.
    @Suite struct FilterFaults {
        /// A filter that does something at the record with this number, and answers all others.
        private func filter(_ deed: String, at record: Int) -> String {
            "while read -r line; do [ \"$line\" = 'record \(record)' ] && { \(deed); }; echo \"$line\"; done"
        }

        static let deaths = [
            ("kill -SEGV $$", "was killed by SIGSEGV"), ("kill -ABRT $$", "was killed by SIGABRT"),
            ("kill -ILL $$", "was killed by SIGILL"), ("kill -KILL $$", "was killed by SIGKILL"),
            ("exit 3", "exited with 3"), ("exec false", "exited with 1"),
        ]

        @Test(arguments: deaths, [1, 150, 300])
        func aDeathCostsItsRecordAndNamesIndexKeyAndCause(_ death: (deed: String, words: String), _ record: Int) throws
        {
            let run = try procession(
                "map", "-j", "2", "-x", filter(death.deed, at: record), "--on-error", "skip", input: records(300))
            #expect(run.status == 1)
            expectSame(
                run.output, Array((1...300).filter { $0 != record }.map { "record \($0)\n" }.joined().utf8))
            #expect(
                run.errors == """
                    procession: record \(record) (line \(record)): its filter \(death.words)
                    procession: 300 records done, 1 of them failed and was left out

                    """)
        }

        /// As often as was asked for once it is alone; before, a filter has it among others that may be to blame.
        @Test(arguments: [0, 1, 3]) func aDeadlyRecordIsTriedAsOftenAsWasAskedForOnceItIsFound(_ retries: Int) throws {
            let directory = try TemporaryDirectory()
            let tries = directory.path + "/tries"
            let run = try procession(
                "map", "-j", "1", "--chunk-size", "1", "--retries", "\(retries)", "-x",
                filter("echo >>\(tries); exit 3", at: 7), "--on-error", "null", input: records(20))
            #expect(run.status == 1)
            #expect(run.text == String(decoding: records(20), as: UTF8.self).replacing("record 7\n", with: "\n"))
            // Each search at least halves the twenty.
            #expect((retries + 1...retries + 6).contains(try File.contents(of: tries).count))
        }

        @Test(arguments: ["sleep 1000", "while :; do :; done", "kill -STOP $$"])
        func aRecordThatSticksCostsItselfAndNamesTheLimit(_ deed: String) throws {
            let run = try procession(
                "map", "-j", "2", "--chunk-size", "5", "--timeout", "0.5", "--retries", "0", "-x", filter(deed, at: 15),
                "--on-error", "skip", input: records(30))
            #expect(run.status == 1)
            expectSame(run.output, Array((1...30).filter { $0 != 15 }.map { "record \($0)\n" }.joined().utf8))
            #expect(run.errors.contains("record 15 (line 15): no answer in 0.5 seconds"), "\(run.errors)")
        }

        @Test(arguments: [("fail", 1), ("fail", 150), ("fail", 300), ("skip", 300), ("null", 1)])
        func everyPolicyHoldsForFirstMiddleAndLast(_ policy: String, _ record: Int) throws {
            let run = try procession(
                "map", "-j", "2", "-x", filter("exit 3", at: record), "--on-error", policy, input: records(300))
            let lines = (1...300).map { "record \($0)\n" }
            let expected =
                switch policy {
                case "fail": lines.prefix(record - 1).joined()
                case "skip": lines.filter { $0 != "record \(record)\n" }.joined()
                default: lines.map { $0 == "record \(record)\n" ? "\n" : $0 }.joined()
                }
            #expect(run.status == 1)
            expectSame(run.output, Array(expected.utf8))
        }

        @Test func whatAFilterSaysOnStandardErrorIsNoneOfTheData() throws {
            let run = try procession(
                "map", "-j", "2", "-x", "while read -r line; do echo noise >&2; echo \"$line\"; done",
                input: records(50))
            #expect(run.status == 0)
            expectSame(run.output, records(50))
            #expect(run.errors == String(repeating: "noise\n", count: 50))
        }

        @Test func aFilterMayCloseWhatItWasNotGiven() throws {
            let run = try procession(
                "map", "-j", "2", "-x", "exec 2>&- 3>&- 4>&- 5>&- 6>&- 7>&-; exec cat", input: records(500))
            #expect(run.status == 0)
            expectSame(run.output, records(500))
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// `--output FILE` appears under its name when the run has succeeded.
    @Suite struct OutputDoor {
        /// Runs a script in a directory where `out` holds "old", `in` a record, `bad` two of which the second fails;
        /// `$P` is a map of numbers.
        private func run(_ script: String) throws -> CommandResult {
            let directory = try TemporaryDirectory()
            for (name, text) in [("in", "1\n"), ("bad", "1\nx\n"), ("worse", "x\n"), ("out", "old\n")] {
                _ = try directory.file(name, text)
            }
            return try shell("P='procession map -c v=double'; " + script, directory: directory.path)
        }

        @Test func untilThenItGrowsBeside() throws {
            let run = try run(
                """
                (echo 1; until ls out.partial-* >/dev/null 2>&1 && grep -q 2 out.partial-*; do sleep 0.01; done
                cat out >meanwhile; echo 2) | procession map -x 'while read n; do echo $((n * 2)); done' -o out
                echo $? $(cat meanwhile out); ls -A
                """)
            #expect(run.text == "0 old 2 4\nbad\nin\nmeanwhile\nout\nworse\n", "\(run)")
        }

        @Test func aRunThatFailsLeavesWhatWasThereAndNamesWhatItHasDone() throws {
            let run = try run("$P bad -o out; echo $? $(cat out); cat out.partial-*")
            #expect(run.text == "1 old\n2\n", "\(run)")
            #expect(run.errors.contains("; what is done is in 'out.partial-"), "\(run.errors)")
        }

        @Test func anEmptyNameIsNoFile() throws {
            let run = try run("$P in -o ''; echo $?")
            #expect(
                run.text == "5\n" && run.errors == "procession: cannot write '': No such file or directory\n", "\(run)")
        }

        @Test(arguments: ["$P worse -o out", "$P -f json bad -o out", "$P /none -o out", "$P in -o out --window 900G"])
        func nothingIsLeftOfARunThatHasDoneNothing(_ command: String) throws {
            let run = try run(command + "; cat out; ls -A")
            #expect(run.text == "old\nbad\nin\nout\nworse\n", "\(run)")
            #expect(!run.errors.contains("what is done"), "\(run.errors)")
        }

        @Test(arguments: ["skip", "null"]) func recordsThatWereLeftOutAreNoFailureOfTheWhole(_ policy: String) throws {
            let run = try run("$P bad -o out --on-error \(policy); echo $? $(cat out); ls -A")
            #expect(run.text == "1 2\nbad\nin\nout\nworse\n", "\(run)")
        }

        @Test func aRunThatIsInterruptedNamesWhatItHasDone() throws {
            let run = try run(
                """
                mkfifo more; (echo 1; sleep 60) >more & writer=$!
                $P <more -o out & P=$!; until grep -q 2 out.partial-* 2>/dev/null; do sleep 0.01; done
                kill -TERM $P; wait $P; echo $? $(cat out) $(cat out.partial-*); kill $writer
                """)
            #expect(run.text == "143 old 2\n", "\(run)")
            #expect(run.errors.contains("; what is done is in 'out.partial-"), "\(run.errors)")
        }

        @Test func ownerAndModeStayAndANewFileHasThoseOfTheMask() throws {
            let run = try run(
                """
                chmod 640 out; [ $(id -u) != 0 ] || chown 12:34 out; stat -c '%u:%g' out >before; $P in -o out
                stat -c '%u:%g' out | diff before - && stat -c %a out; umask 027; $P in -o new; stat -c %a new
                """)
            #expect(run.text == "640\n640\n", "\(run)")
        }

        @Test func aLinkStaysAndTheFileItLeadsToIsReplaced() throws {
            let run = try run(
                """
                mkdir d; ln -s ../d/link first; ln -s file d/link; mv first d; echo old >d/file; $P in -o d/first
                readlink d/first d/link; cat d/file; ln -s nothing dangling; $P in -o dangling; cat nothing
                """)
            #expect(run.text == "../d/link\nfile\n2\n2\n", "\(run)")
        }

        @Test func pipesAndStreamsAreWrittenAsTheyAre() throws {
            let run = try run(
                """
                mkfifo pipe; cat pipe & $P in -o pipe; wait $!; test -p pipe && echo pipe; $P in -o >(cat) | cat
                $P in -o /dev/stdout >>out; cat out; $P in -o - >out; cat out; $P in -o /dev/fd/3 3>&1
                """)
            #expect(run.text == "2\npipe\n2\nold\n2\n2\n2\n", "\(run)")
        }

        @Test func ofTwoRunsTheLastOneIsWhole() throws {
            let run = try run(
                """
                seq 100000 >many; for i in 1 2 3 4; do $P many -o out & done; wait; $P many | cmp - out; ls -A
                """)
            #expect(run.text == "bad\nin\nmany\nout\nworse\n" && run.errors == "", "\(run)")
        }

        @Test func aNameAsLongAsNamesCanBeIsTaken() throws {
            let run = try run("n=$(printf %255s | tr ' ' n); $P in -o $n; cat $n; $P bad -o $n; cat $n; ls | wc -l")
            #expect(run.text == "2\n2\n6\n", "\(run)")
        }

        @Test(.enabled(if: Environment.canBecomeAnother, "needs root, to be another user"))
        func whereNothingCanBeMadeBesideItTheFileItselfIsWritten() throws {
            let run = try run(
                """
                chmod 755 .; chmod 666 out; exec 9<$(command -v procession)
                setpriv --reuid 54321 --clear-groups /proc/self/fd/9 map -c v=double in -o out; cat out
                setpriv --reuid 54321 --clear-groups /proc/self/fd/9 map -c v=double bad -o out; cat out
                setpriv --reuid 54321 --clear-groups /proc/self/fd/9 map -c v=double in -o new; echo $?
                """)
            #expect(run.text == "2\n2\n5\n", "\(run)")
            #expect(run.errors.contains("what is done is in 'out'\n") && run.errors.contains("cannot write 'new': "))
        }

        @Test(.enabled(if: Environment.canMount, "needs root, for mounts of its own"))
        func aFileThatIsMountedAsSuchIsWrittenItself() throws {
            let run = try run(
                "exec unshare -m sh -c 'mount --bind in out; echo 3 >bad; exec '\"$P\"' bad -o out; cat in'")
            #expect(run.status == 0 && run.errors == "", "\(run)")
        }
    }

    /// Files that another run writes.
    @Suite struct SharedFiles {
        /// A run with a checkpoint whose filter waits until the file `go` is there; then other commands; then the end
        /// of the first.
        private func beside(_ others: String) throws -> CommandResult {
            let directory = try TemporaryDirectory()
            _ = try directory.file("in", "1\n2\n")
            return try shell(
                """
                procession map -x 'until [ -e go ]; do sleep 0.01; done; exec cat' in -o out --checkpoint c &
                until [ -s c ]; do sleep 0.01; done
                \(others); touch go; wait $!; echo $? $(cat out)
                """, directory: directory.path)
        }

        @Test(arguments: [
            "-o out", "-o out --checkpoint other", "-o ./out", "--stats out", "--stats c", "-o c",
            "-o other --checkpoint c",
        ])
        func areRefused(_ words: String) throws {
            let run = try beside("procession map -c v=double in \(words); echo $?")
            #expect(run.text == "2\n0 1 2\n", "\(run)")
            #expect(run.errors.contains("it is in use by another run"), "\(run.errors)")
        }

        /// The second run began before the first had the file.
        @Test func areNotReplacedAtTheEndEither() throws {
            let directory = try TemporaryDirectory()
            _ = try directory.file("in", "1\n2\n")
            let run = try shell(
                """
                procession map -x 'until [ -e last ]; do sleep 0.01; done; exec cat' in -o out & late=$!
                until ls out.partial-* >/dev/null 2>&1; do sleep 0.01; done
                procession map -x 'until [ -e go ]; do sleep 0.01; done; exec cat' in -o out --checkpoint c & first=$!
                until [ -s c ]; do sleep 0.01; done
                touch last; wait $late; echo $?; touch go; wait $first; echo $? $(cat out)
                """, directory: directory.path)
            #expect(run.text == "5\n0 1 2\n", "\(run)")
            #expect(run.errors.contains("what is done is in 'out.partial-"), "\(run.errors)")
        }
    }

    /// `--stats FILE` keeps what it holds until the run is over.
    @Suite struct StatisticsDoor {
        private func run(_ script: String) throws -> CommandResult {
            let directory = try TemporaryDirectory()
            for (name, text) in [("in", "1\nx\n3\n"), ("stats", "old\n"), ("long", String(repeating: "x", count: 999))]
            {
                _ = try directory.file(name, text)
            }
            return try shell("P='procession map -c v=double'; " + script, directory: directory.path)
        }

        @Test func areWrittenOfARunThatFailsToo() throws {
            let run = try run(
                "$P in --stats stats >out; cut -c1-12 stats; $P in --stats long --on-error skip; wc -l <long")
            #expect(run.text == "{\"records\":1\n2\n6\n1\n", "\(run)")
        }

        @Test(arguments: ["--bogus", "--resume", "-o stats", "-c v=double"]) func staysWhereARunIsRefused(
            _ words: String
        )
            throws
        {
            let run = try run("$P in --stats stats \(words); echo $?; cat stats")
            #expect(run.text == "2\nold\n", "\(run)")
        }

        @Test func isMissedBeforeTheWork() throws {
            let run = try run("procession map -x 'touch begun; cat' in -o out --stats /no/stats; echo $?; ls -A")
            #expect(run.text == "5\nin\nlong\nstats\n", "\(run)")
        }

        @Test func tellOfARunThatWasAtItsEnd() throws {
            let run = try run(
                """
                seq 9 >in; $P in -o o --checkpoint c; $P in -o o --checkpoint c --resume --stats stats; cut -c-14 stats
                """)
            #expect(run.text == "{\"records\":9,\"\n", "\(run)")
        }
    }
}

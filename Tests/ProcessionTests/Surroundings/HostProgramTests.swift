internal import Foundation
import Glibc
import TestSupport
import Testing

/// Programs that the library is loaded into, or started in, in ways that leave it no workers: refused with the reason,
/// and nothing is started. And programs that are like others.
@Suite(.serialized) struct HostProgramTests {
    private static let hasPython = isThere("python3")
    private static let loader = "/lib64/ld-linux-x86-64.so.2"

    @Test(.enabled(if: hasPython, "needs python3")) func pythonRunsNothingThatIsCalledAsAWorkersNumber() throws {
        // Python takes the arguments of a worker for a script called 0.
        let run = try run(
            "echo 'open(\"ran\", \"w\")' >0; cp 0 1; "
                + "python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).procession_hosted_map())' "
                + "$BUILT/libEmbeddedLibrary.so; echo $?; ls")
        #expect(run.output.hasPrefix("unsuitableHost Procession is in "), "\(run)")
        #expect(
            run.output.contains("libEmbeddedLibrary.so, but the running program is ")
                && run.output.hasSuffix("1\n0\n1\n"))
    }

    @Test func theMainOfAHostInCRunsOnce() throws {
        let run = try run("$BUILT/HostExample $BUILT/libEmbeddedLibrary.so; echo $?")
        #expect(run.output.hasPrefix("unsuitableHost Procession is in ") && run.output.hasSuffix("\n1\n"), "\(run)")
        #expect(run.errors == "main\n")
    }

    @Test(arguments: ["$BUILT/EmbeddedWorker", "./EmbeddedWorker"]) func aHostMayNameAProgramForItsWorkers(
        _ worker: String
    ) throws {
        let host = "$BUILT/HostExample $BUILT/libEmbeddedLibrary.so"
        let run = try run("ln -s $BUILT/EmbeddedWorker .; WORKER=\(worker) \(host); echo $?")
        #expect(run.output == "0\n" && run.errors == "main\n", "\(run)")
    }

    @Test(arguments: [
        ("/no/such/program", "No such file or directory (ENOENT); workers are started from /no/such/program"),
        ("/etc/passwd", "Permission denied (EACCES); workers are started from /etc/passwd"),
        ("/bin/true", "workers died before they finished anything; the last one exited with 0"),
        ("$BUILT/EmbeddingExample", "no function type named"),
    ])
    func aProgramThatCannotBeAWorkerIsNamed(_ worker: String, _ reason: String) throws {
        let run = try run("WORKER=\(worker) $BUILT/HostExample $BUILT/libEmbeddedLibrary.so; echo $?")
        #expect((run.output + run.errors).contains(reason) && run.output.hasSuffix("\n1\n"), "\(run)")
    }

    /// Its functions lie in the program, where a worker that is a copy of the library could not find them.
    @Test(.enabled(if: isThere("swiftc"), "needs swiftc")) func aSwiftProgramWithADynamicProductIsRefused() throws {
        let run = try run(
            """
            cat >main.swift <<'end'
            import Procession
            struct Doubling: ValueFunction {
                func callAsFunction(_ value: Int) -> Int { value * 2 }
            }
            print("main")
            do {
                print(try Array(WorkerPool(workers: 2).map([1], Doubling())))
            } catch let error as PoolError {
                print(error.code.rawValue, error)
            }
            end
            swiftc main.swift -o host -I $BUILT/Modules -L $BUILT -lEmbeddedLibrary -Xlinker -rpath=$BUILT \
                -Xcc -fmodule-map-file=$BUILT/CProcessionShims.build/module.modulemap >&2 && ./host
            """)
        #expect(run.output.hasPrefix("main\nunsuitableHost Procession is in "), "\(run)")
        #expect(run.output.contains("libEmbeddedLibrary.so, but the running program is "))
        #expect(
            run.output.contains("link Procession into the program itself, and start it without naming ld.so; or name"))
    }

    @Test(.enabled(if: isThere(loader), "needs \(loader)")) func aProgramStartedThroughTheLoaderIsRefused() throws {
        let run = try run("\(Self.loader) $BUILT/EmbeddingExample counter; cat counter")
        #expect(run.errors.contains("start it without naming ld.so"), "\(run)")
        #expect(run.output == "main\n")
    }

    @Test(.enabled(if: getuid() == 0, "needs root, for a program of another user's"))
    func aProgramWithMoreRightsThanItsUserIsRefused() throws {
        let run = try run(
            "cp $BUILT/EmbeddingExample raised; chown 65534 raised; chmod 4755 raised; chmod 777 .; "
                + "./raised counter; cat counter; exec -a procession-worker ./raised 0 1")
        #expect(run.errors.contains("more rights than who started it (setuid)"), "\(run)")
        #expect(run.errors.contains("internal mode: this program has more rights"), "\(run)")
        #expect(run.output == "main\n")
    }

    @Test func noNameMakesAProgramRunACommand() throws {
        let run = try run("(exec -a procession-filter $BUILT/EmbeddingExample $BASHPID 'touch ran'); ls")
        #expect(!run.output.contains("ran"), "\(run)")
    }

    /// Workers begin before `main`, and not before what a program has made ready for it.
    @Test func whatCppInitialisesIsThereInAWorker() throws {
        let run = try run("$BUILT/EmbeddingExample counter")
        #expect(run.output == "a (2.0, 1)\nb (4.0, 2)\nc (6.0, 3)\n", "\(run)")
    }

    /// A program may end before its workers have begun.
    @Test func aProgramThatEndsSaysNothing() throws {
        let count = environment("PROCESSION_ROUNDS", or: 60)
        let run = try run("for ((i = 0; i < \(count); i++)); do $BUILT/EmbeddingExample counter; done >/dev/null")
        #expect(run.errors.split(separator: "\n").filter { !$0.hasPrefix("a stray line") } == [])
    }

    /// Runs a script in a directory of its own.
    private func run(_ script: String) throws -> (output: String, errors: String) {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("procession-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let built = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", script]
        shell.currentDirectoryURL = directory
        shell.environment = ProcessInfo.processInfo.environment.merging(
            ["BUILT": built.path, "SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let (output, errors) = (
            directory.appendingPathComponent(".output"), directory.appendingPathComponent(".errors")
        )
        for file in [output, errors] { try Data().write(to: file) }
        shell.standardInput = FileHandle.nullDevice
        shell.standardOutput = try FileHandle(forWritingTo: output)
        shell.standardError = try FileHandle(forWritingTo: errors)
        try shell.run()
        shell.waitUntilExit()
        return (try String(contentsOf: output, encoding: .utf8), try String(contentsOf: errors, encoding: .utf8))
    }

    private static func isThere(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (program.hasPrefix("/") ? [""] : path.split(separator: ":").map { $0 + "/" }).contains {
            FileManager.default.isExecutableFile(atPath: $0 + program)
        }
    }
}

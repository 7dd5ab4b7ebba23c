import Glibc
import Testing

extension CommandLineTests {
    /// The program's file is replaced, overwritten or deleted while it runs; its workers die, and others must come.
    @Suite struct ReplacedBinary {
        @Test(arguments: [
            "rm \"$copy\"", "rm \"$copy\"; echo nonsense >\"$copy\"; chmod 755 \"$copy\"",
            "cp /bin/false \"$copy.new\"; mv \"$copy.new\" \"$copy\"", "cat /bin/false >\"$copy\"",
            "rm -r \"${copy%/*}\"",
        ])
        func workersThatComeLaterAreTheSameProgram(_ change: String) throws {
            let directory = try TemporaryDirectory()
            let copy = directory.path + "/bin/procession"
            #expect(try shell("mkdir \"${1%/*}\" && cp \"$(command -v procession)\" \"$1\"", copy).status == 0)
            for mode in [["-c", "v=upper"], ["-x", "tr a-z A-Z"]] {
                #expect(
                    try shell(
                        "test -e \"$1\" || { mkdir -p \"${1%/*}\"; cp \"$(command -v procession)\" \"$1\"; }", copy
                    ).status == 0)
                let run = try RunningCommand(
                    script: "copy=$1; shift; exec \"$copy\" map -j 2 \"$@\"", [copy] + mode + ["--retries", "5"])
                try run.send("one\n")
                try run.wait { run.written.count == 4 }
                // What is being run cannot be overwritten in place: then nothing changes.
                _ = try shell("copy=$1; \(change)", copy)
                for round in 0..<3 {
                    let old = try run.workers()
                    for worker in old { kill(worker, SIGKILL) }
                    try run.send("two\n")
                    try run.wait { run.written.count == 4 + 4 * (round + 1) }
                    // One worker is enough for the answer; the other is buried a little later.
                    var tries = 0
                    while tries < 500, try !Set(run.workers()).isDisjoint(with: old) {
                        usleep(10_000)
                        tries += 1
                    }
                    #expect(tries < 500)
                }
                let result = try run.finish()
                #expect(result.status == 0, "\(result.errors)")
                #expect(result.text == "ONE\nTWO\nTWO\nTWO\n")
                #expect(try shell("rm -rf \"${1%/*}\"", copy).status == 0)
            }
        }
    }
}

import Glibc
import ProcessionCommandSystem
import ProcessionSystem
import Testing

/// Files that grow beside the one whose name they are to take.
struct GrowingFileTests {
    private let target = "/tmp/procession-tests-\(RandomSeed.random64())"

    /// As those of processes that had one number, on several machines.
    @Test func severalBesideOneTargetHaveNamesOfTheirOwn() throws {
        let files = try (0..<4).map { _ in try GrowingFile(beside: target, like: nil) }
        for (number, file) in files.enumerated() {
            let writer = try file.writer()
            try File.write(writer.number, text: "\(number)")
        }
        try files[2].takePlace()
        #expect(try File.contents(of: target) == Array("2".utf8))
        // Safe: the paths live during the calls.
        unsafe unlink(target)
        for number in [0, 1, 3] {
            let path = try #require(files[number].abandon())
            #expect(try File.contents(of: path) == Array("\(number)".utf8))
            unsafe unlink(path)
        }
    }

    @Test(.enabled(if: getuid() == 0, "only root may give files away"))
    func aFileBelongsToWhomTheOneBelongsWhoseNameItTakes() throws {
        let existing = try File.open(target, O_WRONLY | O_CREAT | O_EXCL)
        // Safe: the path lives during the calls.
        defer { unsafe unlink(target) }
        fchown(existing.number, 12345, 54321)
        try GrowingFile(beside: target, like: existing.number).takePlace()
        var status = stat()
        unsafe stat(target, &status)
        #expect(status.st_uid == 12345 && status.st_gid == 54321)
    }

    #if DEBUG
        /// Faults are for a whole process.
        @Test func aFileThatCannotHaveItsModeIsNotMade() async {
            await #expect(processExitsWith: .success) {
                let target = "/tmp/procession-tests-\(RandomSeed.random64())"
                let existing = try File.open(target, O_WRONLY | O_CREAT | O_EXCL)
                // Safe: the path lives during the calls.
                defer { unsafe unlink(target) }
                fchmod(existing.number, 0o640)
                FaultInjection.fail(.fchmod, nth: 1, errno: EPERM)
                #expect(throws: SystemError(call: .fchmod, code: EPERM)) {
                    try GrowingFile(beside: target, like: existing.number)
                }
                #expect(throws: SystemError.self) { _ = try File.open("\(target).partial-\(getpid())", O_RDONLY) }
            }
        }
    #endif
}

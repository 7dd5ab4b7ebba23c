import Glibc
import ProcessionCommandSystem
import ProcessionSystem
import Testing

/// What makes a file the same under all its names.
@Suite struct FileIdentityTests {
    private let path = "/tmp/procession-tests-\(RandomSeed.random64())"
    private var link: String { path + "-link" }

    @Test func aFileIsTheSameUnderAllItsNamesBeforeItIsThereAndAfter() throws {
        // Safe, here and below: the paths live during the calls.
        defer { for path in [path, link] { unsafe unlink(path) } }
        try #require(unsafe symlink(path, link) == 0)
        let before = try #require(File.identity(of: path))
        #expect(File.identity(of: link) == before && File.identity(of: "/tmp/../\(path)") == before)
        #expect(File.identity(of: path + "-other") != before)
        _ = try File.open(path, O_WRONLY | O_CREAT | O_EXCL)
        let after = try #require(File.identity(of: path))
        #expect(File.identity(of: link) == after && after != before)
    }

    @Test func whatIsNoFileHasNone() throws {
        defer { unsafe unlink(link) }
        try #require(unsafe symlink(path, link) == 0)
        #expect(File.identity(of: "/tmp") == nil && File.identity(of: "/dev/null") == nil)
        #expect(File.identity(of: path + "/file") == nil, "there is no such directory")
        #expect(File.identity(of: link, follows: false) == nil)
    }
}

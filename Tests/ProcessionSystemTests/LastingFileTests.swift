import Glibc
import ProcessionCommandSystem
import ProcessionSystem
import Testing

/// What a file keeps: bytes at their places, its size and time, and who has locked it.
struct LastingFileTests {
    private let path = "/tmp/procession-tests-\(RandomSeed.random64())"

    private func file() throws -> Descriptor {
        let file = try File.open(path, O_RDWR | O_CREAT | O_EXCL)
        // Safe: the path lives during the call.
        unsafe unlink(path)
        return file
    }

    @Test func bytesAreWrittenAndReadAtTheirPlace() throws {
        let file = try file()
        let bytes: [UInt8] = [1, 2, 3]
        try File.write(file.number, all: bytes.span, at: 5)
        #expect(File.place(of: file.number) == 0)
        #expect(try File.status(of: file.number).size == 8)
        var buffer = [UInt8](repeating: 9, count: 8)
        var span = buffer.mutableSpan
        #expect(try File.read(file.number, at: 4, into: &span) == 4)
        #expect(buffer == [0, 1, 2, 3, 9, 9, 9, 9])
        try File.setSize(of: file.number, to: 6)
        try File.seek(file.number, to: 5)
        #expect(try File.rest(of: file.number) == [1])
        #expect(File.remaining(file.number) == 0)
    }

    @Test func whatIsNoFileHasNoPlace() throws {
        let pipe = try Pipe()
        #expect(File.place(of: pipe.reader.number) == nil)
        #expect(File.remaining(pipe.reader.number) == nil)
        #expect(throws: SystemError(call: .lseek, code: ESPIPE)) { try File.seek(pipe.reader.number, to: 0) }
        #expect(try !File.status(of: pipe.reader.number).isRegular)
    }

    @Test func oneFileIsKnownUnderAllItsDescriptors() throws {
        let file = try file()
        let again = try File.open("/proc/self/fd/\(file.number)", O_RDWR)
        let status = try File.status(of: file.number)
        let same = try File.status(of: again.number)
        let other = try File.open("/proc/self/exe", O_RDONLY)
        #expect(status.isRegular && status.identity == same.identity)
        #expect(try status.identity != File.status(of: other.number).identity)
        #expect(status.modified > 1_600_000_000_000_000_000)
    }

    @Test func aLockIsHeldUntilItsDescriptorIsClosed() throws {
        let first = try file()
        let link = "/proc/self/fd/\(first.number)"
        let second = try File.open(link, O_RDWR)
        #expect(try File.lock(first.number))
        #expect(try !File.lock(second.number))
        first.close()
        // A child that another test starts has it until it runs its program.
        var isFree = false
        for _ in 0..<1000 where !isFree {
            isFree = try File.lock(second.number)
            if !isFree { usleep(1000) }
        }
        #expect(isFree)
    }
}

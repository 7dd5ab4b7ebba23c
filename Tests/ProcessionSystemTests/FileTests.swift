import Glibc
import ProcessionSystem
import TestSupport
import Testing

struct FileTests {
    @Test func whatGoesToAFileIsKeptAndWhatGoesToAProcessIsNot() throws {
        let pipe = try Pipe()
        let null = try File.open("/dev/null", O_WRONLY)
        let file = try File.open("/proc/self/exe", O_RDONLY)
        #expect(!File.isKept(pipe.writer.number))
        #expect(File.isKept(null.number) && File.isKept(file.number))
    }

    @Test func manyBuffersArriveInOrderThroughAFullNonBlockingPipe() throws {
        let pipe = try Pipe()
        let writer = dup(pipe.writer.number)
        pipe.writer.close()
        #expect(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        // More vectors than one call takes, some of them empty, and more bytes than the pipe holds.
        let pieces = (0..<3000).map { number in
            (0..<number % 257).map { UInt8(truncatingIfNeeded: $0 + number) }
        }
        let thread = OtherThread {
            let lengths = pieces.map(\.count)
            let flat = pieces.flatMap { $0 }
            // Safe: the buffers are parts of an array that lives during the write.
            unsafe flat.withUnsafeBytes { flat in
                var start = 0
                let buffers = unsafe lengths.map { length in
                    defer { start += length }
                    return unsafe UnsafeRawBufferPointer(rebasing: flat[start..<start + length])
                }
                unsafe try? File.write(writer, all: buffers)
            }
            close(writer)
        }
        let received = try bytesToEnd(pipe.reader.number)
        thread.join()
        // Compared outside the macro, which would look for the difference of a million bytes for hours.
        let isWhole = received == pieces.flatMap { $0 }
        #expect(isWhole)
    }

    @Test func lengthensAPipeAsFarAsTheKernelLetsIt() throws {
        // F_SETPIPE_SZ and F_GETPIPE_SZ, which are macros of _GNU_SOURCE.
        let (setSize, getSize): (Int32, Int32) = (1031, 1032)
        let pipe = try Pipe()
        let other = try Pipe()
        let usual = fcntl(other.reader.number, getSize)
        let granted = fcntl(other.reader.number, setSize, 1 << 20)
        File.lengthenPipe(pipe.writer.number)
        #expect(fcntl(pipe.reader.number, getSize) == (granted == -1 ? usual : granted))
    }

    @Test func neverShortensAPipe() throws {
        let (setSize, getSize): (Int32, Int32) = (1031, 1032)
        let pipe = try Pipe()
        // Only a privileged process gets more than the usual limit; all others see here that it stays as it is.
        _ = fcntl(pipe.reader.number, setSize, 1 << 21)
        let before = fcntl(pipe.reader.number, getSize)
        File.lengthenPipe(pipe.reader.number)
        #expect(fcntl(pipe.reader.number, getSize) >= before)
    }

    @Test func leavesWhatIsNoPipeAsItIs() throws {
        let file = try File.open("/dev/null", O_WRONLY)
        File.lengthenPipe(file.number)
        File.lengthenPipe(-1)
        try File.write(file.number, text: "x")
    }

    @Test func oneBufferArrivesWholeThroughAFullNonBlockingPipe() throws {
        let pipe = try Pipe()
        let writer = dup(pipe.writer.number)
        pipe.writer.close()
        #expect(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let thread = OtherThread {
            try? File.write(writer, all: bytes.span)
            close(writer)
        }
        let received = try bytesToEnd(pipe.reader.number)
        thread.join()
        let isWhole = received == bytes
        #expect(isWhole)
    }

    @Test func aReaderThatIsGoneIsAnErrorThatNamesTheCall() async {
        await #expect(processExitsWith: .success) {
            try WorkerIdentity.ignoreSignal(SIGPIPE)
            let pipe = try Pipe()
            let writer = pipe.writer.number
            pipe.reader.close()
            #expect(throws: SystemError(call: .write, code: EPIPE)) { try write("x", to: writer) }
            pipe.writer.close()
        }
    }

    @Test func aMissingFileIsAnErrorThatNamesTheCall() {
        #expect(throws: SystemError(call: .open, code: ENOENT)) { _ = try File.open("/no/such/file", O_RDONLY) }
    }

    @Test func theOutOfMemoryScoreIsSet() async {
        await #expect(processExitsWith: .success) {
            WorkerIdentity.setOutOfMemoryScore(500)
            let score = try File.contents(of: "/proc/self/oom_score_adj")
            #expect(score == Array("500\n".utf8))
        }
    }
}

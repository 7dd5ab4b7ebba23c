import Glibc
import ProcessionCommandSystem
import ProcessionSystem
import Testing

/// The line at the bottom of a terminal. Standard error is the whole process's, so each has a process of its own.
@Suite struct TerminalLineTests {
    /// The end of a terminal at which people sit, whose other end is standard error.
    private struct Screen: ~Copyable {
        private let descriptor: Descriptor

        init() throws {
            // In its foreground, and not ended with it.
            signal(SIGHUP, SIG_IGN)
            setsid()
            let descriptor = try File.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
            var (isLocked, number): (Int32, Int32) = (0, 0)
            // Safe: a number is read, another one written. TIOCSPTLCK and TIOCGPTN, which Glibc does not import.
            try #require(unsafe ioctl(descriptor.number, 0x4004_5431, &isLocked) == 0)
            try #require(unsafe ioctl(descriptor.number, 0x8004_5430, &number) == 0)
            let terminal = try File.open("/dev/pts/\(number)", O_RDWR)
            dup2(terminal.number, STDERR_FILENO)
            self.descriptor = descriptor
        }

        /// What is seen next, as much as `expected` has.
        func sees(_ expected: String) throws -> Bool {
            var seen: [UInt8] = []
            let deadline = Instant.now + .seconds(20)
            while seen.count < expected.utf8.count, Instant.now < deadline {
                var items = [PollItem(descriptor: descriptor.number, wants: .read)]
                guard try poll(&items, timeout: deadline - .now) > 0 else { break }
                var part = [UInt8](repeating: 0, count: 1000)
                var span = part.mutableSpan
                seen += part[..<(try File.read(descriptor.number, into: &span))]
            }
            return seen == Array(expected.utf8)
        }
    }

    @Test func aTerminalIsFreeForWhoIsInItsForeground() async {
        await #expect(processExitsWith: .success) {
            let screen = try Screen()
            #expect(Terminal.isFree(STDERR_FILENO))
            let other = try File.open("/dev/ptmx", O_RDWR | O_NOCTTY)
            let pipe = try Pipe()
            #expect(!Terminal.isFree(other.number), "another's terminal")
            #expect(Terminal.isFree(pipe.writer.number))
            _ = try screen.sees("")
        }
    }

    @Test func whatOthersWriteStandsAboveTheLine() async {
        await #expect(processExitsWith: .success) {
            let screen = try Screen()
            let line = try TerminalLine()
            line.show("half")
            try #require(try screen.sees("\r\u{1B}[Khalf"))
            try File.write(2, text: "word\n")
            try #require(try screen.sees("\r\u{1B}[Kword\r\nhalf"))
            line.show("whole")
            try #require(try screen.sees("\r\u{1B}[Kwhole"))
            line.end()
            try #require(Terminal.isTerminal(2))
            try File.write(2, text: "after\n")
            try #require(try screen.sees("\r\u{1B}[Kafter\r\n"))
        }
    }

    @Test(arguments: [("xterm", true), ("dumb", false), ("", false)])
    func aTerminalThatCannotEraseIsKnownByItsName(name: String, canErase: Bool) async {
        await #expect(processExitsWith: .success) { [name, canErase] in
            // Safe: there is no other thread that reads the environment.
            unsafe setenv("TERM", name, 1)
            try #require(Terminal.canErase == canErase)
            unsafe unsetenv("TERM")
            try #require(!Terminal.canErase)
        }
    }
}

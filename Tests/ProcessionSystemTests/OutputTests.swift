import Glibc
import ProcessionSystem
import TestSupport
import Testing

/// What is finished when a signal comes is written, if its reader takes it soon. Signals are the whole process's.
@Suite struct OutputTests {
    @Test(arguments: [true, false]) func aSignalLetsAReaderHaveAMomentAndNoMore(isRead: Bool) async {
        await #expect(processExitsWith: .success) { [isRead] in
            alarm(60)
            let pipe = try Pipe()
            let reader = try pipe.reader.duplicate()
            let interruption = try Interruption([SIGINT])
            let output = Output(try pipe.writer.duplicate(), interruption: interruption)
            raise(SIGINT)
            let bytes = [UInt8](repeating: 7, count: 4 << 20)
            let count = isRead ? bytes.count : 0
            let thread = OtherThread { [number = reader.number] in
                var (buffer, rest) = ([UInt8](repeating: 0, count: 1 << 16), count)
                while rest > 0 {
                    var span = buffer.mutableSpan
                    guard let part = try? File.read(number, into: &span), part > 0 else { return }
                    rest -= part
                }
            }
            let (written, failure) = output.write(bytes.span)
            #expect((failure == nil) == isRead && (written == bytes.count) == isRead)
            thread.join()
        }
    }
}

import Glibc
import ProcessionSystem
import Testing

struct DescriptorTests {
    // The census counts for the whole process, so these run in processes of their own.

    @Test func everyOwnerGivesBackWhatItOpened() async {
        await #expect(processExitsWith: .success) {
            let before = try settledCensus()
            do {
                let file = try MemoryFile(name: "census", bytes: 8192)
                let mapping = try Mapping(file.descriptor.number, bytes: 8192, writable: true)
                let bell = try EventCounter()
                let child = try ChildProcess.spawn(shell("exec sleep 1000"))
                let during = try ResourceCensus()
                #expect(during.openDescriptors.count == before.openDescriptors.count + 3)
                #expect(during.sharedMappings == before.sharedMappings + 1)
                #expect(during.children == before.children + [child.pid])
                _ = (mapping.byteCount, bell.descriptor.number)
            }
            #expect(try ResourceCensus() == before)
        }
    }

    @Test func staysAboveTheStandardStreamsWhereTheHostHasClosedThem() async {
        await #expect(processExitsWith: .success) {
            for number: Int32 in 0...2 { close(number) }
            let file = try MemoryFile(name: "low", bytes: 4096)
            let bell = try EventCounter()
            #expect(file.descriptor.number > 2 && bell.descriptor.number > 2)
        }
    }

    @Test func aDuplicateOutlivesTheOriginal() throws {
        let pipe = try Pipe()
        let copy = try pipe.reader.duplicate()
        pipe.reader.close()
        #expect(fcntl(copy.number, F_GETFD) == FD_CLOEXEC)
    }
}

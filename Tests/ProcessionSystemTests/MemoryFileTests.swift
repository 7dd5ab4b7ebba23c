import Glibc
import ProcessionSystem
import Testing

struct MemoryFileTests {
    let page = Machine.pageSize

    @Test func readsAsZeroAndSharesWhatIsWritten() throws {
        let file = try MemoryFile(name: "zero", bytes: 2 * page)
        let writer = try Mapping(file.descriptor.number, bytes: 2 * page, writable: true)
        let reader = try Mapping(file.descriptor.number, bytes: 2 * page, writable: false)
        try writer.populate(1..<page + 1)
        try reader.populate(0..<2 * page)
        // Safe, here and in the other tests: inside the mappings, which live to the end.
        unsafe #expect(reader.base.load(fromByteOffset: page, as: UInt64.self) == 0)
        unsafe writer.base.storeBytes(of: 42, toByteOffset: page, as: UInt64.self)
        unsafe #expect(reader.base.load(fromByteOffset: page, as: UInt64.self) == 42)
    }

    @Test func populatingTakesThePagesAtOnce() throws {
        let file = try MemoryFile(name: "populate", bytes: 64 * page)
        let mapping = try Mapping(file.descriptor.number, bytes: 64 * page, writable: true)
        #expect(try allocatedBytes(file.descriptor.number) == 0)
        try mapping.populate(0..<64 * page)
        #expect(try allocatedBytes(file.descriptor.number) == 64 * page)
        try file.punchHole(0..<32 * page)
        #expect(try allocatedBytes(file.descriptor.number) == 32 * page)
    }

    @Test func sealsFixTheSizeForEver() throws {
        let file = try MemoryFile(name: "sealed", bytes: page)
        #expect(try !MemoryFile.seals(of: file.descriptor.number).contains(.seal))
        try file.seal(futureWrite: false)
        #expect(try MemoryFile.seals(of: file.descriptor.number).isSuperset(of: [.seal, .shrink, .grow]))
        #expect(try !MemoryFile.seals(of: file.descriptor.number).contains(.futureWrite))
        #expect(ftruncate(file.descriptor.number, 0) == -1 && errno == EPERM)
        #expect(ftruncate(file.descriptor.number, 2 * page) == -1 && errno == EPERM)
        #expect(throws: SystemError(call: .addSeals, code: EPERM)) { try file.seal(futureWrite: true) }
    }

    @Test func aHoleCanBePunchedUnderASealedSizeAndReadsAsZero() throws {
        let file = try MemoryFile(name: "hole", bytes: 2 * page)
        let mapping = try Mapping(file.descriptor.number, bytes: 2 * page, writable: true)
        try file.seal(futureWrite: false)
        unsafe mapping.base.storeBytes(of: 1, as: UInt8.self)
        unsafe mapping.base.storeBytes(of: 2, toByteOffset: page, as: UInt8.self)
        try file.punchHole(0..<page)
        unsafe #expect(mapping.base.load(as: UInt8.self) == 0)
        unsafe #expect(mapping.base.load(fromByteOffset: page, as: UInt8.self) == 2)
    }

    @Test func futureWriteKeepsTheOldWriterAndRefusesEveryNewOne() throws {
        let file = try MemoryFile(name: "input", bytes: page)
        let writer = try Mapping(file.descriptor.number, bytes: page, writable: true)
        try file.seal(futureWrite: true)
        #expect(throws: SystemError(call: .mmap, code: EPERM)) {
            _ = try Mapping(file.descriptor.number, bytes: page, writable: true)
        }
        #expect(throws: SystemError(call: .write, code: EPERM)) { try write("x", to: file.descriptor.number) }
        #expect(throws: SystemError(call: .punchHole, code: EPERM)) { try file.punchHole(0..<page) }
        let reader = try Mapping(file.descriptor.number, bytes: page, writable: false)
        unsafe #expect(mprotect(reader.base, page, PROT_READ | PROT_WRITE) == -1)
        unsafe writer.base.storeBytes(of: 7, as: UInt8.self)
        unsafe #expect(reader.base.load(as: UInt8.self) == 7)
    }

    @Test func aFileSizeLimitIsAnErrorAndNotASignal() async {
        await #expect(processExitsWith: .success) {
            unblockAllSignals()
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            // Safe: the structure is read during the call.
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: SystemError(call: .ftruncate, code: EFBIG)) {
                _ = try MemoryFile(name: "large", bytes: 4097)
            }
            _ = try MemoryFile(name: "fits", bytes: 4096)
        }
    }

    @Test func sealsOfSomethingElseAreAnError() throws {
        let bell = try EventCounter()
        #expect(throws: SystemError(call: .getSeals, code: EINVAL)) {
            _ = try MemoryFile.seals(of: bell.descriptor.number)
        }
    }

    private func allocatedBytes(_ descriptor: Int32) throws -> Int {
        var status = stat()
        // Safe: fills the structure it is given.
        let result = unsafe fstat(descriptor, &status)
        try #require(result == 0)
        return Int(status.st_blocks) * 512
    }
}

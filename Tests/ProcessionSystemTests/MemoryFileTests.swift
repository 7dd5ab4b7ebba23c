import Glibc
import Testing

@testable import ProcessionSystem

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

    /// A core dump of the host does not hold the records.
    @Test func noCoreDumpHoldsWhatIsMapped() throws {
        let name = "undumped-\(RandomSeed.random64())"
        let file = try MemoryFile(name: name, bytes: 2 * page)
        let mapping = try Mapping(file.descriptor.number, bytes: 2 * page, writable: true)
        let lines = String(decoding: try File.contents(of: "/proc/self/smaps"), as: UTF8.self).split(separator: "\n")
        let line = try #require(lines.firstIndex { $0.contains(name) })
        let flags = try #require(lines[line...].first { $0.hasPrefix("VmFlags:") }).split(separator: " ")
        #expect(flags.contains("dd"), "\(flags) of \(mapping.byteCount) bytes")
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

    @Test(arguments: [4096, 16384, 65536]) func whatThePagesAreAskedForBeginsWithOne(bytes: Int) {
        for (range, first) in [(0..<1, 0), (1..<bytes + 1, 0), (bytes..<bytes + 1, 1), (7 * bytes - 1..<9 * bytes, 6)] {
            #expect(Mapping.pages(of: range, bytes: bytes) == first * bytes..<range.upperBound)
        }
    }

    @Test func reservingTakesThePagesAndKeepsWhatTheyHold() throws {
        let file = try MemoryFile(name: "reserve", bytes: 64 * page)
        let mapping = try Mapping(file.descriptor.number, bytes: 64 * page, writable: true)
        try file.seal(futureWrite: true)
        // Safe: inside the mapping.
        unsafe mapping.base.storeBytes(of: 42, toByteOffset: page, as: UInt64.self)
        try file.reserve(1..<3 * page)
        #expect(try allocatedBytes(file.descriptor.number) == 3 * page)
        unsafe #expect(mapping.base.load(fromByteOffset: page, as: UInt64.self) == 42)
    }

    /// Two huge pages of four, made by the one mapping that may write, are huge in every other mapping too.
    @Test func hugePagesAreThoseOfTheFile() throws {
        let bytes = 4 * Mapping.hugePage
        let file = try MemoryFile(name: "huge", bytes: bytes)
        let writer = try Mapping(file.descriptor.number, bytes: bytes, writable: true)
        try file.seal(futureWrite: true)
        let reader = try Mapping(file.descriptor.number, bytes: bytes, writable: false)
        #expect(unsafe UInt(bitPattern: reader.base) % UInt(Mapping.hugePage) == 0)
        do {
            try writer.makeHuge(Mapping.hugePage..<3 * Mapping.hugePage)
        } catch {
            print("the kernel has no huge pages to give: \(error)")
            #expect([EINVAL, ENOMEM, EAGAIN].contains(error.code))
            return
        }
        #expect(try allocatedBytes(file.descriptor.number) == 2 * Mapping.hugePage)
        var sum: UInt64 = 0
        for offset in stride(from: Mapping.hugePage, to: 3 * Mapping.hugePage, by: page) {
            unsafe sum += reader.base.load(fromByteOffset: offset, as: UInt64.self)
        }
        #expect(sum == 0)
        let maps = String(decoding: try File.contents(of: "/proc/self/smaps"), as: UTF8.self)
        let start = String(unsafe UInt(bitPattern: reader.base), radix: 16) + "-"
        let own = maps.split(separator: "\n").drop { !$0.hasPrefix(start) }
        #expect(own.first { $0.hasPrefix("ShmemPmdMapped:") }?.contains(" 4096 kB") == true)
    }

    /// Between two others a mapping finds no place that begins with a huge page, however often it looks right below.
    @Test func whereAMappingIsInTheWayTheNextPlaceLiesFurtherBelow() {
        let (address, page) = (0x7f12_3456_7000, Mapping.hugePage)
        let places = (0..<8).map { Mapping.begin(below: address, $0) }
        #expect(places.allSatisfy { $0 % page == 0 && $0 > 0 })
        #expect(address - places[0] < page && address - places[1] > 8 * page)
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 > $1 })
        #expect(address - places[7] > 1 << 40, "past all the memory that a machine has")
        #expect(Mapping.begin(below: page, 7) == 0)
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

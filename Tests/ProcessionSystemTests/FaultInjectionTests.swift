#if DEBUG
    import Glibc
    import ProcessionSystem
    import Testing

    /// Faults are the whole process's, so all of this runs in processes of its own.
    struct FaultInjectionTests {
        @Test(arguments: [ENOMEM, EMFILE], [false, true])
        func everyFailureOfEveryCallIsNamedAndLeavesNothingBehind(code: Int32, forever: Bool) async {
            await #expect(processExitsWith: .success) { [code, forever] in
                let before = try settledCensus()
                var failures: Set<SystemCall> = []
                // What these two cannot do, nobody can: a child that cannot be killed or reaped stays.
                for call in SystemCall.allCases where call != .waitid && call != .pidfdSendSignal {
                    var nth = 0
                    var isReached = true
                    while isReached {
                        nth += 1
                        FaultInjection.reset()
                        FaultInjection.fail(call, nth: nth, errno: code, forever: forever)
                        do {
                            try useEverything()
                        } catch let error as SystemError {
                            #expect(error == SystemError(call: call, code: code))
                            failures.insert(call)
                        }
                        isReached = FaultInjection.count(of: call) >= nth
                        FaultInjection.reset()
                        #expect(try ResourceCensus() == before, "\(call), \(nth)")
                    }
                }
                #expect(
                    failures.isSuperset(of: [
                        .memfdCreate, .ftruncate, .getResourceLimit, .addSeals, .getSeals, .punchHole, .mmap, .madvise,
                        .open, .read, .write, .writev, .eventfd, .poll, .posixSpawn, .pidfdOpen, .pthreadCreate, .prctl,
                    ]))
            }
        }

        @Test func everyCallIsMadeAgainAfterASignal() async {
            await #expect(processExitsWith: .success) {
                for call in SystemCall.allCases where call != .posixSpawn && call != .pthreadCreate {
                    FaultInjection.reset()
                    FaultInjection.fail(call, nth: 1, errno: EINTR)
                    try useEverything()
                }
            }
        }

        @Test func aKernelWithoutNoExecSealsIsAskedWithoutIt() async {
            await #expect(processExitsWith: .success) {
                FaultInjection.fail(.memfdCreate, nth: 1, errno: EINVAL)
                let file = try MemoryFile(name: "old", bytes: 4096)
                try file.seal(futureWrite: false)
                #expect(FaultInjection.count(of: .memfdCreate) == 2)
            }
        }

        @Test func aKernelWithoutPopulateIsNoError() async {
            await #expect(processExitsWith: .success) {
                FaultInjection.fail(.madvise, nth: 1, errno: EINVAL, forever: true)
                let file = try MemoryFile(name: "old", bytes: 4096)
                let mapping = try Mapping(file.descriptor.number, bytes: 4096, writable: true)
                try mapping.populate(0..<4096)
            }
        }

        @Test func faultsComeAtTheCallTheyWereSetForAndAreForgottenByReset() async {
            await #expect(processExitsWith: .success) {
                FaultInjection.fail(.eventfd, nth: 2, errno: ENFILE)
                _ = try EventCounter()
                #expect(throws: SystemError(call: .eventfd, code: ENFILE)) { _ = try EventCounter() }
                _ = try EventCounter()
                #expect(FaultInjection.count(of: .eventfd) == 3)
                FaultInjection.fail(.eventfd, nth: 1, errno: ENFILE, forever: true)
                for _ in 0..<3 { #expect(throws: SystemError.self) { _ = try EventCounter() } }
                FaultInjection.reset()
                _ = try EventCounter()
                #expect(FaultInjection.count(of: .eventfd) == 1)
            }
        }
    }

    /// Calls that do less than they were asked.
    struct ShortCountTests {
        @Test func everySplitOfALongOutputIsWrittenWhole() async {
            await #expect(processExitsWith: .success) {
                let bytes = (0..<1 << 16).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                let pieces = [0..<1, 1..<4096, 4096..<40_000, 40_000..<1 << 16]
                let file = try MemoryFile(name: "splits", bytes: bytes.count)
                let number = file.descriptor.number
                var back = [UInt8](repeating: 0, count: bytes.count)
                for split in 1..<bytes.count {
                    FaultInjection.reset()
                    FaultInjection.shorten(.writev, nth: 1, to: split)
                    lseek(number, 0, SEEK_SET)
                    // Safe: the buffers live during the write.
                    try unsafe bytes.withUnsafeBytes { bytes in
                        try unsafe File.write(
                            number, all: pieces.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) })
                    }
                    try #require(FaultInjection.count(of: .writev) + FaultInjection.count(of: .write) == 2)
                    lseek(number, 0, SEEK_SET)
                    var span = back.mutableSpan
                    try #require(try File.read(number, into: &span) == bytes.count)
                    // Not `==`, which a debug build takes a second for in all.
                    try #require(unsafe memcmp(back, bytes, bytes.count) == 0, "split at \(split)")
                    back[split] ^= 1
                }
            }
        }
    }

    /// One of each thing the module can do.
    private func useEverything() throws {
        let file = try MemoryFile(name: "faults", bytes: 8192)
        let mapping = try Mapping(file.descriptor.number, bytes: 8192, writable: true)
        try mapping.populate(0..<4096)
        try file.punchHole(0..<4096)
        try file.seal(futureWrite: false)
        _ = try MemoryFile.seals(of: file.descriptor.number)
        let pipe = try Pipe()
        try write("x", to: pipe.writer.number)
        let bytes: [UInt8] = [1, 2]
        // Safe: the buffer lives during the write.
        try unsafe bytes.withUnsafeBytes { bytes in try unsafe File.write(pipe.writer.number, all: [bytes, bytes]) }
        _ = try File.contents(of: "/proc/self/oom_score_adj")
        let bell = try EventCounter()
        bell.signal()
        var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
        try poll(&items, timeout: .zero)
        bell.drain()
        let spawner = try SpawnThread()
        let child = try spawner.spawn(shell("exec sleep 1000", descriptors: [(from: pipe.writer.number, to: 3)]))
        let other = try ChildProcess.spawn(shell("exit 0"))
        try WorkerIdentity.setParentDeathSignal(0)
        _ = RandomSeed.random64()
        _ = Machine.availableCores()
        try child.kill(SIGTERM)
        other.killAndReap()
    }
#endif

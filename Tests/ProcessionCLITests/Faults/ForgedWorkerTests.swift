import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// A process that is only called a worker.
    @Suite struct ForgedWorkers {
        /// Starts `procession` under a worker's name, with descriptors of our own (6, 7, 8) at 3, 4 and 5; nil: closed.
        private func forged(_ arguments: [String], _ descriptors: [Int32?]) throws -> CommandResult {
            let redirections = zip(3..., descriptors).map { $1 == nil ? "\($0)<&-" : "\($0)<&\($0 + 3)" }
            let given = zip(Int32(6)..., descriptors).compactMap { number, source in
                source.map { (from: $0, to: number) }
            }
            let run = try RunningCommand(
                script: "exec -a procession-worker procession \"$@\" " + redirections.joined(separator: " "),
                arguments, descriptors: given)
            return try run.finish()
        }

        private func expectRefusal(_ run: CommandResult, _ what: String) {
            #expect(
                run.status == 2 && run.output.isEmpty && run.errorLines.count == 1
                    && run.errors.hasPrefix("procession: internal mode: "),
                "\(what): \(run.ending), \(run.text), \(run.errors)")
        }

        @Test(arguments: [[], ["0"], ["0", "1234567890abcdef"], ["-1", "0"], ["99999999999999999999", "zz", "more"]])
        func everyCombinationOfDescriptorsIsRefused(_ arguments: [String]) throws {
            let null = try File.open("/dev/null", O_RDWR)
            let regular = try File.open("/bin/sh", O_RDONLY)
            let unsealed = try MemoryFile(name: "forged", bytes: 1 << 20)
            let zeros = try MemoryFile(name: "forged", bytes: 1 << 20)
            try zeros.seal(futureWrite: false)
            let empty = try MemoryFile(name: "forged", bytes: 0)
            try empty.seal(futureWrite: false)
            let kinds: [Int32?] = [
                nil, null.number, regular.number, unsealed.descriptor.number, zeros.descriptor.number,
                empty.descriptor.number,
            ]
            for input in kinds {
                for result in kinds {
                    // The third is looked at last; it is here for the sake of the case in which it is not.
                    for signal in input == result ? [nil, null.number] : [null.number] {
                        expectRefusal(
                            try forged(arguments, [input, result, signal]), "\(arguments) \([input, result, signal])")
                    }
                }
            }
            withExtendedLifetime((null.number, regular.number)) {}
        }

        @Test func segmentsTakenFromARunningPoolAreRefusedAndThePoolIsUnharmed() throws {
            let run = try start("map", "-j", "1", "-c", "v=upper")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            let worker = try #require(try run.workers().first)
            let arguments = try File.contents(of: "/proc/\(worker)/cmdline").split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
            try #require(arguments.first == "procession-worker")
            let input = try File.open("/proc/\(worker)/fd/3", O_RDONLY)
            let result = try File.open("/proc/\(worker)/fd/4", O_RDWR)
            expectRefusal(try forged(Array(arguments.dropFirst()), [input.number, result.number, nil]), "true nonce")
            expectRefusal(try forged(["0", "1"], [input.number, result.number, nil]), "wrong nonce")
            try run.send("b\n")
            #expect(try run.finish().text == "A\nB\n")
        }
    }
}

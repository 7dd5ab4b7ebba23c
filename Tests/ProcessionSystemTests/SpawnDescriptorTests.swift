import Glibc
import ProcessionSystem
import Testing

struct SpawnDescriptorTests {
    /// What a process that begins with `table` has after the steps: the meaning of the plan.
    private func carryOut(_ plan: DescriptorPlan, in table: [Int32: String]) -> [Int32: String]? {
        var table = table
        for step in plan.steps {
            switch step {
            case .openNull(let number): table[number] = "null"
            case .copy(let source, let target):
                guard let file = table[source] else { return nil }
                table[target] = file
            case .close(let number): table[number] = nil
            case .closeAll(let first): table = table.filter { $0.key < first }
            }
        }
        return table
    }

    @Test(arguments: [true, false])
    func everyPlacementOfThreeSourcesEndsWhereItShould(standardErrorIsOpen: Bool) {
        var open = [Int32: String](uniqueKeysWithValues: (0..<9).map { ($0, "file \($0)") })
        if !standardErrorIsOpen { open[2] = nil }
        let standard = standardErrorIsOpen ? "file 2" : "null"
        let sources = (0..<9 as Range<Int32>).filter { open[$0] != nil }
        for targets: [Int32] in [[3, 4, 5], [5, 3, 4], [6, 3, 8]] {
            for a in sources {
                for b in sources {
                    for c in sources {
                        let descriptors = Array(zip([a, b, c], targets)).map { (from: $0, to: $1) }
                        let plan = DescriptorPlan(descriptors, standardErrorIsOpen: standardErrorIsOpen)
                        var wanted: [Int32: String] = [0: "null", 1: standard, 2: standard]
                        for (source, target) in descriptors { wanted[target] = "file \(source)" }
                        #expect(carryOut(plan, in: open) == wanted, "\(descriptors)")
                    }
                }
            }
        }
    }

    /// What 1 and 2 are copied from is not overwritten before, wherever it lies.
    @Test(arguments: [true, false])
    func everyPlacementOfWhatItPrintsToEndsWhereItShould(standardErrorIsOpen: Bool) {
        var open = [Int32: String](uniqueKeysWithValues: (0..<8).map { ($0, "file \($0)") })
        if !standardErrorIsOpen { open[2] = nil }
        for a in 0..<8 as Range<Int32> where open[a] != nil {
            for b in 3..<8 as Range<Int32> {
                for output in 3..<8 as Range<Int32> {
                    for errors in 3..<8 as Range<Int32> {
                        let plan = DescriptorPlan(
                            [(from: a, to: 4), (from: b, to: 3)], prints: .init(output: output, errors: errors),
                            standardErrorIsOpen: standardErrorIsOpen)
                        let wanted: [Int32: String] = [
                            0: "null", 1: "file \(output)", 2: "file \(errors)", 3: "file \(b)", 4: "file \(a)",
                        ]
                        #expect(carryOut(plan, in: open) == wanted, "\(a) \(b) \(output) \(errors)")
                    }
                }
            }
        }
    }

    @Test func theChildHasExactlyWhatItWasGivenAmongFiftyForeignDescriptors() throws {
        let foreign = (0..<50).map { _ in dup(2) }
        defer { for number in foreign { close(number) } }
        let pipe = try Pipe()
        let file = try MemoryFile(name: "given", bytes: 4096)
        let (a, b) = (file.descriptor.number, pipe.writer.number)
        // Each goes where the other comes from; a third goes to a number of its own, and a fourth stays.
        let reader = pipe.reader.number
        let extra = try MemoryFile(name: "extra", bytes: 4096)
        let descriptors = [
            (from: a, to: b), (from: b, to: a), (from: reader, to: 3),
            (from: extra.descriptor.number, to: extra.descriptor.number),
        ]
        let child = try ChildProcess.spawn(shell("kill -STOP $$", descriptors: descriptors))
        try waitUntilStopped(child)
        let ours = try ResourceCensus.openDescriptors()
        var wanted: [Int32: String?] = [0: "/dev/null", 1: ours[2], 2: ours[2]]
        for (source, target) in descriptors { wanted[target] = ours[source] }
        #expect(try ResourceCensus.openDescriptors(of: child.pid) == wanted.compactMapValues { $0 })
        #expect(ours[a] != ours[b] && wanted.count == 7)
    }

    @Test func worksWhereTheHostHasClosedItsStandardStreams() async {
        await #expect(processExitsWith: .success) {
            for number: Int32 in 0...2 { close(number) }
            let file = try MemoryFile(name: "given", bytes: 4096)
            let child = try ChildProcess.spawn(
                shell("kill -STOP $$", descriptors: [(from: file.descriptor.number, to: 3)]))
            try waitUntilStopped(child)
            let found = try ResourceCensus.openDescriptors(of: child.pid)
            #expect(found == [0: "/dev/null", 1: "/dev/null", 2: "/dev/null", 3: "/memfd:given (deleted)"])
        }
    }

    @Test func outputAndErrorsOfTheChildGoWhereOurErrorsGo() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            dup2(pipe.writer.number, 2)
            let child = try ChildProcess.spawn(shell("echo out; echo err >&2; cat; exit 7"))
            #expect(try ending(of: child) == .exited(7))
            close(2)
            pipe.writer.close()
            #expect(try textToEnd(pipe.reader.number) == "out\nerr\n")
        }
    }
}

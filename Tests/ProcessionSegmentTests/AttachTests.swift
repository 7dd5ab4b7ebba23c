import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import Testing

/// A worker attaches to what its own parent made for it, and to nothing else.
///
/// Each test damages one thing. A refusal is the last the worker does: it must not have written anything.
struct AttachTests {
    let segments: Segments

    init() throws { segments = try Segments(workers: 3, places: 5) }

    @Test func soundSegmentsAreAccepted() throws {
        let worker = try segments.attach(1)
        #expect(worker.layout == segments.layout)
        #expect((0..<3).map { segments.parent.isAttached(worker: $0) } == [false, true, false])
    }

    // MARK: The header

    @Test func refusesAnotherMagic() {
        segments.setHeader(\.magic, to: UInt64(PROCESSION_MAGIC) + 1)
        expectRefusal("the input segment is not Procession's")
    }

    @Test(arguments: [UInt32(0), UInt32(PROCESSION_ABI) - 1, UInt32(PROCESSION_ABI) + 1, .max]) func refusesAnotherABI(
        abi: UInt32
    ) {
        segments.setHeader(\.abi, to: abi)
        expectRefusal("worker speaks ABI \(PROCESSION_ABI), engine \(abi)")
    }

    @Test func refusesAnotherNonceInTheHeader() {
        segments.setHeader(\.nonce, to: segments.parent.nonce ^ 1)
        expectRefusal("the segments belong to another process")
    }

    @Test func refusesAnotherNonceInItsArguments() {
        expectRefusal("the segments belong to another process", nonce: segments.parent.nonce ^ 1)
    }

    @Test func refusesAnotherParent() {
        segments.setHeader(\.parent, to: UInt64(WorkerIdentity.parentPid()) + 1)
        expectRefusal("the segments belong to another process")
    }

    @Test(arguments: [UInt64(0), (1 << 20) - 1, (1 << 20) + 1, .max]) func refusesAnotherInputSize(bytes: UInt64) {
        segments.setHeader(\.input_bytes, to: bytes)
        expectRefusal(Self.sizes)
    }

    @Test(arguments: [UInt64(0), (1 << 20) - 1, (1 << 20) + 1, .max]) func refusesAnotherResultSize(bytes: UInt64) {
        segments.setHeader(\.result_bytes, to: bytes)
        expectRefusal(Self.sizes)
    }

    @Test(arguments: [UInt32(0), 0xf001, .max]) func refusesImpossibleWorkers(count: UInt32) {
        segments.setHeader(\.worker_capacity, to: count)
        expectRefusal(Self.sizes)
    }

    @Test(arguments: [UInt32(0), 4, 6, 1 << 20, .max]) func refusesAnotherNumberOfPlaces(count: UInt32) {
        segments.setHeader(\.place_count, to: count)
        expectRefusal(Self.sizes)
    }

    @Test(arguments: [UInt32(0), 9, 11, .max]) func refusesAnotherQueue(count: UInt32) {
        segments.setHeader(\.queue_count, to: count)
        expectRefusal(Self.sizes)
    }

    @Test(arguments: [-1, 3, Int.min, Int.max]) func refusesASeatThatDoesNotExist(worker: Int) {
        expectRefusal(Self.sizes, worker: worker)
    }

    // MARK: The descriptors

    @Test func refusesSegmentsTheWrongWayRound() {
        // The result segment's header says nothing at all.
        expectRefusal(
            "the input segment is not Procession's", input: segments.parent.descriptors[1],
            result: segments.parent.descriptors[0])
    }

    @Test func refusesDescriptorsThatAreNotOpen() {
        expectRefusal(Self.unsealed, input: 100_000)
        expectRefusal(Self.unsealed, result: 100_000)
        expectRefusal(Self.unsealed, input: -1)
    }

    @Test(arguments: ["/dev/null", "/proc/self/exe", "/dev/zero", "/"]) func refusesAFile(path: String) throws {
        let file = try File.open(path, O_RDONLY)
        expectRefusal(Self.unsealed, input: file.number)
        expectRefusal(Self.unsealed, result: file.number)
    }

    @Test func refusesABell() {
        expectRefusal(Self.unsealed, input: segments.bell.descriptor.number)
        expectRefusal(Self.unsealed, result: segments.bell.descriptor.number)
    }

    @Test(arguments: [[], [.shrink, .grow], [.shrink, .seal], [.grow, .seal]] as [Seals])
    func refusesMemoryWhoseSizeMayChange(seals: Seals) throws {
        let input = try Copy(of: segments.parent.inputReader.slots, seals: seals)
        expectRefusal(Self.unsealed, input: input.descriptor.number)
        let result = try Copy(of: segments.parent.resultReader.slots, seals: seals)
        expectRefusal(Self.unsealed, result: result.descriptor.number)
    }

    @Test func acceptsACopyThatIsSealed() throws {
        // Else the test above would pass for another reason.
        let input = try Copy(of: segments.parent.inputReader.slots, seals: [.shrink, .grow, .seal])
        let signal = dup(segments.bell.descriptor.number)
        _ = try WorkerSegments(
            input: input.descriptor.number, result: segments.parent.descriptors[1], signal: signal, worker: 0,
            nonce: segments.parent.nonce)
    }

    @Test(arguments: [0, 1, 383]) func refusesAnInputTooShortForAHeader(bytes: Int) throws {
        let input = try MemoryFile(name: "short", bytes: bytes)
        try input.seal(futureWrite: false)
        expectRefusal("the input segment is too short", input: input.descriptor.number)
    }

    @Test func refusesAnInputOfAHeaderOnly() throws {
        let input = try Copy(of: segments.parent.inputReader.slots, seals: [.shrink, .grow, .seal], bytes: 384)
        expectRefusal(Self.sizes, input: input.descriptor.number)
    }

    @Test(arguments: [0, 4096, (1 << 20) - 1, (1 << 20) + 1]) func refusesAResultOfAnotherSize(bytes: Int) throws {
        let result = try MemoryFile(name: "other", bytes: bytes)
        try result.seal(futureWrite: false)
        expectRefusal(Self.sizes, result: result.descriptor.number)
    }

    // MARK: Helpers

    static let sizes = "the segments' sizes do not agree with their header"
    static let unsealed = "the descriptors are not sealed segments"

    private func expectRefusal(
        _ reason: String, input: Int32? = nil, result: Int32? = nil, worker: Int = 0, nonce: UInt64? = nil,
        at location: SourceLocation = #_sourceLocation
    ) {
        let numbers = segments.parent.descriptors
        do {
            _ = try WorkerSegments(
                input: input ?? numbers[0], result: result ?? numbers[1], signal: segments.bell.descriptor.number,
                worker: worker, nonce: nonce ?? segments.parent.nonce)
            Issue.record("it attached", sourceLocation: location)
        } catch {
            #expect("\(error)" == reason, sourceLocation: location)
        }
        let bytes = segments.layout.resultBytes
        let isUntouched = segments.parent.resultReader.slots.array(at: 0, count: bytes, of: UInt8.self) == Self.zeros
        #expect(isUntouched, "it wrote before it refused", sourceLocation: location)
    }

    private static let zeros = [UInt8](repeating: 0, count: 1 << 20)
}

/// A memory file with the bytes of a segment, sealed as a test wants it.
private struct Copy: ~Copyable {
    let descriptor: Descriptor

    init(of segment: _SlotReader, seals: Seals, bytes: Int = 1 << 20) throws {
        let file = try MemoryFile(name: "copy", bytes: bytes)
        try file.descriptor.writeAll(segment.array(at: 0, count: bytes, of: UInt8.self))
        if seals != [] { try #require(procession_add_seals(file.descriptor.number, seals.rawValue) == 0) }
        descriptor = try file.descriptor.duplicate()
    }
}

extension Descriptor {
    fileprivate func writeAll(_ bytes: [UInt8]) throws { try File.write(number, all: bytes.span) }
}

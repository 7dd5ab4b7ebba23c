import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem

/// A worker attaches to segments whose headers are partly made of these bytes, and claims what it finds there.
///
/// The bytes are entries of ten: two for an offset, eight for the word to be put there. Of the input segment they reach
/// the header and the queue, of the result segment everything; descriptors are the parent's and sound.
func fuzzAttach(_ bytes: [UInt8]) {
    do {
        let segments = try ForgedSegments()
        for start in stride(from: 0, to: min(bytes.count, 2000) - 9, by: 10) {
            segments.overwrite(bytes[start..<start + 10])
        }
        let worker: WorkerSegments
        do {
            worker = try segments.attach()
        } catch is WorkerSegments.Refusal {
            return
        }
        // Other counts that agree with each other make another layout, which has no descriptors where ours are.
        guard worker.layout == segments.layout else { return }
        for _ in 0..<8 {
            guard let chunk = worker.claimNow() else { break }
            precondition(chunk.begin == 0 && chunk.end == 1 && chunk.first < 4, "claimed what nobody has opened")
            chunk.publish(1)
            _ = chunk.leave(after: .zero)
        }
    } catch {
        preconditionFailure("\(error)")
    }
}

/// Two small segments as a parent makes them, to be written over.
private final class ForgedSegments {
    let layout = SegmentLayout(workerCapacity: 2, placeCount: 4, inputBytes: bytes, resultBytes: bytes)!
    private let input, result: MemoryFile
    private let inputMapping, resultMapping: Mapping
    private static let nonce: UInt64 = 0x1234_5678_9abc_def0
    private static let bytes = 8192

    init() throws {
        input = try MemoryFile(name: "forged-input", bytes: Self.bytes)
        result = try MemoryFile(name: "forged-result", bytes: Self.bytes)
        inputMapping = try Mapping(input.descriptor.number, bytes: Self.bytes, writable: true)
        resultMapping = try Mapping(result.descriptor.number, bytes: Self.bytes, writable: true)
        try input.seal(futureWrite: true)
        try result.seal(futureWrite: false)

        var header = procession_input_header()
        header.magic = UInt64(PROCESSION_MAGIC)
        header.abi = UInt32(PROCESSION_ABI)
        header.place_count = UInt32(layout.placeCount)
        header.worker_capacity = UInt32(layout.workerCapacity)
        header.queue_count = UInt32(layout.queueCount)
        header.nonce = Self.nonce
        header.parent = UInt64(WorkerIdentity.parentPid())
        header.input_bytes = UInt64(Self.bytes)
        header.result_bytes = UInt64(Self.bytes)
        header.opened = 4 << 1
        // Sound: everything lies inside the two pages, and nobody else has these segments yet.
        unsafe inputMapping.base.storeBytes(of: header, as: procession_input_header.self)
        for place in 0..<layout.placeCount {
            var chunk = procession_chunk()
            chunk.first = UInt64(place)
            chunk.sequence = UInt64(place)
            chunk.end = 1
            let offset = layout.chunksOffset + place * SegmentLayout.line
            unsafe inputMapping.base.storeBytes(of: chunk, toByteOffset: offset, as: procession_chunk.self)
            unsafe inputMapping.base.storeBytes(
                of: UInt32(place), toByteOffset: layout.queueOffset + place * 4, as: UInt32.self)
            let line = unsafe (resultMapping.base + layout.placesOffset + place * SegmentLayout.line)
                .assumingMemoryBound(to: procession_place.self)
            unsafe procession_open(line, 1, 0)
        }
    }

    /// Writes a word where these ten bytes say.
    func overwrite(_ entry: ArraySlice<UInt8>) {
        let fields = Array(entry)
        let place = Int(fields[0]) | Int(fields[1]) << 8
        let word = fields[2...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if place & 0x8000 == 0 {
            // What is behind the queue are descriptors, which only the parent writes.
            let offset = place % (layout.chunksOffset - 7)
            unsafe inputMapping.base.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        } else {
            let offset = (place & 0x7fff) % (Self.bytes - 7)
            unsafe resultMapping.base.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        }
    }

    func attach() throws -> WorkerSegments {
        let signal = dup(0)
        do {
            return try WorkerSegments(
                input: input.descriptor.number, result: result.descriptor.number, signal: signal, worker: 1,
                nonce: Self.nonce)
        } catch {
            // It takes the descriptor over only when it attaches.
            close(signal)
            throw error
        }
    }
}

import CProcessionShims

/// Where the words of the protocol lie, as addresses in somebody's mappings of the two segments: the parent's or a
/// worker's.
///
/// Whoever has it keeps both mappings. A worker's mapping of the input segment is read-only: to store there is a fault.
@safe
struct SegmentWords: @unchecked Sendable {
    @unsafe let header: UnsafeMutablePointer<procession_input_header>
    @unsafe let queue: UnsafeMutablePointer<UInt32>
    @unsafe let resultHeader: UnsafeMutablePointer<procession_result_header>
    private let descriptors: UnsafeMutablePointer<procession_chunk>
    private let workerLines: UnsafeMutablePointer<procession_worker_line>
    private let lines: UnsafeMutablePointer<procession_place>
    private let lastWords: UnsafeMutablePointer<CChar>
    private let layout: SegmentLayout

    /// Sound: the layout is that of the segments, and puts each of these inside its mapping.
    @unsafe
    init(input: UnsafeMutableRawPointer, result: UnsafeMutableRawPointer, _ layout: SegmentLayout) {
        self.layout = layout
        unsafe header = input.assumingMemoryBound(to: procession_input_header.self)
        unsafe queue = (input + layout.queueOffset).assumingMemoryBound(to: UInt32.self)
        unsafe descriptors = (input + layout.chunksOffset).assumingMemoryBound(to: procession_chunk.self)
        unsafe resultHeader = result.assumingMemoryBound(to: procession_result_header.self)
        unsafe workerLines = (result + layout.workersOffset).assumingMemoryBound(to: procession_worker_line.self)
        unsafe lastWords = (result + layout.lastWordsOffset).assumingMemoryBound(to: CChar.self)
        unsafe lines = (result + layout.placesOffset).assumingMemoryBound(to: procession_place.self)
    }

    /// The low half of `opened`, which idle workers sleep on.
    @unsafe var futexWord: UnsafePointer<UInt32> {
        let offset = MemoryLayout<procession_input_header>.offset(of: \.opened)!
        return unsafe (UnsafeRawPointer(header) + offset).assumingMemoryBound(to: UInt32.self)
    }

    @unsafe func descriptor(of place: Int) -> UnsafeMutablePointer<procession_chunk> {
        precondition((0..<layout.placeCount).contains(place))
        return unsafe descriptors + place
    }

    @unsafe func line(of place: Int) -> UnsafeMutablePointer<procession_place> {
        precondition((0..<layout.placeCount).contains(place))
        return unsafe lines + place
    }

    @unsafe func workerLine(_ worker: Int) -> UnsafeMutablePointer<procession_worker_line> {
        precondition((0..<layout.workerCapacity).contains(worker))
        return unsafe workerLines + worker
    }

    /// What a worker has said last. It writes there itself; the parent reads and clears it when the worker is reaped.
    @unsafe func lastWords(of worker: Int) -> UnsafeMutableBufferPointer<CChar> {
        precondition((0..<layout.workerCapacity).contains(worker))
        return unsafe UnsafeMutableBufferPointer(
            start: lastWords + worker * SegmentLayout.lastWordsBytes, count: SegmentLayout.lastWordsBytes)
    }

    /// The low half of a place's answer, which a worker sleeps on that waits there for room.
    @unsafe static func answerWord(of descriptor: UnsafePointer<procession_chunk>) -> UnsafePointer<UInt32> {
        let offset = MemoryLayout<procession_chunk>.offset(of: \.answer)!
        return unsafe (UnsafeRawPointer(descriptor) + offset).assumingMemoryBound(to: UInt32.self)
    }
}

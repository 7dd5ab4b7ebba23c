import ProcessionSegment

/// The run of some calls: takes them when it begins, lays them out, and tells each its result.
final class CallBatch: RecordSource {
    private let desk: CallDesk
    private let memory: SharedMemory
    private var window: StreamWindow
    private(set) var calls: [SingleCall] = []
    /// Calls that were laid out.
    private var laidOut = 0
    private(set) var hasTaken = false

    init(_ desk: CallDesk, _ shape: StreamShape, in memory: SharedMemory) {
        self.desk = desk
        self.memory = memory
        window = StreamWindow(shape, bytes: StreamWindow.smallWindow, workers: 1, memory: memory)
    }

    /// Takes the calls, and returns one of them, which are all of one function. Throws when nobody waits any more.
    func takeCalls() throws -> SingleCall {
        calls = desk.take()
        hasTaken = true
        guard let first = calls.first else { throw CancellationError() }
        return first
    }

    var remaining: Int? { calls.count - laidOut }
    var meter: Meter? { window.meter }
    var overflowLimit: Int { .max }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int { window.overflowEstimate(records: records) }

    func next(limit: Int) throws -> Supply {
        if laidOut == 0 { desk.learn(limit) }
        guard laidOut < calls.count,
            var input = try window.room(limit: min(limit, calls.count - laidOut))
        else { return laidOut < calls.count ? .notNow(nil) : .end }
        repeat {
            try calls[laidOut].append(to: &input)
            laidOut += 1
        } while !input.isComplete() && laidOut < calls.count
        return .chunk(try window.chunk(input))
    }

    func drain(_ chunk: Chunk) throws {
        var results = window.results(of: chunk)
        var item = chunk.firstRecord
        while let piece = results.next() {
            switch piece {
            case .failure(let failure):
                calls[item].end(.failure(failure))
                item += 1
            case .results(let items, let slotOffset, let overflowBytes):
                let reader = memory.segments.resultReader.slots.allowing(overflowBytes)
                for offset in items {
                    let slot = slotOffset + offset * window.shape.slotStride
                    calls[item].end(.success(CallResult(chunk: results, slot: slot, reader: reader)))
                    item += 1
                }
            }
        }
    }

    func flush() {}
}

import Procession
import ProcessionRecords
import ProcessionSegment

/// The function of the command line: maps the records of a chunk of text by the run's plan.
///
/// A record's text goes to the chunk's overflow bytes, one behind the other, so that the parent writes out a chunk in
/// one piece; its slot says where each of its texts ends.
struct RecordFunction: _ChunkFunction {
    /// Bytes of a slot for a plan: one end per text.
    static func slotStride(_ plan: RecordPlan) -> Int { plan.outputsPerRecord * MemoryLayout<Int>.size }

    static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        let desk = (worker.local as? MapperDesk) ?? MapperDesk(for: chunk)
        worker.local = desk
        let source = chunk
        source.withText { map($0, &chunk, desk) }
    }

    private static func map(_ text: Span<UInt8>, _ chunk: inout _ClaimedChunk, _ desk: MapperDesk) {
        // Held by this function alone, for what an object holds is checked for conflicting access at every record.
        var mapper = desk.mapper.take()!
        var ends = [Int](repeating: 0, count: desk.slotStride / MemoryLayout<Int>.size)
        defer { desk.mapper = mapper }
        var columnEnds = ends.mutableSpan
        var position = 0
        for _ in 0..<chunk.begin { mapper.skip(text, at: &position) }
        var item = chunk.begin
        while item < chunk.end {
            let begin = position
            let start = chunk.overflowUsed
            var writer = chunk.output.freeBytes()
            let failure = mapper.map(
                text, at: &position, index: UInt64(chunk.first + item), into: &writer, columnEnds: &columnEnds)
            if writer.isFull {
                guard waitForRoom(writer.wanted, &chunk, &item, &position, begin) else { return }
                continue
            }
            chunk.output.take(writer.wanted)
            var slot = chunk.slotOffset + item * desk.slotStride
            for text in columnEnds.indices {
                chunk.store(start + columnEnds[text], at: slot)
                slot = slot + MemoryLayout<Int>.size
            }
            if let failure {
                if let reason = desk.surrender {
                    return chunk.abort(item, reason, because: .systemRefused)
                }
                chunk.fail(item, failure.message)
                if chunk.output.isFull {
                    guard waitForRoom(writer.wanted, &chunk, &item, &position, begin) else { return }
                    continue
                }
            }
            item += 1
            chunk.publish(item)
        }
    }

    /// Waits for room for an item, which is then made once more from its text, by this worker: a column's function has
    /// no other effect. An item too large for any room has failed. False when the chunk was taken back.
    @inline(never)
    private static func waitForRoom(
        _ count: Int, _ chunk: inout _ClaimedChunk, _ item: inout Int, _ position: inout Int, _ begin: Int
    ) -> Bool {
        chunk.output.refuse(count)
        guard chunk.waitForRoom() else { return false }
        if chunk.begin == item { position = begin } else { item += 1 }
        return true
    }
}

/// What a worker keeps from chunk to chunk.
private final class MapperDesk: WorkerLocal {
    var mapper: RecordMapper?
    private let commands: CommandDesk?
    private let libraries: LibraryDesk?
    let slotStride: Int

    /// Why the run cannot go on.
    var surrender: String? { commands?.surrender ?? libraries?.surrender }

    func finish() -> LastWord {
        libraries?.end()
        return .fine
    }

    /// The plan lies in the bytes that the run shares. The parent has made it.
    init(for chunk: borrowing _ClaimedChunk) {
        do {
            let plan = try chunk.withContext { bytes throws(PlanError) in try MapperPlan(encoded: bytes) }
            commands = plan.records.runsCommands ? try CommandDesk(plan.records, plan.commands) : nil
            libraries = plan.records.callsLibraries ? LibraryDesk(plan.records) : nil
            mapper = try RecordMapper(plan: plan.records, starter: commands, libraries: libraries?.loaded)
            slotStride = RecordFunction.slotStride(plan.records)
        } catch {
            preconditionFailure("the parent sent a plan that no worker can follow: \(error)")
        }
    }
}

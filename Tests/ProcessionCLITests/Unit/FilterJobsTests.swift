import CProcessionShims
import Glibc
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem
import Testing

@testable import ProcessionCLI

/// Answers on their way to the records of the chunks that a worker holds.
@Suite struct FilterJobsTests {
    /// A chunk of these records, as a worker claims it, and what it lies in; this process is both sides.
    private func claimed(_ records: [String]) throws -> (chunk: _ClaimedChunk, ParentSegments, WorkerSegments) {
        let layout = try #require(
            SegmentLayout(workerCapacity: 1, placeCount: 2, inputBytes: 1 << 20, resultBytes: 1 << 20))
        let parent = try ParentSegments(layout: layout)
        let writer = parent.inputWriter
        writer.store(
            UInt64(WorkerIdentity.parentPid()), at: MemoryLayout<procession_input_header>.offset(of: \.parent)!)
        let text = Array(records.map { $0 + "\n" }.joined().utf8)
        let (input, results) = (layout.inputData.lowerBound, layout.resultData.lowerBound)
        writer.store(bytes: text.span, at: input.bytes)
        parent.open(
            place: 0, generation: 1, sequence: 0,
            ChunkDescriptor(
                run: RunTag(number: 1, descriptor: _InputOffset(bytes: 0)), first: 0, items: 0..<records.count,
                keyOffset: nil, input: input..<input + text.count,
                slotOffset: results, overflow: results + 4096..<results + 8192))
        let bell = try EventCounter()
        let worker = try WorkerSegments(
            input: parent.descriptors[0], result: parent.descriptors[1], signal: dup(bell.descriptor.number), worker: 0,
            nonce: parent.nonce)
        return (try #require(worker.claimNow()), parent, worker)
    }

    /// Two chunks, of which the second begins with a record that is never sent.
    @Test func answersBehindARecordThatIsNotSentAreTakenAtOnce() throws {
        let plan = try RecordPlan(input: .ndjson, .filter, value: "v")
        var mapper = try RecordMapper(plan: plan)
        var jobs = FilterJobs()
        let claims = try [[#"{"v":"a"}"#], [#"{"v":"a\nb"}"#, #"{"v":"c"}"#]].map(claimed)
        defer { withExtendedLifetime(claims) {} }
        for claim in claims {
            jobs.append(FilterJob(claim.chunk, &mapper, linesAreRecords: false, isTagged: false, substitute: []))
        }
        var sent: [UInt8] = []
        while !jobs.isSent {
            _ = jobs.send(atMost: nil) { lines in
                for place in lines.indices { sent.append(lines[place]) }
                return lines.count
            }
        }
        #expect(String(decoding: sent, as: UTF8.self) == "a\nc\n")
        let taken = jobs.takeAnswers(Array("A\nC\n".utf8).span)
        #expect(taken.bytes == 4 && taken.answers == 2)
    }
}

import ProcessionRecords

/// How far a run has come: between which two records it stands, and what it has made of those before.
struct RunPosition: Equatable {
    /// Where the input goes on.
    var border = RecordSplitter.Border()
    /// The check sum of the input before that.
    var inputSum = CRC64()
    /// Records that are done, and how many of them failed.
    var records = 0
    var failed = 0
    /// Where the output of these ends.
    var output = OutputFileOffset(bytes: 0)
}

/// The ends of the chunks that are under way, in order: the places at which another run could go on.
///
/// The end of a chunk is first *cut*, then *accepted* when the output of all before it is, then *written* with that.
struct Trail {
    private struct End {
        let records: Int
        let border: RecordSplitter.Border
        let inputSum: CRC64
    }

    private var cut: [End] = []
    private var accepted: [RunPosition] = []
    private(set) var written: RunPosition

    init(from start: RunPosition) { written = start }

    /// A chunk was cut off the input: `records` are cut by now, up to `border`.
    mutating func cut(records: Int, border: RecordSplitter.Border, inputSum: CRC64) {
        cut.append(End(records: records, border: border, inputSum: inputSum))
    }

    /// The output of a chunk, or of a part of one, was accepted: `records` are done by now.
    mutating func accept(records: Int, failed: Int, output: OutputFileOffset) {
        guard let end = cut.first, end.records == records else { return }
        cut.removeFirst()
        accepted.append(
            RunPosition(
                border: end.border, inputSum: end.inputSum, records: records, failed: failed, output: output))
    }

    /// The output is written so far.
    mutating func settle(_ output: OutputFileOffset) {
        guard let last = accepted.lastIndex(where: { $0.output <= output }) else { return }
        written = accepted[last]
        accepted.removeSubrange(...last)
    }
}

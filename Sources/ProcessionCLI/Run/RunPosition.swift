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
    /// Bytes of output that these have made.
    var outputBytes = 0
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
    mutating func accept(records: Int, failed: Int, outputBytes: Int) {
        guard let end = cut.first, end.records == records else { return }
        cut.removeFirst()
        accepted.append(
            RunPosition(
                border: end.border, inputSum: end.inputSum, records: records, failed: failed, outputBytes: outputBytes))
    }

    /// So much output is written.
    mutating func settle(_ outputBytes: Int) {
        guard let last = accepted.lastIndex(where: { $0.outputBytes <= outputBytes }) else { return }
        written = accepted[last]
        accepted.removeSubrange(...last)
    }
}

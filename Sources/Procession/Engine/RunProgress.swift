import ProcessionSegment

/// How far a run has come at a moment: what was taken in order, and what is finished behind that.
package struct RunProgress: Hashable, Sendable {
    /// Records whose results were taken, failures included.
    package var records = 0
    package var failed = 0
    /// All records that are finished, taken or not, and their bytes of input.
    package var finished = 0
    package var finishedBytes = 0
    /// The index of the first record that is not finished: what all behind it wait for. Nil when none was handed out.
    package var head: Int?
    /// Records behind it that are finished.
    package var behind = 0
    /// Records that were handed out.
    package var handedOut = 0
    /// All records of the run, if that is known.
    package var total: Int?

    package init() {}
}

/// Says how far a run has come, whenever it is asked: from inside of its steps, too.
package struct RunWatch {
    private let chunks: ChunkList
    private let segments: ParentSegments

    init(_ chunks: ChunkList, _ segments: ParentSegments) {
        self.chunks = chunks
        self.segments = segments
    }

    /// It asks shared memory, and is as far off as workers get meanwhile.
    package var progress: RunProgress {
        let drained = chunks.drained
        var progress = RunProgress()
        progress.records = drained.records
        progress.failed = drained.failed
        progress.finished = drained.records
        progress.finishedBytes = drained.inputBytes
        progress.handedOut = drained.records
        for chunk in chunks.all {
            let done = finishedItems(of: chunk)
            progress.finished += done
            progress.handedOut += chunk.items.count
            progress.finishedBytes += chunk.input.count * done / max(chunk.items.upperBound, 1)
            if progress.head != nil {
                progress.behind += done
            } else if done < chunk.items.count {
                progress.head = chunk.first + chunk.items.lowerBound + done
            }
        }
        return progress
    }

    private func finishedItems(of chunk: Chunk) -> Int {
        guard case .open(let place) = chunk.state else {
            return chunk.isDrainable ? chunk.items.count : 0
        }
        // A worker may have written anything there.
        let done = Int(clamping: segments.look(at: place, generation: 0).done) - chunk.items.lowerBound
        return min(max(done, 0), chunk.items.count)
    }
}

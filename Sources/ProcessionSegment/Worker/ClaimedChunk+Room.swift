import CProcessionShims
import ProcessionSystem

/// More room for results that have outgrown theirs.
///
/// The parent alone hands out memory. A worker whose result does not fit keeps it, waits, and stores it again where the
/// parent says, so that no record is mapped twice:
///
///     store(result)
///     while chunk.output.isFull {
///         guard chunk.waitForRoom() else { return }   // the chunk is not ours any more: neither publish nor leave it
///         guard chunk.begin == item else { break }    // the item was too large for any room and has failed: go on
///         behind it store(result)
///     }
///
/// Who works at several chunks may wait with any of them while it holds the others; time limits do not run meanwhile.
/// What is not asked for by storing it, but known in bytes, is asked for by `output.refuse(bytes)`.
extension _ClaimedChunk {
    /// Waits until the parent has made room for the item at `done`: as much as `output` was asked for, or more. False
    /// when it has taken the chunk back.
    ///
    /// Everything below `done` is the parent's from now on. The chunk goes on with an `overflow` of its own, of which
    /// nothing is used; of the item at `done` nothing is stored in it.
    @inline(never)
    public mutating func waitForRoom() -> Bool {
        let before = unsafe procession_load_answer(descriptor)
        giveBack()
        faultPoint("wanting")
        unsafe procession_store_once(&line.pointee.overflow_used, UInt64(overflowUsed))
        if unsafe procession_ask(header, line, generation) != 0 { unsafe segments.signalParent() }
        faultPoint("waiting")
        let answer = answer(otherThan: before)
        faultPoint("answered")
        guard answer & 0xffff == UInt64(PROCESSION_CLAIMED) + UInt64(unsafe segments.worker) else {
            wasHandedOver = true
            return false
        }
        goOn(under: answer >> 16)
        return true
    }

    /// Records that an item failed, and waits where there is no room for that. False when the chunk was taken back.
    @inline(never)
    public mutating func fail(_ item: Int, waitingForRoom reason: String) -> Bool {
        fail(waitingForRoom: FailureEntry(item: item, reason: reason))
    }

    /// The same with what was thrown.
    @inline(never)
    package mutating func fail(waitingForRoom entry: FailureEntry) -> Bool {
        fail(entry)
        while output.isFull {
            guard waitForRoom() else { return false }
            guard begin == entry.item else { break }
            fail(entry)
        }
        return true
    }

    /// Records that an item's result lies deeper in itself than a reader goes. False when the chunk was taken back.
    @inline(never)
    public mutating func failTooDeep(_ item: Int) -> Bool {
        output.refill(output.free)
        let most = _SlotReader.deepest
        return fail(item, waitingForRoom: "its result has more than \(most) values of fields inside of each other")
    }

    /// Sleeps until the parent has answered.
    private func answer(otherThan before: UInt64) -> UInt64 {
        let word = unsafe SegmentWords.answerWord(of: descriptor)
        while true {
            let answer = unsafe procession_load_answer(descriptor)
            guard answer == before else { return answer }
            // Sound: the low half of a word in the input segment's mapping. Two answers that differ in their high half
            // alone lie 65,536 generations apart; should they meet, the wait has a bound.
            unsafe _ = Futex.wait(
                word, expecting: UInt32(truncatingIfNeeded: before), timeout: .milliseconds(500))
        }
    }

    /// The line is ours again, under a new generation.
    private mutating func goOn(under generation: UInt64) {
        let chunk = unsafe ChunkDescriptor(from: descriptor)
        self.generation = generation
        begin = chunk.begin
        overflow = chunk.overflow
        output.refill(Range(chunk.overflow))
        failure = 0
        claimedAt = .now
    }
}

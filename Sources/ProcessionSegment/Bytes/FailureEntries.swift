import CProcessionShims

// Failed items as they lie in shared memory, and both ways through that form: how a worker writes them, and what the
// parent takes from them.
//
// An entry is a `procession_failure` with the text of the reason behind it, and with what was thrown where that is a
// slot value, at the far end of the chunk's overflow bytes, so that an item that succeeds pays nothing for those that
// do not. Entries are linked from the newest, which the place's line names, to the oldest. A link is 1 + the entry's
// offset in the overflow bytes; 0 links to none.

/// Why an item failed, as its worker has said.
package struct FailureEntry: Hashable, Sendable {
    package let item: Int
    package let reason: String
    /// What was thrown, where it is a slot value.
    package let value: StoredValue?

    package init(item: Int, reason: String, value: StoredValue? = nil) {
        self.item = item
        self.reason = reason
        self.value = value
    }

    /// The longest reason that is kept, in bytes.
    package static let longestReason = 4096
    fileprivate static var headerBytes: Int { MemoryLayout<procession_failure>.size }
}

extension _SlotWriter {
    /// Appends an entry to those that end with `newest`, and returns the link to it. Nil when there is no room: the
    /// output is full now, as it is by a result.
    mutating func appendFailure(
        _ entry: FailureEntry, to newest: UInt64, in overflow: Range<_ResultOffset>
    ) -> UInt64? {
        let text = entry.reason.utf8.span
        let count = min(text.count, FailureEntry.longestReason)
        let type = entry.value?.type ?? ""
        let bytes = entry.value?.bytes ?? []
        let size = FailureEntry.headerBytes + count + type.utf8.count + bytes.count
        guard let offset = reserveAtEnd(size) else { return nil }
        store(
            procession_failure(
                item: UInt64(entry.item), previous: newest, count: UInt64(count), type_count: UInt64(type.utf8.count),
                value_count: UInt64(bytes.count)), at: offset)
        store(bytes: text.extracting(first: count), at: offset + FailureEntry.headerBytes)
        store(bytes: type.utf8.span, at: offset + FailureEntry.headerBytes + count)
        store(bytes: bytes.span, at: offset + size - bytes.count)
        return UInt64(offset - overflow.lowerBound.bytes) + 1
    }
}

/// The failed items of a chunk, in order: the first of them with their reasons, as many as are wanted, and the others.
package struct FailureEntries: Hashable, Sendable {
    package private(set) var named: [FailureEntry] = []
    package private(set) var others: [Int] = []

    /// Those of `items` below `done`, when that is what a worker writes: each entry inside of the overflow bytes,
    /// behind the one that was written after it, and of a smaller item. So the walk ends whatever the memory says, and
    /// no text is taken twice. Otherwise nil.
    package init?(
        endingWith newest: UInt64, in overflow: Range<_ResultOffset>?, of items: Range<Int>, below done: Int,
        naming most: Int, from reader: SegmentReader<_ResultSegment>
    ) {
        guard newest != 0 else { return }
        guard let overflow else { return nil }
        var found: [(item: Int, text: Range<_ResultOffset>, type: Range<_ResultOffset>, value: Range<_ResultOffset>)] =
            []
        var link = newest
        var bound = items.upperBound
        var free = 0
        while link != 0 {
            guard let offset = Int(exactly: link - 1), offset >= free,
                offset <= overflow.count - FailureEntry.headerBytes
            else { return nil }
            let entry = reader.load(at: overflow.lowerBound + offset, as: procession_failure.self)
            let start = offset + FailureEntry.headerBytes
            guard let item = Int(exactly: entry.item), items.lowerBound <= item, item < bound,
                let count = Int(exactly: entry.count), count <= overflow.count - start,
                let typeCount = Int(exactly: entry.type_count), typeCount <= overflow.count - start - count,
                let valueCount = Int(exactly: entry.value_count),
                valueCount <= overflow.count - start - count - typeCount
            else { return nil }
            let text = overflow.lowerBound + start..<overflow.lowerBound + start + count
            let type = text.upperBound..<text.upperBound + typeCount
            // An entry at or above `done` belongs to an item that was not published any more.
            if item < done { found.append((item, text, type, type.upperBound..<type.upperBound + valueCount)) }
            bound = item
            free = start + count + typeCount + valueCount
            link = entry.previous
        }
        found.reverse()
        named = found.prefix(most).map { failure in
            FailureEntry(
                item: failure.item, reason: reader.text(failure.text),
                value: failure.type.isEmpty
                    ? nil : StoredValue(type: reader.text(failure.type), bytes: reader.bytes(failure.value)))
        }
        others = found.dropFirst(most).map(\.item)
    }
}

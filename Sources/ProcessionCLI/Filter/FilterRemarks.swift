import Procession
import ProcessionSystem

/// What is said of a filter: to people, to the parent when the worker leaves, and of a record without an answer.
struct FilterRemarks {
    /// What the worker says when it leaves.
    private(set) var lastWord = LastWord.fine
    private var shortage = MemoryShortage()

    /// Says something of the filter that has harmed no record, once.
    mutating func note(_ text: String) {
        if lastWord == .fine { complain("the filter \(text)") }
        lastWord.include(.failed)
    }

    /// Notes an end that is none of a filter which is content.
    mutating func noteEnd(_ ending: Ending) {
        if ending != .exited(0), ending != .statusLost { note("\(ending) after its last answer") }
    }

    mutating func noteKill(after what: String) {
        note("was killed, because it went on for \(FilterPace.patienceAtEnd) after \(what)")
    }

    /// Lines that nobody asked for have come when all was answered.
    mutating func noteSurplus() {
        complain("the filter answered more lines than it was sent records; it must answer one line for each")
        lastWord.include(.broken)
    }

    /// Why the record that the filter was at has failed.
    mutating func reason(_ end: FilterBook.End) -> String {
        switch end.limit {
        case .time(let limit): return "no answer in \(limit), filter killed"
        case .memory(let limit): return "more than \(byteText(limit)) of memory taken, filter killed"
        case nil: break
        }
        if end.ending == .exited(0) {
            return "its filter ended without an answer to it; it must answer exactly one line for each record"
        }
        return "its filter \(end.ending)" + (end.ending.isKill && shortage.hasKilled() ? MemoryShortage.hint : "")
    }

    static func tooMany(from record: Int) -> String {
        "the filter answered more lines than it was sent records, at record \(record) or later; "
            + "it must answer exactly one line for each"
    }
}

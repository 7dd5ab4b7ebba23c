/// Cuts input into whole records, and counts them; the one place where syntax errors are found.
///
/// The caller shows it bytes, forgets what a cut consumed, and shows the rest again with more behind it. Where the
/// bytes happen to be divided never shows in the records, and no byte is looked at again because more have come. When
/// something is wrong, the records before it are cut first: the error comes with the cut that would begin at the bad
/// record.
package struct RecordSplitter {
    /// What a piece of input gave.
    package struct Cut: Equatable, Sendable {
        /// The bytes that hold the records and nothing else but what lies between them.
        package var records: Range<Int>
        /// How many records these are.
        package var count: Int
        /// The bytes to be forgotten.
        package var consumed: Int
        /// The line on which the records begin, counted from 1, and their offset.
        package var line = 0
        package var offset = InputFileOffset(bytes: 0)
        /// Whether the input is at its end, and complete.
        package var isEnd: Bool
    }

    /// A place between two records, and all that is needed to go on from there in the same input, but for its header.
    package struct Border: Equatable, Sendable {
        /// The line of the next byte, counted from 1.
        package var line = 1
        /// The offset of the next byte, counted from 0.
        package var offset = InputFileOffset(bytes: 0)
        /// What may stand there.
        package var place = Place.start

        package init() {}

        /// Where records begin.
        package init(line: Int, offset: InputFileOffset) {
            self.line = line
            self.offset = offset
            place = .first
        }
    }

    package enum Place: UInt8, Sendable {
        /// Before anything was read.
        case start
        /// Where a record begins, or the end of all may stand.
        case first
        /// Behind a comma, where only a record can stand.
        case next
        /// Behind a record, before a comma or the end of the object.
        case after
        /// Behind the end of the object.
        case end
    }

    let format: RecordFormat
    /// Whether records are cut off unread, because whoever maps them judges them.
    let isUnread: Bool
    /// Between which records the splitter stands: before the next byte that is not consumed.
    ///
    /// To go on from a border of an earlier run, let the header be seen first where the format has one.
    package var border = Border()
    /// What is known of the record behind what was consumed, whose end has not come. JSON members: the checker's.
    struct Unfinished {
        /// Bytes of it that were looked at.
        var seen = 0
        /// Where its last field begins, and which one that is.
        var field = 0
        var fields = 1
        /// Bytes in which nothing stands but ends of lines.
        var blank = 0
    }

    var unfinished = Unfinished()
    var checker = JSONChecker()
    let rows: RowScanner
    var fieldCount = 0
    /// The header row of a CSV or TSV input with its line ending, once it was seen.
    package internal(set) var header: [UInt8]?

    package init(plan: RecordPlan) { self.init(format: plan.input, isUnread: plan.recordsAreCutUnread) }

    /// - Parameter isUnread: Whether records of NDJSON and rows are cut off unread.
    package init(format: RecordFormat, isUnread: Bool = false) {
        self.format = format
        self.isUnread = isUnread
        rows = RowScanner(format: format)
    }

    /// Cuts off the whole records at the front of `bytes`, but no more than `limit`.
    ///
    /// `atEnd` says that no byte will follow. Then every cut makes progress, is the end, or throws; before, a cut of no
    /// records asks for more bytes.
    package mutating func cut(_ bytes: Span<UInt8>, limit: Int, atEnd: Bool) throws(RecordSyntaxError) -> Cut {
        var cut = Cut(records: 0..<0, count: 0, consumed: 0, isEnd: false)
        if place == .start, border.offset.bytes == 0 {
            switch ForeignInput.look(at: bytes, as: format, atEnd: atEnd) {
            case .text: break
            case .unknown: return cut
            case .foreign(let input):
                throw RecordSyntaxError(message: input.description, line: 1, offset: border.offset, foreign: input)
            }
        }
        do throws(ScanStop) {
            if place == .start { try open(bytes, atEnd: atEnd, into: &cut) }
            switch format {
            case .ndjson where isUnread: try cutUnreadObjects(bytes, limit: limit, atEnd: atEnd, into: &cut)
            case .csv where isUnread, .tsv where isUnread:
                try cutUnreadRows(bytes, limit: limit, atEnd: atEnd, into: &cut)
            case .lines: cutLines(bytes, limit: limit, atEnd: atEnd, into: &cut)
            case .csv, .tsv: try cutRows(bytes, limit: limit, atEnd: atEnd, into: &cut)
            case .ndjson: try cutObjects(bytes, limit: limit, atEnd: atEnd, into: &cut)
            case .json: try cutMembers(bytes, limit: limit, atEnd: atEnd, into: &cut)
            }
        } catch {
            if cut.count == 0 {
                switch error {
                case .wrong(let position, let message): throw syntaxError(message, at: position, in: bytes)
                case .needMore where atEnd: throw syntaxError(missingEnd, at: bytes.count, in: bytes)
                case .needMore: break
                }
            }
        }
        let isComplete = format != .json || place == .end
        cut.isEnd = atEnd && cut.consumed == bytes.count && isComplete
        cut.offset = border.offset + cut.records.lowerBound
        if format == .lines || format == .ndjson && isUnread {
            cut.line = border.line
            let isOpen = cut.count > 0 && bytes[cut.consumed - 1] != UInt8(ascii: "\n")
            border.line += cut.count - (isOpen ? 1 : 0)
        } else {
            cut.line = border.line + newlines(in: bytes, before: cut.records.lowerBound)
            border.line += newlines(in: bytes, before: cut.consumed)
        }
        border.offset += cut.consumed
        return cut
    }

    /// Passes a byte order mark where the format is a document of text, and the header row of a table.
    private mutating func open(_ bytes: Span<UInt8>, atEnd: Bool, into cut: inout Cut) throws(ScanStop) {
        // Where the header row is long, or its end is not there yet, this is asked again behind a mark that was passed.
        if format != .lines, border.offset.bytes == 0 {
            let mark = byteOrderMark
            let isBeginning = bytes.count < mark.count && holds(bytes, in: mark.span, at: 0)
            if isBeginning, !atEnd { throw .needMore }
            if holds(mark.span, in: bytes, at: 0) { cut.consumed = mark.count }
        }
        switch format {
        case .lines, .ndjson: break
        case .csv, .tsv: try takeHeader(bytes, atEnd: atEnd, into: &cut)
        case .json:
            cut.consumed = afterJSONSpace(bytes, from: cut.consumed)
            guard cut.consumed < bytes.count else { throw .needMore }
            guard bytes[cut.consumed] == UInt8(ascii: "{") else {
                throw .wrong(at: cut.consumed, "a JSON object was expected")
            }
            cut.consumed += 1
        }
        place = .first
    }

    var place: Place {
        get { border.place }
        set { border.place = newValue }
    }

    /// What to say when the input ends too early.
    private var missingEnd: String {
        switch (format, place) {
        case (.csv, .start), (.tsv, .start): "the input is empty where a header row was expected"
        case (.json, .start): "the input ends where a JSON object was expected"
        case (.ndjson, _): "the input ends inside a JSON object"
        default: "the input ends before its JSON object does"
        }
    }

    private func syntaxError(_ message: String, at position: Int, in bytes: Span<UInt8>) -> RecordSyntaxError {
        let lines = newlines(in: bytes, before: position)
        return RecordSyntaxError(message: message, line: border.line + lines, offset: border.offset + position)
    }
}

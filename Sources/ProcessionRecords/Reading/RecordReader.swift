import ProcessionBytes

/// Finds the parts of one record after another in a chunk's bytes; writes nothing. JSON was checked before; rows are
/// checked here.
struct RecordReader {
    /// Where a column's field is found.
    enum Source {
        /// The value itself.
        case value
        /// The field at this place in the row.
        case place(Int)
        /// The member of this name, by its place in `names`.
        case member(Int)
    }

    private let format: RecordFormat
    private var rowReader: RowReader
    private let keyName: FieldName
    private let keyPlace: Int
    /// Where the fields of each column are found, then the one that a filter is sent, if it is sent one.
    let sources: [Source]
    /// The members that are looked up, each once.
    private let names: [FieldName]
    /// The same, and behind them the key's.
    private let wanted: Pieces
    /// Those that columns are to be appended as, and so must not be there, by their places in `names`.
    private let newNames: [Int]

    /// The record as it was written, without its newline.
    private(set) var whole = 0..<0
    /// Whether a newline ended the record.
    private(set) var isTerminated = true
    /// Every field of a row.
    private(set) var fields: [Field]
    /// The row without its line ending.
    var row: Range<Int> {
        guard let last = fields.last else { return whole }
        return whole.lowerBound..<last.range.upperBound + (last.form == .plain ? 0 : 1)
    }
    /// The members of an object with what lies between them, but without its braces.
    private(set) var members = 0..<0
    private var foundKey: Range<Int>?
    private var value = 0..<0
    private var found: [Range<Int>?]

    init(plan: RecordPlan) throws(PlanError) {
        if plan.input.isTable, plan.header.isEmpty { throw PlanError("the header row is not known yet") }
        // What goes to a filter as it is has no members to be found.
        format = plan.answersAreOutput && plan.input == .ndjson && plan.sent != .value ? .lines : plan.input
        keyName = plan.keyName
        let fieldNames = plan.fieldNames
        rowReader = RowReader(format: plan.input)
        fields = Array(repeating: Field(range: 0..<0, form: .plain), count: fieldNames.count)
        keyPlace = plan.input.isTable && plan.key != nil ? try plan.place(of: keyName, in: fieldNames) : 0
        var names: [FieldName] = []
        sources = try plan.sources.map { name throws(PlanError) in
            guard let name else { return plan.input.isTable ? .place(1) : .value }
            if plan.input.isTable { return .place(try plan.place(of: name, in: fieldNames)) }
            return .member(Self.place(of: name, in: &names))
        }
        let isExtended = plan.layout == .appended && plan.input == .ndjson
        newNames = isExtended ? plan.columnNames.map { Self.place(of: $0, in: &names) } : []
        self.names = names
        wanted = Pieces(names.map(\.bytes) + [keyName.bytes])
        found = Array(repeating: nil, count: names.count)
    }

    private static func place(of name: FieldName, in names: inout [FieldName]) -> Int {
        if let place = names.firstIndex(of: name) { return place }
        names.append(name)
        return names.endIndex - 1
    }

    /// Moves behind the record at `position` without reading more of it than is needed for that.
    mutating func skip(_ bytes: Span<UInt8>, at position: inout Int) {
        guard format == .ndjson else { return _ = read(bytes, at: &position) }
        position = Self.afterLine(bytes, from: position)
    }

    /// Reads the record at `position` and moves behind it. False where that is no row of the table; all other records
    /// were checked before.
    mutating func read(_ bytes: Span<UInt8>, at position: inout Int) -> Bool {
        switch format {
        case .lines: readLine(bytes, at: &position)
        case .csv, .tsv: return readRow(bytes, at: &position)
        case .ndjson:
            readLine(bytes, at: &position)
            readMembers(bytes, ofObjectAt: afterJSONSpace(bytes, from: whole.lowerBound))
        case .json: readMember(bytes, at: &position)
        }
        return true
    }

    /// Whether records have no key but their number.
    var hasNoKeys: Bool { format == .lines }

    // What reads and changes nothing is mutating all the same: else whoever holds the reader in a variable copies it whole
    // for the call.

    /// The record's key; lines have none but their number.
    mutating func key(_ bytes: Span<UInt8>) throws(ValueFailure) -> Field {
        if format.isTable { return fields[keyPlace] }
        if format == .lines { throw ValueFailure("a line has no key") }
        guard let foundKey else { throw missing(keyName, fromObjectAt: members.lowerBound - 1, bytes) }
        return Field(range: foundKey, form: .json)
    }

    /// Whether a member has the name of a column that is to be appended.
    func isTaken(column: Int) -> Bool { found[newNames[column]] != nil }

    /// Refuses to append a column to an object that has a member of its name.
    mutating func refuseTakenNames() throws(ValueFailure) {
        guard let place = newNames.first(where: { found[$0] != nil }) else { return }
        throw ValueFailure("the record has a field \(names[place]) already; give the column another name")
    }

    /// The field that a column works on.
    @inline(__always)
    mutating func field(from source: Source, _ bytes: Span<UInt8>) throws(ValueFailure) -> Field {
        switch source {
        case .value: return Field(range: value, form: format == .json ? .json : .plain)
        case .place(let place): return fields[place]
        case .member(let place):
            guard let range = found[place] else { throw missing(place, bytes) }
            return Field(range: range, form: .json)
        }
    }

    @inline(never)
    private func missing(_ place: Int, _ bytes: Span<UInt8>) -> ValueFailure {
        if format == .json, bytes[value.lowerBound] != UInt8(ascii: "{") {
            return ValueFailure("the value is no object, so it has no field \(names[place])")
        }
        let object = format == .json ? value.lowerBound : members.lowerBound - 1
        return missing(names[place], fromObjectAt: object, bytes)
    }

    private func missing(_ name: FieldName, fromObjectAt start: Int, _ bytes: Span<UInt8>) -> ValueFailure {
        var others: [FieldName] = []
        var next = JSONMember.first(bytes, ofObjectAt: start)
        while let member = next {
            if let name = member.text(bytes) { others.append(FieldName(name)) }
            next = member.next(bytes)
        }
        // So they are called where nobody has named them.
        let way = name == "key" ? "; --key names the key" : name == "value" ? "; --value names the field to map" : ""
        return ValueFailure("the record has no field \(name)\(name.compositionHint(among: others))\(way)")
    }

    /// The position behind the line that begins at `position`, and behind its newline.
    static func afterLine(_ bytes: Span<UInt8>, from position: Int) -> Int {
        min(find(UInt8(ascii: "\n"), in: bytes, from: position) + 1, bytes.count)
    }

    private mutating func readLine(_ bytes: Span<UInt8>, at position: inout Int) {
        let end = find(UInt8(ascii: "\n"), in: bytes, from: position)
        whole = position..<end
        value = whole
        isTerminated = end < bytes.count
        position = min(end + 1, bytes.count)
    }

    /// False where what stands there is no row of the table.
    private mutating func readRow(_ bytes: Span<UInt8>, at position: inout Int) -> Bool {
        let start = position
        let isRow = rowReader.read(bytes, at: &position, into: &fields)
        isTerminated = position > start && bytes[position - 1] == UInt8(ascii: "\n")
        whole = start..<(isTerminated ? position - 1 : position)
        return isRow
    }

    /// The position of the member's name, behind white space and a comma.
    static func startOfMember(_ bytes: Span<UInt8>, from position: Int) -> Int {
        let start = afterJSONSpace(bytes, from: position)
        return bytes[start] == UInt8(ascii: ",") ? afterJSONSpace(bytes, from: start + 1) : start
    }

    private mutating func readMember(_ bytes: Span<UInt8>, at position: inout Int) {
        position = Self.startOfMember(bytes, from: position)
        let member = JSONMember(bytes, from: position)
        if names.isEmpty || bytes[member.value.lowerBound] != UInt8(ascii: "{") {
            forgetMembers()
        } else {
            readMembers(bytes, ofObjectAt: member.value.lowerBound)
        }
        foundKey = member.name
        value = member.value
        whole = value
        position = value.upperBound
    }

    /// Looks the wanted members up; of several with one name the last one counts, as it does to most readers of JSON.
    private mutating func readMembers(_ bytes: Span<UInt8>, ofObjectAt start: Int) {
        forgetMembers()
        members = start + 1..<start + 1
        var next = JSONMember.first(bytes, ofObjectAt: start)
        while let member = next {
            members = members.lowerBound..<member.value.upperBound
            if wanted.isName(found.count, of: member, bytes) { foundKey = member.value }
            for place in found.indices where wanted.isName(place, of: member, bytes) { found[place] = member.value }
            next = member.next(bytes)
        }
    }

    private mutating func forgetMembers() {
        foundKey = nil
        for place in found.indices { found[place] = nil }
    }
}

/// What stands on a terminal that was sent some bytes: as much of one as the command and a shell use.
struct Screen {
    private let columns: Int
    private var rows: [[Character]] = [[]]
    private var column = 0

    /// - Parameter columns: A character behind the last one goes to the next line.
    init(_ bytes: [UInt8], columns: Int = 80) {
        self.columns = columns
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n": rows.append([])
            case "\r\n": (column, rows) = (0, rows + [[]])
            case "\u{8}": column = max(0, column - 1)
            case "\u{1B}": escape(&rest)
            default: put(character)
            }
        }
    }

    private mutating func escape(_ rest: inout Substring) {
        guard rest.hasPrefix("[K") else {
            // The rest of it is still to come.
            if !"[".hasPrefix(rest) { put("?") }
            return
        }
        rest.removeFirst(2)
        rows[rows.count - 1].removeSubrange(min(column, rows[rows.count - 1].count)...)
    }

    private mutating func put(_ character: Character) {
        if column == columns { (column, rows) = (0, rows + [[]]) }
        let last = rows.count - 1
        while rows[last].count <= column { rows[last].append(" ") }
        rows[last][column] = character
        column += 1
    }

    /// The lines, without the blanks at their ends and without an empty last one.
    var lines: [String] {
        let lines = rows.map { row in String(row[..<((row.lastIndex { $0 != " " } ?? -1) + 1)]) }
        return lines.last == "" ? lines.dropLast() : lines
    }
}

import ProcessionBytes

/// Answers that have the number of their record in front, and a tab: in any order, each number once.
enum TaggedAnswers {
    /// Gives all whole lines at the front of `bytes` to their records. Returns the bytes taken, how many answers that were,
    /// and what is wrong with the line behind them, if it has no number that can be. What comes behind the last of the
    /// answers that are owed, without a number, is not taken: it is a line too many.
    static func take(
        _ bytes: Span<UInt8>, for jobs: inout FilterJobs, owed: Int
    ) -> (bytes: Int, answers: Int, complaint: String?) {
        var position = 0
        var answers = 0
        while true {
            let newline = find(UInt8(ascii: "\n"), in: bytes, from: position)
            guard newline < bytes.count else { return (position, answers, nil) }
            let line = bytes.extracting(position..<newline + 1)
            guard let (number, start) = number(line) else {
                let complaint = "the filter answered a line that does not begin with a record's number and a tab"
                return (position, answers, answers < owed ? complaint : nil)
            }
            switch jobs.takeAnswer(line.extracting(start..<line.count), number: number) {
            case nil: break
            case .unknown:
                return (position, answers, "the filter answered record \(number), which it was not sent")
            case .doubled: return (position, answers, "the filter answered record \(number) twice")
            }
            position = newline + 1
            answers += 1
        }
    }

    /// The number in front of a line, and where the answer begins.
    private static func number(_ line: Span<UInt8>) -> (number: Int, start: Int)? {
        var number = 0
        var position = 0
        while position < min(line.count, 18), case UInt8(ascii: "0")...UInt8(ascii: "9") = line[position] {
            number = number * 10 + Int(line[position] - UInt8(ascii: "0"))
            position += 1
        }
        guard position > 0, position < line.count, line[position] == UInt8(ascii: "\t") else { return nil }
        return (number, position + 1)
    }
}

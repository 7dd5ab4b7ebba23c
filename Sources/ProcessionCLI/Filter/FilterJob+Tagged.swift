import ProcessionSegment

/// Lines and answers with the number of their record in front, and a tab.
extension FilterJob {
    /// What is wrong with an answer's number.
    enum Misnumbering {
        /// No such record waits for an answer.
        case unknown
        case doubled
    }

    /// Whether it is the number, from 1, of a record of this chunk.
    func holds(_ number: Int) -> Bool {
        (chunk.first + chunk.begin..<chunk.first + chunk.end).contains(number - 1)
    }

    /// Takes an answer, with its newline, for the record with this number.
    mutating func take(_ answer: Span<UInt8>, number: Int) -> Misnumbering? {
        let item = number - 1 - chunk.first
        if item < self.item || ahead[item] != nil { return refuses(item) ? .unknown : .doubled }
        guard wasSent(item) else { return .unknown }
        answered += 1
        guard item == self.item else {
            ahead[item] = (0..<answer.count).map { answer[$0] }
            return nil
        }
        take(answer)
        passOver()
        return nil
    }

    /// Whether the filter that runs was sent the line of this item, which has no answer yet.
    private func wasSent(_ item: Int) -> Bool {
        var (low, high) = (0, lineItems.count)
        while low < high {
            let middle = (low + high) / 2
            if lineItems[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low < min(sentLines, lineItems.count) && lineItems[low] == item
    }
}

/// First in, first out: what is finished and waits to be taken.
struct ReadyQueue<Element> {
    private var elements: [Element?] = []
    /// Those before this one have been taken.
    private var first = 0

    var isEmpty: Bool { first == elements.count }
    /// How many elements there is memory for.
    var room: Int { elements.capacity }

    var count: Int { elements.count - first }
    /// The next one to be taken.
    var next: Element? { isEmpty ? nil : elements[first] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        let element = elements[first].take()
        first += 1
        // Half of the places were taken from, so that what moves up was paid for; a consumer that is slower than the
        // workers never finds the queue empty.
        if first * 2 >= elements.count {
            elements.removeSubrange(..<first)
            first = 0
        }
        return element
    }
}

extension ReadyQueue: Sendable where Element: Sendable {}

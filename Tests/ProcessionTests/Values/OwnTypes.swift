import OrderedCollections
import Procession
import TestSupport

// Types as a user has them, which become slot values by their fields. Equal is what is the same bit by bit.

/// A text that is compared as it is spelled, where `String` knows compositions.
struct Spelling: Hashable, FieldsValue {
    var text: String

    init(_ text: String) { self.text = text }
    var slotFields: String { text }
    init(slotFields: String) { text = slotFields }

    static func == (one: Spelling, other: Spelling) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }
    func hash(into hasher: inout Hasher) { hasher.combine(Array(text.utf8)) }
}

/// A number that is compared bit by bit.
struct Exact: Hashable, FieldsValue {
    var bits: UInt64

    init(_ number: Double) { bits = number.bitPattern }
    var slotFields: Double { Double(bitPattern: bits) }
    init(slotFields: Double) { bits = slotFields.bitPattern }
}

/// Several kinds of contents: an optional for each case.
enum Payment: Hashable {
    case none
    case cash(Exact)
    case card(number: Spelling, valid: ClosedRange<Int>)
    case parts([Payment])
}

extension Payment: FieldsValue {
    typealias SlotFields = Columns<Exact?, Columns<Spelling, ClosedRange<Int>>?, [Payment]?>

    var slotFields: SlotFields {
        switch self {
        case .none: Columns(nil, nil, nil)
        case .cash(let amount): Columns(amount, nil, nil)
        case .card(let number, let valid): Columns(nil, Columns(number, valid), nil)
        case .parts(let parts): Columns(nil, nil, parts)
        }
    }

    init(slotFields: SlotFields) {
        switch slotFields.values {
        case (let amount?, _, _): self = .cash(amount)
        case (_, let card?, _): self = .card(number: card.0, valid: card.1)
        case (_, _, let parts?): self = .parts(parts)
        default: self = .none
        }
    }
}

/// Text, lists, nested ordered values, and more of its own kind.
struct Parcel: Hashable {
    var name: Spelling
    var lines: [Spelling]
    var weights: OrderedDictionary<Spelling, OrderedDictionary<Spelling, [Exact?]>>
    var tags: Set<Spelling>
    var sums: [Spelling: Int128]
    var hours: Range<Int>
    var marks: [Character]
    var payment: Payment
    var inside: [Parcel]
}

extension Parcel: FieldsValue {
    typealias SlotFields = Columns<
        Spelling, [Spelling], OrderedDictionary<Spelling, OrderedDictionary<Spelling, [Exact?]>>, Set<Spelling>,
        [Spelling: Int128], Range<Int>, [Character], Payment, [Parcel]
    >

    var slotFields: SlotFields { Columns(name, lines, weights, tags, sums, hours, marks, payment, inside) }
    init(slotFields: SlotFields) {
        (name, lines, weights, tags, sums, hours, marks, payment, inside) = slotFields.values
    }
}

/// Nothing but a way down.
struct Nest: Hashable, FieldsValue {
    var inside: [Nest]

    var slotFields: [Nest] { inside }
    init(slotFields: [Nest]) { inside = slotFields }

    /// As many of them inside of each other.
    init(depth: Int) {
        inside = []
        for _ in 1..<depth { inside = [Nest(slotFields: inside)] }
    }
}

/// Values by chance.
struct ParcelMaker {
    var random: SplitMix

    static let pieces = [
        "", "a", "fifteen letters", "sixteen letters!", "é", "e\u{301}", "\u{d7ff}", "\u{e000}", "\u{ffff}",
        "\u{10ffff}",
        "\0", "\r\n", "🇩🇪", "👩‍👩‍👧", "\u{301}", "a text that is longer than any slot",
        String(repeating: "x", count: 300),
    ]
    static let numbers: [Double] = [
        0, -0.0, 1, .nan, .signalingNaN, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        Double(bitPattern: 0x7ff8_0000_dead_beef),
    ]

    mutating func text() -> Spelling {
        Spelling(
            (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.pieces.randomElement(using: &random)! }.joined()
        )
    }
    mutating func number() -> Exact { Exact(Self.numbers.randomElement(using: &random)!) }
    mutating func list<Element>(_ make: (inout Self) -> Element) -> [Element] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in make(&self) }
    }
    mutating func range() -> ClosedRange<Int> {
        let bounds = [Int.min, -1, 0, 1, 7, .max]
        let (one, other) = (bounds.randomElement(using: &random)!, bounds.randomElement(using: &random)!)
        return min(one, other)...max(one, other)
    }
    mutating func payment(_ depth: Int) -> Payment {
        switch random.next() % 4 {
        case 0: .cash(number())
        case 1: .card(number: text(), valid: range())
        case 2 where depth > 0: .parts(list { $0.payment(depth - 1) })
        default: .none
        }
    }
    mutating func parcel(_ depth: Int) -> Parcel {
        let hours = range()
        return Parcel(
            name: text(), lines: list { $0.text() },
            weights: OrderedDictionary(
                list { maker in
                    (
                        maker.text(),
                        OrderedDictionary(
                            maker.list { ($0.text(), $0.list { Bool.random(using: &$0.random) ? $0.number() : nil }) },
                            uniquingKeysWith: { $1 })
                    )
                }, uniquingKeysWith: { $1 }),
            tags: Set(list { $0.text() }),
            sums: Dictionary(
                list { ($0.text(), Int128(Int.random(in: .min ... .max, using: &$0.random)) << 60) },
                uniquingKeysWith: { $1 }),
            hours: hours.lowerBound..<hours.upperBound,
            marks: list { $0.text().text.first ?? "\u{1F44D}\u{1F3FD}" }, payment: payment(3),
            inside: depth > 0 ? list { $0.parcel(depth - 1) } : [])
    }
}

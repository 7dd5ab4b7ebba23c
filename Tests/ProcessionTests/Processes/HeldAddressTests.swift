import OrderedCollections
import Procession
import Testing

/// Keys, values and results that hold an address are refused wherever they hold it: in a case of an enum, too, before
/// any value has that case.
@Suite struct HeldAddressTests {
    @Test func inACaseOfAnEnum() throws {
        try refuses(Cased.self, "a Cased: its property text is of type StaticString")
        try refuses(InlineArray<2, Cased>.self, "its property text is of type StaticString")
        try refuses(Deep.self, "a Deep: its property choice.inner.text is of type StaticString")
        try refuses(Pointing.self, "a Pointing: its property place is of type UnsafeRawPointer")
        try refuses(Typed.self, "a Typed: its property type is of type Any.Type")
    }

    @Test func asKeysAndAsValues() throws {
        let pool = try WorkerPool(workers: 1)
        let key = #expect(throws: PoolError.self) { try pool.map([Cased.number(1): 1] as OrderedDictionary, OfKeys()) }
        #expect(key?.code == .holdsAddress)
        let value = #expect(throws: PoolError.self) { try pool.map([Cased.number(1)], OfValues<Cased>()) }
        #expect(value?.code == .holdsAddress)
        #expect(throws: PoolError.self) { try pool.map([[Labelled]()], OfValues<[Labelled]>()) }
    }

    @Test func inPartsOfWhatIsStoredPartByPart() throws {
        let text = "a Labelled: its property label.0 is of type StaticString"
        try refuses(Columns<Int, Labelled, String>.self, text)
        try refuses([Labelled].self, text)
        try refuses(Labelled?.self, text)
        try refuses(OrderedDictionary<Int, [Labelled?]>.self, text)
        try refuses(InlineArray<2, Labelled?>.self, text)
    }

    @Test func inFieldsOfATypeAndInWhatHoldsIt() throws {
        let text = "a Labelled: its property label.0 is of type StaticString"
        try refuses(Tagged.self, text)
        try refuses([Tagged?].self, text)
        try refuses([Int: Tagged].self, text)
        try refuses(Result<Int, Labelled>.self, text)
        try refuses(Set<Cased>.self, "a Cased: its property text is of type StaticString")
    }

    @Test func inAnEnumThatAFunctionHoldsSeveralOf() throws {
        let error = #expect(throws: PoolError.self) {
            try WorkerPool(workers: 1).map([1], Stating(state: InlineArray<2, Choice>(repeating: .named("x"))))
        }
        #expect(error?.code == .holdsAddress)
        #expect(error?.description.contains("its property state.named is of type StaticString") == true)
    }

    @Test func andEnumsOfNumbersAreNone() throws {
        let pool = try WorkerPool(workers: 1)
        let costs: [Cost] = [.money(1.5), .none, .both(1, 2), .known(.weight(7)), .some(.money(3))]
        #expect(Array(try pool.map(costs, Echo<Cost>())) == costs)
        #expect(Array(try pool.map([Cost?.none, .money(1)], Echo<Cost?>())) == [nil, .money(1)])
        #expect(Array(try pool.map([2], Stating(state: InlineArray<2, Cost>(repeating: .none)))) == [2])
    }

    /// Refuses a function whose results are of a type, and says so.
    private func refuses<Result: SlotValue>(_: Result.Type, _ text: String) throws {
        let error = #expect(throws: PoolError.self) { try WorkerPool(workers: 1).map([1], Gives<Result>()) }
        #expect(error?.code == .holdsAddress)
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }
}

/// Among its fields are more of itself.
struct Tagged: FieldsValue {
    var label: Labelled
    var inside: [Tagged]

    var slotFields: Columns<[Tagged], Labelled> { Columns(inside, label) }
    init(slotFields: Columns<[Tagged], Labelled>) { (inside, label) = slotFields.values }
}

enum Cased: BitwiseCopyable, SlotValue, Hashable {
    case number(Int), text(StaticString), none

    static func == (one: Cased, other: Cased) -> Bool { one.hashValue == other.hashValue }
    func hash(into hasher: inout Hasher) {
        if case .number(let number) = self { hasher.combine(number) }
    }
}

struct Deep: BitwiseCopyable, SlotValue {
    enum Outer: BitwiseCopyable { case inner(Cased), number(UInt8) }
    var choice: Outer
}

@safe enum Pointing: BitwiseCopyable, SlotValue {
    case place(UnsafeRawPointer)
    case nowhere
}

enum Typed: BitwiseCopyable, SlotValue {
    case type(any Any.Type)
    case none
}

enum Cost: BitwiseCopyable, SlotValue, Equatable {
    enum Known: BitwiseCopyable, Equatable { case weight(Int16), money(Float) }
    case money(Double), both(Int, UInt8), known(Known), some(Known?), none
}

struct Gives<Result: SlotValue>: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Result { throw Refusal() }
}

struct Refusal: Error {}

struct OfKeys: WorkerFunction {
    func callAsFunction(key: Cased, value: Int) -> Int { value }
}

struct OfValues<Value: SlotValue>: ValueFunction {
    func callAsFunction(_ value: Value) -> Int { 1 }
}

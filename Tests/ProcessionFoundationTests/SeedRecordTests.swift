import Foundation
import OrderedCollections
import Procession
import ProcessionFoundation
import Testing

// The three examples of the problem, with a record of the reader's own, as the article "Types of your own" has them.

struct Order: Equatable {
    var customer: String
    var lines: [String]
    var placed: Date
    var amounts: OrderedDictionary<String, OrderedDictionary<String, Int>>
}

extension Order: FieldsValue {
    typealias SlotFields = Columns<String, [String], Date, OrderedDictionary<String, OrderedDictionary<String, Int>>>

    var slotFields: SlotFields { Columns(customer, lines, placed, amounts) }
    init(slotFields: SlotFields) { (customer, lines, placed, amounts) = slotFields.values }
}

struct DoubleOrder: WorkerFunction {
    func callAsFunction(key: String, value: Order) -> Order {
        var order = value
        order.amounts = value.amounts.mapValues { $0.mapValues { $0 * 2 } }
        return order
    }
}

struct DoubleAndDescribe: WorkerFunction {
    func callAsFunction(key: String, value: Order) -> Columns<Order, String> {
        Columns(DoubleOrder()(key: key, value: value), "\(value.customer): \(value.lines.count)")
    }
}

struct DoubleEachOrder: WorkerFunction {
    func callAsFunction(key: String, value: OrderedDictionary<String, Order>) -> OrderedDictionary<String, Order> {
        OrderedDictionary(uniqueKeysWithValues: value.map { ($0, DoubleOrder()(key: $0, value: $1)) })
    }
}

@Suite struct SeedRecordTests {
    private let pool: WorkerPool
    private let orders: OrderedDictionary<String, Order>
    private let doubled: OrderedDictionary<String, Order>

    init() throws {
        pool = try WorkerPool(workers: 3)
        let one = Order(
            customer: "Zoë", lines: ["tea", "milk"], placed: Date(timeIntervalSince1970: 1.1),
            amounts: ["tea": ["net": 300, "tax": 57], "milk": ["net": 90]])
        let other = Order(customer: "", lines: [], placed: .distantPast, amounts: [:])
        var twice = one
        twice.amounts = ["tea": ["net": 600, "tax": 114], "milk": ["net": 180]]
        (orders, doubled) = (["b": one, "a": other, "c": one], ["b": twice, "a": other, "c": twice])
    }

    @Test func oneResultPerKeyInOrder() throws {
        #expect(OrderedDictionary(try pool.map(orders, DoubleOrder())) == doubled)
    }

    @Test func twoResultsPerKeyAndTwoDictionaries() throws {
        let (processed, texts) = try pool.map(orders, DoubleAndDescribe()).columns()
        #expect(processed == doubled)
        #expect(texts == ["b": "Zoë: 2", "a": ": 0", "c": "Zoë: 2"])
    }

    @Test func recordsInsideOfNestedDictionaries() throws {
        let days: OrderedDictionary = ["monday": orders, "friday": [:], "sunday": orders]
        let results = OrderedDictionary(try pool.map(days, DoubleEachOrder()))
        #expect(results == ["monday": doubled, "friday": [:], "sunday": doubled])
    }
}

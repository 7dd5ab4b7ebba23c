import OrderedCollections
import Procession
import TestSupport
import Testing

/// What a type of the user's own makes of its fields comes through shared memory as it was, both ways.
@Suite struct FieldsValueTests {
    @Test func whateverAValueHoldsComesBack() throws {
        let pool = try WorkerPool(workers: 2)
        var make = ParcelMaker(random: SplitMix(seed: printedSeed()))
        for _ in 0..<10 {
            let parcels = (0..<100).map { _ in make.parcel(2) }
            #expect(Array(try pool.map(parcels, Echo<Parcel>())) == parcels)
        }
    }

    @Test func asKeysInOptionalsAndInDictionaries() throws {
        let pool = try WorkerPool(workers: 2)
        var make = ParcelMaker(random: SplitMix(seed: printedSeed()))
        let parcels = (0..<60).map { _ in make.parcel(1) }
        let numbered = OrderedDictionary(zip(parcels, 0...), uniquingKeysWith: { first, _ in first })
        let results = try pool.map(numbered, EchoKey<Parcel>())
        #expect(results.values.map(\.0) == Array(numbered.keys))
        let missing = parcels.map { $0.lines.isEmpty ? nil : $0 }
        #expect(Array(try pool.map(missing, Echo<Parcel?>())) == missing)
        let nested = parcels.map { [$0.name: [$0.payment]] as OrderedDictionary }
        #expect(Array(try pool.map(nested, Echo<OrderedDictionary<Spelling, [Payment]>>())) == nested)
    }

    @Test func inStreams() throws {
        let pool = try WorkerPool(workers: 2)
        var make = ParcelMaker(random: SplitMix(seed: printedSeed()))
        let parcels = (0..<300).map { _ in make.parcel(1) }
        #expect(try pool.stream(parcels, Echo<Parcel>(), window: 1 << 18).map { try $0.get() } == parcels)
    }

    /// Its bits do not matter: what is none of its cases comes by its fields.
    @Test func aTypeThatIsBitwiseCopyableLiesAsItsFields() throws {
        #expect(Light._slotStride == 1)
        let lights: [Light] = [.red, .green, .red]
        #expect(Array(try WorkerPool(workers: 1).map(lights, Echo<Light>())) == lights)
        #expect(Light(slotFields: 200) == .red)
    }

    @Test func aFunctionMayHaveNoResult() throws {
        let results = try WorkerPool(workers: 1).map([1, 77, 3], Checks(), onFailure: .collect)
        #expect(results.failures.map(\.index) == [1] && results.successes.map(\.index) == [0, 2])
    }

    @Test func asDeepAsAReaderGoes() throws {
        let pool = try WorkerPool(workers: 1)
        let nest = Nest(depth: 512)
        #expect(Array(try pool.map([nest], Echo<Nest>())) == [nest])
        #expect(try pool.map([512], Nests())[0] == nest)
    }

    /// Else it would come back without what lies too deep.
    @Test func aResultThatIsDeeperFailsByName() throws {
        let pool = try WorkerPool(workers: 1)
        let results = try pool.map([1, 513, 3_000, 2], Nests(), onFailure: .collect)
        #expect(results.failures.map(\.index) == [1, 2])
        for failure in results.failures { #expect("\(failure)".contains("more than 512 values of fields")) }
        #expect(try results[0].get() == Nest(depth: 1))
        #expect(try results[3].get() == Nest(depth: 2))
        #expect(pool.statistics.workersReplaced == 0)
    }

    @Test func inputThatIsDeeperIsRefused() throws {
        let pool = try WorkerPool(workers: 1)
        let nests = [Nest(depth: 1), Nest(depth: 513)]
        let map = #expect(throws: PoolError.self) { try pool.map(nests, Echo<Nest>()) }
        #expect(map?.code == .tooDeep)
        #expect(throws: PoolError.self) { try pool.layOut(nests) }
        #expect(throws: PoolError.self) { for result in pool.stream(nests, Echo<Nest>()) { _ = try result.get() } }
        #expect(throws: PoolError.self) { try pool.map([nests[1]: 1] as OrderedDictionary, EchoKey<Nest>()) }
        #expect(Array(try pool.map([1], Nests())) == [nests[0]])
    }
}

enum Light: UInt8, FieldsValue {
    case red, green

    var slotFields: UInt8 { rawValue }
    init(slotFields: UInt8) { self = Light(rawValue: slotFields) ?? .red }
}

struct Checks: ValueFunction {
    func callAsFunction(_ value: Int) throws -> NoResult {
        if value == 77 { throw Refusal() }
        return NoResult()
    }
}

struct Nests: ValueFunction {
    func callAsFunction(_ depth: Int) -> Nest { Nest(depth: depth) }
}

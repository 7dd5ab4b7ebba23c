import Procession
import Testing

/// What compiles and cannot work is refused with a sentence that says what to change.
@Suite struct MisuseTests {
    @Test func stateThatIsAnAddressIsRefusedWithThePropertysName() throws {
        let pool = try WorkerPool(workers: 1)
        refuses(pool, Stating(state: "abc" as StaticString), "its property state is of type StaticString")
        // Safe: nobody looks at what these lead to.
        let pointer = unsafe UnsafeRawPointer(bitPattern: 4096)!
        unsafe refuses(pool, Stating(state: pointer), "its property state is of type UnsafeRawPointer")
        unsafe refuses(pool, Stating(state: Optional(pointer)), "its property state is of type UnsafeRawPointer")
        let buffer = unsafe UnsafeBufferPointer<Int>(start: nil, count: 0)
        unsafe refuses(pool, Stating(state: buffer), "its property state is of type UnsafeBufferPointer<Int>")
        let opaque = unsafe OpaquePointer(bitPattern: 4096)
        unsafe refuses(pool, Stating(state: opaque), "its property state is of type OpaquePointer")
        let reference = unsafe Unmanaged.passUnretained(Something())
        unsafe refuses(pool, Stating(state: reference), "its property state is of type Unmanaged<Something>")
        refuses(
            pool, Stating(state: ObjectIdentifier(Something.self)), "its property state is of type ObjectIdentifier")
        refuses(
            pool, Stating(state: InlineArray<2, StaticString>(repeating: "")), "its property state is of type Static")
    }

    @Test func functionsAndTypesAreRefused() throws {
        let pool = try WorkerPool(workers: 1)
        refuses(pool, CallsC(), "its property function is of type @convention(c) (Int) -> Int")
        refuses(pool, MakesAny(), "its property type is of type Any.Type")
    }

    @Test func whatLiesDeeperIsNamedByItsPath() throws {
        let pool = try WorkerPool(workers: 1)
        refuses(
            pool, Stating(state: Labelled(number: 1, label: ("x", 2))), "its property state.label.0 is of type Static")
        refuses(pool, Stating(state: Choice.named("x")), "its property state.named is of type StaticString")
        #expect(Array(try pool.map([1], Stating(state: Choice.numbered(5)))) == [1])
    }

    @Test func whatAFunctionThatIsAnEnumHoldsIsRefusedByTheNameOfItsCase() throws {
        let pool = try WorkerPool(workers: 1)
        refuses(pool, Adds.named("x"), "its property named is of type StaticString")
        refuses(pool, Adds.both(1, "x"), "its property both.1 is of type StaticString")
        refuses(pool, Stating(state: Optional(Choice.named("x"))), "its property state.some.named is of type Static")
        unsafe refuses(
            pool, Stating(state: Points.at(UnsafeRawPointer(bitPattern: 4096)!)),
            "its property state.at is of type UnsafeRawPointer")
        #expect(Array(try pool.map([1], Adds.number(5))) == [6])
        #expect(Array(try pool.map([1], Stating(state: Optional(Choice.numbered(5))))) == [1])
    }

    @Test func valuesThatHoldAddressesAreRefusedToo() throws {
        let error = #expect(throws: PoolError.self) { try WorkerPool(workers: 1).map([1], GivesLabels()) }
        #expect(error?.code == .holdsAddress)
        #expect(error?.description.contains("a Labelled: its property label.0 is of type StaticString") == true)
    }

    @Test func retriesThatAreNegativeAreMisuse() async {
        await #expect(processExitsWith: .failure) { _ = try? WorkerPool(workers: 1, retries: -1) }
    }

    @Test func aTimeLimitOfNothingIsMisuse() async {
        await #expect(processExitsWith: .failure) { _ = try? WorkerPool(workers: 1, timeLimit: .zero) }
    }

    @Test func misuseIsSaidOnStandardError() async throws {
        let pool = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try WorkerPool(workers: 0)
        }
        #expect(said(pool).contains("a pool needs at least one worker"))
        let window = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try WorkerPool(workers: 1).stream([1], Triple(), window: 0)
        }
        #expect(said(window).contains("a window has room for something"))
        let index = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try WorkerPool(workers: 1).layOut([1, 2])[2]
        }
        #expect(said(index).contains("index out of range"))
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try WorkerPool(workers: 1).map([1, 2], Triple())[2]
        }
        #expect(said(result).contains("index out of range"))
    }

    private func said(_ end: ExitTest.Result) -> String { String(decoding: end.standardErrorContent, as: UTF8.self) }

    @Test func aTextThatHoldsMoreThanItCanCountIsRefused() async throws {
        let text = String(repeating: "x", count: 300)
        #expect(InlineText<255>(truncating: text).count == 255)
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = InlineText<256>() }
        #expect(
            String(decoding: result.standardErrorContent, as: UTF8.self).contains(
                "the capacity of an InlineText is 255 at most"))
    }

    private func refuses<Function: ValueFunction>(_ pool: WorkerPool, _ function: Function, _ text: String)
    where Function.Value == Int {
        let error = #expect(throws: PoolError.self) { try pool.map([1], function) }
        #expect(error?.code == .holdsAddress)
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }
}

final class Something {}

struct Labelled: BitwiseCopyable, Error, SlotValue {
    var number: Int
    var label: (StaticString, Int)
}

enum Choice: BitwiseCopyable {
    case named(StaticString), numbered(Int)
}

/// As large as an address.
@unsafe enum Points: BitwiseCopyable {
    case at(UnsafeRawPointer), nowhere
}

enum Adds: ValueFunction {
    case number(Int), named(StaticString), both(Int, StaticString)

    func callAsFunction(_ value: Int) -> Int {
        if case .number(let number) = self { value + number } else { value }
    }
}

struct Stating<State: BitwiseCopyable>: ValueFunction {
    var state: State
    func callAsFunction(_ value: Int) -> Int { value }
}

struct CallsC: ValueFunction {
    var function: @convention(c) (Int) -> Int = { $0 }
    func callAsFunction(_ value: Int) -> Int { function(value) }
}

struct MakesAny: ValueFunction {
    var type: any Any.Type = Int.self
    func callAsFunction(_ value: Int) -> Int { "\(type)".count }
}

struct GivesLabels: ValueFunction {
    func callAsFunction(_ value: Int) -> Labelled { Labelled(number: value, label: ("", 0)) }
}

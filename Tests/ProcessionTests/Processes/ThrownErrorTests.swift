import ProcessionSegment
import Testing

@testable import Procession

/// Errors that functions throw, as they come back.
@Suite struct ThrownErrorTests {
    private let pool: WorkerPool
    init() throws { pool = try WorkerPool(workers: 2) }

    private func failures<Function: WorkerFunction>(
        _ values: [Function.Value], _ function: Function
    ) throws -> [RecordFailure] where Function.Key: _PositionKey {
        try pool.map(values, function, onFailure: .collect).failures
    }

    @Test func anErrorThatIsASlotValueComesBackWhole() throws {
        let failures = try failures(["", "a", String(repeating: "ü", count: 1000)], Refuses())
        #expect(
            failures.map { $0.cause.error(as: Refused.self)?.parts }
                == ["", "a", String(repeating: "ü", count: 1000)].map { [$0, "!"] })
        #expect(failures[1].cause.message == "refused: a" && failures[1].cause.error(as: Other.self) == nil)
    }

    /// Where values and results lie as they lie in memory.
    @Test func fromAFunctionOfNumbersToo() throws {
        let failures = try failures([1, -2, 3], Halves())
        #expect(
            failures.map { $0.cause.error(as: Other.self) } == [Other(code: 1, rest: 0.5), Other(code: 3, rest: 1.5)])
        #expect(failures.map(\.index) == [0, 2])
    }

    @Test func fromACallTheFirstFailureAndAStreamToo() async throws {
        await #expect {
            try await pool.call(Halves(), 1)
        } throws: {
            code($0) == 1
        }
        await #expect {
            try await pool.map([2, 3], Halves())
        } throws: {
            code($0) == 3
        }
        let streamed = pool.stream([3, 2], Halves()).map { result in
            if case .failure(let error) = result { code(error) } else { nil as Int? }
        }
        #expect(streamed == [3, nil])
    }

    private func code(_ error: any Error) -> Int? {
        (error as? RecordFailure)?.cause.error(as: Other.self)?.code
    }

    @Test func whatIsNoSlotValueOrTooLargeIsTold() throws {
        let failures = try failures([1, 70_000], Plainly())
        #expect(failures[0].cause.message == "Plain(what: 1)" && failures[0].cause.error(as: Refused.self) == nil)
        #expect(failures[1].cause.message == "refused: large" && failures[1].cause.error(as: Refused.self) == nil)
    }

    @Test func otherCausesHaveNoError() throws {
        // Functions of other files, of which the compiler asks for the key first.
        #expect(try failures([-7], Counts(unit: 1)).first?.cause.exitStatus == 7)
        let failure = try #require(try failures([-1], Draws(seed: 1)).first)
        #expect(failure.cause.exitStatus == 3 && failure.cause.error(as: Other.self) == nil)
    }

    @Test(arguments: 0..<40) func bytesThatWereCutOrOverwrittenGiveNoError(_ length: Int) throws {
        let name = try #require(_mangledTypeName(Refused.self))
        for fill in [0, 1, 0x7f, 0xff] as [UInt8] {
            let bytes = [UInt8](repeating: fill, count: length)
            let parts = RecordFailure.Cause.threw("", StoredValue(type: name, bytes: bytes)).error(as: Refused.self)?
                .parts
            #expect(length < [String]._slotStride ? parts == nil : parts == [])
        }
    }
}

struct Refused: Error, FieldsValue, CustomStringConvertible {
    var parts: [String]
    var description: String { "refused: \(parts[0].count > 65_000 ? "large" : parts[0])" }
    init(_ parts: [String]) { self.parts = parts }
    var slotFields: [String] { parts }
    init(slotFields: [String]) { parts = slotFields }
}

struct Other: Error, BitwiseCopyable, Equatable, SlotValue {
    var code: Int
    var rest: Double
}

struct Plain: Error { var what: Int }

struct Refuses: ValueFunction {
    func callAsFunction(_ value: String) throws(Refused) -> String { throw Refused([value, "!"]) }
}

struct Halves: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        if value & 1 == 1 { throw Other(code: value, rest: Double(value) / 2) }
        return value / 2
    }
}

struct Plainly: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        if value == 1 { throw Plain(what: value) }
        throw Refused([String(repeating: "x", count: value)])
    }
}

package import ProcessionSegment
import ProcessionSystem

/// Why one record has no result.
public struct RecordFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The record's index in the input.
    public let index: Int
    /// The record's key as text; for input without keys, its index.
    public let key: String
    /// What went wrong.
    public let cause: Cause
    /// How often the record was tried.
    public let attempts: Int

    package init(index: Int, key: String, cause: Cause, attempts: Int) {
        self.index = index
        self.key = key
        self.cause = cause
        self.attempts = attempts
    }

    init(_ failure: ItemFailures.Failure, index: Int, key: String) {
        self.init(index: index, key: key, cause: failure.cause, attempts: failure.attempts)
    }

    /// Index, key and cause, in words.
    public var description: String { "record \(index) (key \(key)): \(reason)" }

    /// What went wrong, and after how many attempts.
    package var reason: String { "\(cause)" + (attempts > 1 ? ", tried \(attempts) times" : "") }

    /// What went wrong with a record. More kinds may come: ask for what you know, print the rest.
    public struct Cause: Hashable, Sendable, CustomStringConvertible {
        private let kind: Kind
        /// The last line that the worker wrote to standard error before it died.
        ///
        /// By way of C's `stderr`, as what Swift says of a fatal error; of this record or one before it in the same
        /// chunk. Nil when it wrote nothing, and when it was killed from outside.
        public let lastLine: String?
        private enum Kind: Hashable {
            case threw(String, StoredValue?)
            case signalled(Int32, name: String, memoryWasShort: Bool)
            case exited(Int32)
            case statusLost
            case timedOut(Duration)
            case tookMemory(Int)
            case tooLarge(Int)
            case damaged
        }

        /// The function threw an error with this description.
        public var message: String? { if case .threw(let text, _) = kind { text } else { nil } }

        /// The error that the function threw, where it is of this type.
        ///
        /// It comes back whole if it is a slot value, by its fields or its bits, and takes no more than 64 KiB.
        ///
        ///     struct Refused: Error, FieldsValue {
        ///         var reason: String
        ///         var slotFields: String { reason }
        ///         init(slotFields: String) { reason = slotFields }
        ///     }
        ///
        ///     let refused = failure.cause.error(as: Refused.self)?.reason
        ///
        /// - Parameter type: The type of error.
        /// - Returns: The error; nil for any other cause, and for an error of another type.
        /// - Complexity: The cost of loading the error.
        public func error<Thrown: Error & SlotValue>(as type: Thrown.Type) -> Thrown? {
            guard case .threw(_, let value?) = kind, value.type == _mangledTypeName(type) else { return nil }
            return value.load(stride: Thrown._slotStride) { Thrown._load(at: 0, from: &$0) }
        }

        /// The worker was killed by this signal while it ran the function.
        public var signal: Int32? { if case .signalled(let number, _, _) = kind { number } else { nil } }
        /// The worker exited with this status while it ran the function.
        public var exitStatus: Int32? { if case .exited(let status) = kind { status } else { nil } }
        /// The function did not return within this limit.
        public var timeLimit: Duration? { if case .timedOut(let limit) = kind { limit } else { nil } }

        /// The worker took more than so many bytes of memory while it ran the function.
        public var memoryLimit: Int? { if case .tookMemory(let limit) = kind { limit } else { nil } }

        /// The cause in words.
        public var description: String {
            switch kind {
            case .threw(let text, _): text
            case .signalled(_, let name, let memoryWasShort):
                "its worker was killed by \(name)" + (memoryWasShort ? MemoryShortage.hint : "") + said
            case .exited(let status): "its worker exited with \(status) before finishing it" + said
            case .statusLost: "its worker died; its exit status was taken by somebody else"
            case .timedOut(let limit): "no answer in \(limit), worker killed"
            case .tookMemory(let limit): "more than \(byteText(limit)) of memory taken, worker killed"
            case .tooLarge(let bytes): "its result of \(bytes) bytes is larger than the memory for results"
            case .damaged: "its worker wrote what no worker writes into shared memory"
            }
        }

        private var said: String { lastLine.map { ": \($0)" } ?? "" }

        private init(_ kind: Kind, lastLine: String? = nil) {
            self.kind = kind
            self.lastLine = lastLine
        }

        package static func threw(_ text: String, _ value: StoredValue? = nil) -> Cause { Cause(.threw(text, value)) }
        package static func signalled(_ number: Int32, name: String, memoryWasShort: Bool, lastLine: String? = nil)
            -> Cause
        {
            Cause(.signalled(number, name: name, memoryWasShort: memoryWasShort), lastLine: lastLine)
        }
        package static func exited(_ status: Int32, lastLine: String? = nil) -> Cause {
            Cause(.exited(status), lastLine: lastLine)
        }
        package static var statusLost: Cause { Cause(.statusLost) }
        package static func timedOut(_ limit: Duration) -> Cause { Cause(.timedOut(limit)) }
        package static func tookMemory(_ limit: Int) -> Cause { Cause(.tookMemory(limit)) }
        package static func tooLarge(_ bytes: Int) -> Cause { Cause(.tooLarge(bytes)) }
        package static var damaged: Cause { Cause(.damaged) }
    }
}

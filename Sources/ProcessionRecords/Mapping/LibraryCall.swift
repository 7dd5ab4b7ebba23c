import ProcessionBytes

/// A function of a shared library as it is written: `FILE.so:SYMBOL[:ARGUMENT]`. The file has a slash in it, so that it is
/// never searched for.
package struct LibraryName: Equatable, Sendable {
    /// As a whole.
    package let text: [UInt8]
    package let file: [UInt8]
    package let symbol: [UInt8]
    /// Empty where none was given.
    package let argument: [UInt8]

    /// Nil for what names no library.
    package init?(_ text: [UInt8]) {
        let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false).map(
            Array.init)
        // Behind an '@' it is a field's.
        guard parts[0].prefix(while: { $0 != UInt8(ascii: "@") }).contains(UInt8(ascii: "/")) else { return nil }
        self.text = text
        file = parts[0]
        symbol = parts.count > 1 ? parts[1] : []
        argument = parts.count > 2 ? parts[2] : []
    }
}

/// A function of a shared library, what it wants of a record, and what it gives.
package struct LibraryCall: Equatable, Sendable {
    /// As in procession.h.
    package enum Kind: UInt8, Sendable {
        case int64 = 1, float64, bool, text
    }

    package enum Source: Equatable, Sendable {
        case field(FieldName), value, key, number
    }

    package struct Input: Equatable, Sendable {
        package let source: Source
        package let kind: Kind

        package init(_ source: Source, _ kind: Kind) { (self.source, self.kind) = (source, kind) }
    }

    package let name: LibraryName
    package let inputs: [Input]
    package let outputs: [Kind]

    package init(_ name: LibraryName, inputs: [Input], outputs: [Kind]) {
        (self.name, self.inputs, self.outputs) = (name, inputs, outputs)
    }

    /// The fields that it is given; nil is the record's value.
    var fields: [FieldName?] {
        inputs.compactMap { input in
            switch input.source {
            case .field(let name): .some(name)
            case .value: .some(nil)
            case .key, .number: nil
            }
        }
    }
}

/// A result of such a function, which is a column.
package struct LibraryResult: Equatable, Sendable {
    package let call: LibraryCall
    /// Which of the results.
    package let place: Int
}

/// An input or a result of a call: a number's bits, or a text of `count` bytes that begins at `word`, of the record's bytes if
/// `form` is 1, and of what was made for it if it is 2.
package typealias LibrarySlot = (word: UInt64, count: Int, form: Int)

/// Calls functions of libraries for a mapper, which knows no addresses; functions have numbers. A type and no object: to
/// count references would take as long as a short function.
package protocol LibraryCaller {
    /// Calls a function for one record: its inputs begin at a place of the slots, and results that are numbers are put
    /// behind them. False where the record has failed.
    static func call(
        _ function: Int32, record: UInt64, _ slots: inout [LibrarySlot], from place: Int, _ bytes: Span<UInt8>,
        made: borrowing [UInt8]
    ) -> Bool
    /// Why the last call has failed.
    static func failure(_ function: Int32) -> ValueFailure
    /// Lends a result of the last call that is a text.
    static func withText(
        _ function: Int32, _ result: Int, _ body: (Span<UInt8>) throws(ValueFailure) -> Void
    ) throws(ValueFailure)
}

/// Who calls, and the numbers of a plan's functions, in order.
package struct LoadedLibraries {
    let caller: any LibraryCaller.Type
    let functions: [Int32]

    package init(_ functions: [Int32], by caller: any LibraryCaller.Type) {
        (self.functions, self.caller) = (functions, caller)
    }
}

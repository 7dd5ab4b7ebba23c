import CProcessionLibrary
import Glibc
import ProcessionSystem

/// A function of a shared library that is loaded into this process, and stays.
///
/// What it is and wants is its own to say: whoever has not chosen it asks a process of its own first. A number, because its
/// memory is C's, and to count references would take as long as a short function.
package struct LibraryFunction: Sendable {
    package let number: Int32

    /// A library that cannot be used, and why: words that go behind its name.
    package struct Refusal: Error {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// Whether this program can load libraries: not when it is linked statically.
    package static var isPossible: Bool { procession_can_load() != 0 }

    /// Loads a library, whose initializers run, and asks what its function is.
    ///
    /// - Parameter file: Given text, with a slash in it.
    package init(file: String, symbol: String) throws(Refusal) {
        var said = [CChar](repeating: 0, count: 1024)
        let count = Int64(said.count)
        // Safe: the texts live during the call, which fills the array, whose length it is told.
        number = unsafe said.withUnsafeMutableBufferPointer { said in
            unsafe procession_library_open(file.givenCString, symbol.givenCString, said.baseAddress, count)
        }
        guard number >= 0 else {
            throw Refusal(reason: String(given: said.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))))
        }
    }

    // MARK: What it is

    /// The kinds of its inputs, or of its results, as numbers of procession.h.
    package func kinds(ofOutputs isOutput: Bool) -> [UInt32] {
        let count = procession_library_count(number, isOutput ? 1 : 0)
        return (0..<count).map { procession_library_kind(number, isOutput ? 1 : 0, $0) }
    }

    /// Where an input comes from, as a number of procession.h, and the name of a field.
    package func source(ofInput input: Int) -> (source: UInt32, name: [UInt8]) {
        let source = procession_library_source(number, Int32(input))
        // Safe: a text of C's that the library has given, and that ends in a zero.
        guard source == 0, let name = unsafe procession_library_name(number, Int32(input)) else { return (source, []) }
        return (source, unsafe UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) })
    }

    // MARK: Calls

    /// Makes it ready for this process.
    package func start(argument: [UInt8]) throws(Refusal) {
        // Safe: the text lives during the call; what comes back ends in a zero.
        guard let said = unsafe procession_library_start(number, String(given: argument).givenCString) else { return }
        throw Refusal(reason: "cannot be started: " + (unsafe String(cString: said)))
    }

    /// Tells it that nothing will follow.
    package func end() { procession_library_end(number) }

    /// An input or a result: a number's bits, or a text of `count` bytes that begins at `word`, of the record's bytes if
    /// `form` is 1, and of what was made for it if it is 2.
    package typealias Slot = (word: UInt64, count: Int, form: Int)

    /// Calls a function for one record. Its inputs begin at a place of the slots, and results that are numbers are put
    /// behind them. False where the record has failed.
    @inline(__always)
    package static func call(
        _ number: Int32, record: UInt64, _ slots: inout [Slot], from place: Int, _ bytes: Span<UInt8>,
        made: borrowing [UInt8]
    ) -> Bool {
        // Safe: a slot lies in memory as that of C, there are as many as the function was seen to have, and all bytes are
        // lent until the call has returned.
        unsafe slots.withUnsafeMutableBufferPointer { slots in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe made.withUnsafeBytes { made in
                    let given = unsafe UnsafeMutableRawPointer(slots.baseAddress! + place)
                        .assumingMemoryBound(to: procession_library_slot.self)
                    let record = Int64(bitPattern: record)
                    return unsafe procession_library_call(number, record, given, bytes.baseAddress, made.baseAddress)
                        == 0
                }
            }
        }
    }

    /// Why the last call has failed.
    package static func failure(_ number: Int32) -> [UInt8] {
        var count: Int64 = 0
        // Safe: as many bytes of C's as it says.
        let start = unsafe procession_library_failure(number, &count)
        return unsafe UnsafeBufferPointer(start: start, count: Int(count)).map { UInt8(bitPattern: $0) }
    }

    /// Lends the bytes of a result of the last call; nil where it cannot have any.
    ///
    /// They are where the function says: where nothing is, this process crashes, as the function might itself.
    package static func withText<Result, Failure: Error>(
        _ number: Int32, _ result: Int, _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var count: Int64 = 0
        let start = unsafe procession_library_text(number, Int32(result), &count)
        guard count >= 0, unsafe count == 0 || start != nil else { return try body(nil) }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
        return try body(unsafe Span(_unsafeBytes: bytes))
    }
}

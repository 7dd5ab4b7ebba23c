/// A list of C strings as `posix_spawn` wants it: pointers to texts that end in zero, and a null pointer at the end.
package struct CStringList {
    private var text: [CChar] = []
    private var starts: [Int] = []

    init() {}

    /// An environment, byte for byte, without the names that are overridden; then the overriding.
    ///
    /// - Parameters:
    ///   - inherited: Nil for that of this process.
    ///   - assignments: "NAME=value" each.
    package init(environment inherited: [[CChar]]? = nil, overriding assignments: [String] = []) {
        let names = assignments.map { $0.utf8.prefix { $0 != UInt8(ascii: "=") }.map { CChar(bitPattern: $0) } }
        for entry in inherited ?? Surroundings.currentEnvironment()
        where !names.contains(where: { entry.starts(with: $0 + [CChar(61)]) }) {
            append(bytes: entry)
        }
        for assignment in assignments { append(assignment) }
    }

    /// Texts that each end in a zero, one behind the other.
    ///
    /// - Parameter starts: Where each begins.
    package init(texts: [UInt8], starts: [Int]) {
        precondition(texts.last == 0 && starts.allSatisfy(texts.indices.contains), "no list of C strings")
        text = texts.map(CChar.init(bitPattern:))
        self.starts = starts
    }

    /// Appends the bytes of a text that may be given text.
    mutating func append(_ string: String) {
        starts.append(text.count)
        text += string.givenCString
    }

    /// Appends bytes as they are, for an environment need not be UTF-8.
    mutating func append(bytes: some Sequence<CChar>) {
        starts.append(text.count)
        text += bytes
        text.append(0)
    }

    /// Calls `body` with the list, which is valid during the call and must not be changed.
    @unsafe func withPointers(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(SystemError) -> Void
    ) throws(SystemError) {
        try unsafe text.withUnsafeBufferPointer { text throws(SystemError) in
            // Safe: every start lies inside the text, which ends in zero and outlives the call. C declares the strings
            // mutable out of habit.
            var pointers = unsafe starts.map {
                unsafe UnsafeMutablePointer(mutating: text.baseAddress! + $0) as Optional
            }
            unsafe pointers.append(nil)
            try unsafe pointers.withUnsafeBufferPointer { pointers throws(SystemError) in
                try unsafe body(pointers.baseAddress!)
            }
        }
    }
}

/// A list of C strings as `posix_spawn` wants it: pointers to texts that end in zero, and a null pointer at the end.
struct CStringList {
    private var text: [CChar] = []
    private var starts: [Int] = []

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

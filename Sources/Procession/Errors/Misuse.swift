/// A precondition of the library's users. Unlike `precondition`, it says what is wrong in release builds too.
@inlinable @inline(__always)
func require(_ condition: Bool, _ message: StaticString) {
    if !condition { misuse(message) }
}

@usableFromInline @inline(never)
func misuse(_ message: StaticString) -> Never { fatalError("\(message)") }

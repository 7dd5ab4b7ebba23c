import Glibc

/// A variable of the environment, which nobody changes in a test process.
package func environment(_ name: String) -> String? {
    // Safe: the text is copied at once.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// A number from the environment, for loops that the long tier makes longer.
package func environment(_ name: String, or standard: Int) -> Int { environment(name).flatMap { Int($0) } ?? standard }

import CProcessionShims
import Glibc

/// The environment and the working directory of this process as they are when it is made, for children that are started
/// when they may have changed.
package final class Surroundings: Sendable {
    /// Byte for byte: an environment need not be UTF-8.
    package let environment: [[CChar]]
    /// Nil where it cannot be opened: children then begin wherever this process is.
    private let opened: Descriptor?

    package var directory: Int32? {
        switch opened {
        case .some(let directory): directory.number
        case .none: nil
        }
    }

    package init() {
        opened = try? File.open(".", O_DIRECTORY)
        environment = Self.currentEnvironment()
    }

    static func currentEnvironment() -> [[CChar]] {
        var entries: [[CChar]] = []
        // Safe unless another thread changes the environment meanwhile, which no C program survives either.
        guard var entry = unsafe procession_environment() else { return [] }
        while let string = unsafe entry.pointee {
            entries.append(unsafe Array(UnsafeBufferPointer(start: string, count: strlen(string))))
            unsafe entry += 1
        }
        return entries
    }
}

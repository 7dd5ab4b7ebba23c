import CProcessionShims
import Glibc
import ProcessionSystem

/// What a descriptor says about the terminal it leads to, if it does.
package enum Terminal {
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether the terminal is one that can go back and erase, by its name in the environment.
    package static var canErase: Bool {
        // Safe: read at once, by the one thread that there is when anybody asks.
        guard let name = unsafe getenv("TERM") else { return false }
        return unsafe strcmp(name, "dumb") != 0 && name.pointee != 0
    }

    /// Columns, or nil where there is no terminal or it does not know.
    package static func columns(_ descriptor: Int32) -> Int? {
        let columns = try? system(.terminalSize) { procession_terminal_columns(descriptor) }
        return columns.flatMap { $0 > 0 ? Int($0) : nil }
    }

    /// Whether what is written now is seen by who looks at this job, and is taken without a wait.
    package static func isFree(_ descriptor: Int32) -> Bool {
        if isTerminal(descriptor), tcgetpgrp(descriptor) != getpgrp() { return false }
        var items = [PollItem(descriptor: descriptor, wants: .write)]
        return (try? poll(&items, timeout: .zero)) == 1 && items[0].ready == .write
    }
}

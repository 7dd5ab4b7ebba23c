import ProcessionRecords
import ProcessionSystem

/// What the command says on standard error: each time one line, behind the command's name.

/// Says something. Whatever it quotes, it stays one line and does nothing to the terminal.
func complain(_ message: String) {
    try? File.write(2, text: "procession: \(clipped(message.givenBytes.span, limit: .max))\n")
}

/// A path, whose end is what tells, so that nearly every one is shown whole.
func shown(path: String) -> String { shown(path.givenBytes.span, limit: 240) }

/// "1 record", "2 records".
func recordsText(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

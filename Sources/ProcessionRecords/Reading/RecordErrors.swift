/// A plan that cannot be carried out: a mistake in what was asked for, not in the records.
package struct PlanError: Error, Equatable, CustomStringConvertible {
    /// What was asked for, and what to ask for instead.
    package var message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

/// Input that is not in its format, and where: nothing behind this place can be read.
package struct RecordSyntaxError: Error, Equatable, CustomStringConvertible {
    /// What stands there, or what was expected.
    package var message: String
    /// The line the trouble is in, counted from 1.
    package var line: Int
    /// The byte the trouble begins at, counted from 0.
    package var offset: InputFileOffset
    /// What the input is, where it is none of ours from its first byte on.
    package var foreign: ForeignInput?

    package init(message: String, line: Int, offset: InputFileOffset, foreign: ForeignInput? = nil) {
        self.message = message
        self.line = line
        self.offset = offset
        self.foreign = foreign
    }

    package var description: String { "line \(line), byte \(offset.bytes): \(message)" }
}

/// A record whose function fails; the records around it are not touched by that.
package struct ValueFailure: Error, Equatable, CustomStringConvertible {
    /// The cause; which record it was, the caller knows.
    package var message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

/// Why a scan over bytes stopped before it reached what it looked for.
enum ScanStop: Error, Equatable {
    /// The bytes are good so far, but what was begun does not end in them.
    case needMore
    /// The byte at this position cannot stand there.
    case wrong(at: Int, String)
}

/// What some programs put before UTF-8; no part of the text.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

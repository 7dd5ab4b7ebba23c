/// What the user gives is bytes, most often UTF-8: arguments, and with them the names of files and commands. A String
/// holds nothing but Unicode, so a byte that belongs to no scalar is held as a scalar that nobody uses.
///
/// These are U+10FE80 to U+10FEFF, at the end of the last private plane. Should they come in what is given, each of
/// their own bytes is held in this way, too. So every sequence of bytes has one String, from which it comes back.
extension String {
    /// A text that holds these bytes.
    package init(given bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(Self.leadOfStandIns) {
            self = text
            return
        }
        self.init()
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .emptyInput:
                return
            case .error(let length):
                hold(bytes[position..<position + length])
                position += length
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                let piece = bytes[position..<position + encoded.count]
                if scalar.standsForByte == nil { unicodeScalars.append(scalar) } else { hold(piece) }
                position += encoded.count
            }
        }
    }

    /// The bytes that the text holds.
    package var givenBytes: [UInt8] {
        guard utf8.contains(Self.leadOfStandIns) else { return Array(utf8) }
        return unicodeScalars.flatMap { scalar in scalar.standsForByte.map { [$0] } ?? Array(scalar.utf8) }
    }

    /// The bytes that the text holds, with a zero behind them, as C has its texts.
    package var givenCString: [CChar] { givenBytes.map { CChar(bitPattern: $0) } + [0] }

    /// The first byte of every scalar that stands for a byte, and of few others.
    private static let leadOfStandIns: UInt8 = 0xF4

    private mutating func hold(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            // A byte below 0x80 is a scalar, so this is none of them, and the sum is a scalar.
            if let scalar = Unicode.Scalar(0x10_FE00 + UInt32(byte)) { unicodeScalars.append(scalar) }
        }
    }
}

extension Unicode.Scalar {
    /// The byte that the scalar stands for in a text of given bytes; nil for those that stand for themselves.
    package var standsForByte: UInt8? {
        (0x10_FE80...0x10_FEFF).contains(value) ? UInt8(truncatingIfNeeded: value) : nil
    }
}

/// The arguments of this process as they were given, its name first.
package func givenArguments() throws(SystemError) -> [String] {
    try File.contents(of: "/proc/self/cmdline").split(separator: 0, omittingEmptySubsequences: false).dropLast()
        .map { String(given: Array($0)) }
}

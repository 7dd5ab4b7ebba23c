import CProcessionBytes

/// Finds bytes of one kind in a text again and again, where they stand often: 64 bytes are looked at together.
package struct BytePlaces {
    private enum Wanted {
        case byte(UInt8)
        /// What ends a field of a row.
        case marks(delimiter: UInt8)
    }

    /// So many words at a time, one for each 64 bytes.
    private static let most = 16
    private var words = InlineArray<16, UInt64>(repeating: 0)
    private let wanted: Wanted
    private let instructions: Instructions
    /// What is left of the current word; where it begins, and where the last that was looked at ends.
    private var word: UInt64 = 0
    private var base: Int
    private var end: Int
    private var start: Int

    /// - Parameter start: Where to begin.
    package init(of wanted: UInt8, from start: Int = 0, _ instructions: Instructions = .widest) {
        self.init(.byte(wanted), from: start, instructions)
    }

    /// Those of quotation marks, ends of lines and the delimiter.
    package init(ofMarksWith delimiter: UInt8, _ instructions: Instructions = .widest) {
        self.init(.marks(delimiter: delimiter), from: 0, instructions)
    }

    private init(_ wanted: Wanted, from start: Int, _ instructions: Instructions) {
        self.wanted = wanted
        self.instructions = instructions
        self.start = start
        (base, end) = (start - 64, start)
    }

    /// Begins anew, at `start` of the same text or another.
    package mutating func move(to start: Int) {
        self.start = start
        (word, base, end) = (0, start - 64, start)
    }

    /// The next place, or the end of the bytes, which are the same each time.
    package mutating func next(in bytes: Span<UInt8>) -> Int {
        while word == 0 {
            guard step(bytes) else { return bytes.count }
        }
        let place = base &+ word.trailingZeroBitCount
        word &= word &- 1
        return place
    }

    /// The next places together, for who takes them one by one: bit i says whether there is one at `base` + i. Nil at
    /// the end of the bytes.
    package mutating func nextWord(in bytes: Span<UInt8>) -> (word: UInt64, base: Int)? {
        while word == 0 {
            guard step(bytes) else { return nil }
        }
        defer { word = 0 }
        return (word, base)
    }

    /// Goes on to the next word; false at the end.
    private mutating func step(_ bytes: Span<UInt8>) -> Bool {
        guard base + 64 < bytes.count else { return false }
        base += 64
        if base >= end {
            end = min(base + Self.most * 64, bytes.count)
            look(at: bytes.extracting(base..<end))
        }
        word = words[(base - start) / 64 % Self.most]
        return true
    }

    private mutating func look(at bytes: Span<UInt8>) {
        guard instructions != .bytewise else {
            for block in words.indices { words[block] = 0 }
            for place in bytes.indices where isWanted(bytes[place]) { words[place / 64] |= 1 << UInt64(place % 64) }
            return
        }
        precondition(bytes.count <= Self.most * 64)
        var target = words.mutableSpan
        // Safe: there are as many bytes as is said and a word for each 64, and both are borrowed for the call.
        unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress, let target = target.baseAddress else { return }
                let count = UInt64(bytes.count)
                switch wanted {
                case .byte(let byte): unsafe procession_find_byte(base, count, byte, target, instructions.width)
                case .marks(let delimiter):
                    unsafe procession_find_marks(base, count, delimiter, target, instructions.width)
                }
            }
        }
    }

    private func isWanted(_ byte: UInt8) -> Bool {
        switch wanted {
        case .byte(let wanted): byte == wanted
        case .marks(let delimiter): isMark(byte, delimiter: delimiter)
        }
    }
}

/// How often a byte stands in a text.
package func count(_ wanted: UInt8, in bytes: Span<UInt8>, _ instructions: Instructions = .widest) -> Int {
    guard instructions != .bytewise else { return bytes.indices.count { bytes[$0] == wanted } }
    // Safe: the span is borrowed for the call.
    return unsafe bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe Int(procession_count_byte(base, UInt64(bytes.count), wanted, instructions.width))
    }
}

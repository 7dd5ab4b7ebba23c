import ProcessionRecords

// The bytes of a checkpoint: a header that says which run it is of, then one entry after another that says how far it
// is.
//
//     header   magic · format · bytes of the header · input's size · and time · program · number of parts
//              · for each part its flag, and its value behind a number that is 0 where there is none · CRC
//     entry    input offset · its CRC · line · records · failed · output offset · CRC of its tail · state · CRC
//
// Numbers take eight bytes, the lowest first; texts have their length in front. An entry's CRC goes on from that of the
// header, so that an entry counts below its own header only.

/// Which run a checkpoint is of.
struct CheckpointHeader: Equatable {
    /// The version of the program.
    var program: String
    var inputSize: Int
    var inputModified: Int
    var command: Fingerprint

    static let magic = Array("prcs-ckp".utf8)
    static let format = 1

    func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.put(inputSize)
        body.put(inputModified)
        body.put(text: Array(program.utf8))
        body.put(command.parts.count)
        for part in command.parts {
            body.put(text: Array(part.flag.utf8))
            body.put(part.value == nil ? 0 : 1)
            if let value = part.value { body.put(text: value) }
        }
        var bytes = Self.magic
        bytes.put(Self.format)
        bytes.put(bytes.count + 8 + body.count + 8)
        bytes += body
        bytes.put(bits: CRC64(of: bytes[...]).value)
        return bytes
    }

    /// The check sum that a header ends with.
    static func sum(of encoded: [UInt8]) -> CRC64 { CRC64(of: encoded.dropLast(8)) }
}

extension CheckpointHeader {
    /// From the fields behind the length, which the check sum has found whole.
    fileprivate init(_ fields: inout Fields) throws(CheckpointRefusal) {
        let (size, modified) = (try fields.number(), try fields.number())
        let program = String(decoding: try fields.text(), as: UTF8.self)
        var parts: [Fingerprint.Part] = []
        for _ in 0..<(try fields.number()) {
            let flag = String(decoding: try fields.text(), as: UTF8.self)
            parts.append(Fingerprint.Part(flag: flag, bytes: try fields.number() == 0 ? nil : try fields.text()))
        }
        self.init(
            program: program, inputSize: size, inputModified: modified, command: Fingerprint(parts: parts))
    }
}

/// How far a run has come.
struct CheckpointEntry: Equatable {
    var position: RunPosition
    /// The check sum of the last bytes of the output, by which another file is told.
    var tailSum: UInt64
    /// What became of the records that failed so far.
    var onError: OnError
    /// Whether all records are done and everything is written.
    var isComplete: Bool

    static let byteCount = 9 * 8

    func encoded(below header: CRC64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(position.border.offset.bytes)
        bytes.put(bits: position.inputSum.value)
        bytes.put(position.border.line)
        bytes.put(position.records)
        bytes.put(position.failed)
        bytes.put(position.output.bytes)
        bytes.put(bits: tailSum)
        let policy = OnError.allCases.firstIndex(of: onError) ?? 0
        bytes.put(Int(position.border.place.rawValue) | policy << 8 | (isComplete ? 1 : 0) << 16)
        var sum = header
        sum.add(bytes.span)
        bytes.put(bits: sum.value)
        return bytes
    }

    /// Nil when the bytes are not those that were written.
    fileprivate init?(_ bytes: ArraySlice<UInt8>, below header: CRC64) throws(CheckpointRefusal) {
        var sum = header
        let summed = bytes.dropLast(8)
        sum.add(summed.span)
        var stored = Fields(bytes.suffix(8))
        guard try stored.bits() == sum.value else { return nil }
        var fields = Fields(bytes)
        position = RunPosition()
        position.border.offset = FileOffset(bytes: try fields.number())
        position.inputSum = CRC64(value: try fields.bits())
        position.border.line = try fields.number()
        position.records = try fields.number()
        position.failed = try fields.number()
        position.output = FileOffset(bytes: try fields.number())
        tailSum = try fields.bits()
        let state = try fields.bits()
        guard let place = RecordSplitter.Place(rawValue: UInt8(truncatingIfNeeded: state)),
            let policy = Int(exactly: state >> 8 & 0xFF), policy < OnError.allCases.count
        else { return nil }
        position.border.place = place
        onError = OnError.allCases[policy]
        isComplete = state >> 16 & 1 == 1
    }

    init(position: RunPosition, tailSum: UInt64, onError: OnError, isComplete: Bool) {
        self.position = position
        self.tailSum = tailSum
        self.onError = onError
        self.isComplete = isComplete
    }
}

/// A checkpoint as it was found.
struct CheckpointLog: Equatable {
    let header: CheckpointHeader
    /// How far the run had come; nil when it was cut off before it could say so.
    private(set) var last: CheckpointEntry?
    /// Where the next entry goes.
    private(set) var end: Int

    /// Reads a checkpoint, and refuses one that is not whole up to its last entry.
    ///
    /// The last entry may be torn, or its bytes may have missed the disk: then the one before it counts.
    init(parsing bytes: [UInt8]) throws(CheckpointRefusal) {
        let magic = CheckpointHeader.magic
        guard bytes.starts(with: magic) else { throw .isNoCheckpoint }
        var fields = Fields(bytes[magic.count...])
        let format = try fields.number()
        guard format == CheckpointHeader.format else { throw .isOfOtherFormat(format) }
        end = try fields.number()
        guard end >= 32, end <= bytes.count else { throw .isDamaged(at: 16) }
        let sum = CRC64(of: bytes[..<(end - 8)])
        var stored = Fields(bytes[(end - 8)..<end])
        guard try stored.bits() == sum.value else { throw .isDamaged(at: 0) }
        fields = Fields(bytes[24..<(end - 8)])
        header = try CheckpointHeader(&fields)

        while end + CheckpointEntry.byteCount <= bytes.count {
            let next = end + CheckpointEntry.byteCount
            guard let entry = try CheckpointEntry(bytes[end..<next], below: sum) else {
                guard next + CheckpointEntry.byteCount > bytes.count else { throw .isDamaged(at: end) }
                return
            }
            last = entry
            end = next
        }
    }
}

/// Takes one field after another out of bytes.
struct Fields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func bits() throws(CheckpointRefusal) -> UInt64 {
        guard rest.count >= 8 else { throw .isDamaged(at: rest.startIndex) }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number that is not negative.
    mutating func number() throws(CheckpointRefusal) -> Int {
        let start = rest.startIndex
        guard let number = Int(exactly: try bits()) else { throw .isDamaged(at: start) }
        return number
    }

    mutating func text() throws(CheckpointRefusal) -> [UInt8] {
        let count = try number()
        guard count <= rest.count else { throw .isDamaged(at: rest.startIndex) }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

extension [UInt8] {
    mutating func put(bits: UInt64) {
        for place in 0..<8 { append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * place))) }
    }

    mutating func put(_ number: Int) { put(bits: UInt64(number)) }

    mutating func put(text: [UInt8]) {
        put(text.count)
        self += text
    }
}

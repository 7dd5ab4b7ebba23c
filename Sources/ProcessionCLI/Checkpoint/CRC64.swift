import ProcessionRecords
import ProcessionCommandSystem
import ProcessionSystem

/// A check sum that never misses a change within eight bytes in a row, and any other with a chance of 1 in 2^64.
///
/// The CRC of ECMA-182 with the parameters of xz (section "CRC64" of its file format), eight bytes at a time by tables.
struct CRC64: Equatable {
    /// All that was added so far, in one number.
    private(set) var value: UInt64 = 0

    init() {}

    /// Goes on from the value of an earlier sum.
    init(value: UInt64) { self.value = value }

    init(of bytes: ArraySlice<UInt8>) { add(bytes.span) }

    mutating func add(_ bytes: Span<UInt8>) {
        let tables = Self.tables.span
        var register = ~value
        var position = 0
        while position + 8 <= bytes.count {
            let block = bytes.extracting(position..<position + 8)
            for place in block.indices { register ^= UInt64(block[place]) << UInt64(place * 8) }
            var next: UInt64 = 0
            for place in block.indices {
                next ^= tables[(7 - place) << 8 + Int(UInt8(truncatingIfNeeded: register >> UInt64(place * 8)))]
            }
            register = next
            position += 8
        }
        while position < bytes.count {
            register = tables[Int(UInt8(truncatingIfNeeded: register) ^ bytes[position])] ^ register >> 8
            position += 1
        }
        value = ~register
    }

    /// Bit 63 is the factor of x to the power of 0.
    static let polynomial: UInt64 = 0xC96C_5795_D787_0F42

    /// Table n says what a byte does to the register when n more bytes follow it.
    private static let tables: [UInt64] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt64(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? polynomial : 0) }
        }
        for place in 256..<8 * 256 {
            let shorter = tables[place - 256]
            tables.append(shorter >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: shorter))])
        }
        return tables
    }()
}

extension CRC64 {
    /// The sum of a part of a file, as far as the file goes; of what stands before it, too, with that one's sum.
    init(of descriptor: Int32, _ range: Range<Int>, behind sum: CRC64 = CRC64()) throws(SystemError) {
        self = sum
        var buffer = [UInt8](repeating: 0, count: min(1 << 20, range.count))
        var offset = range.lowerBound
        while offset < range.upperBound {
            var span = buffer.mutableSpan
            let count = min(try File.read(descriptor, at: offset, into: &span), range.upperBound - offset)
            guard count > 0 else { return }
            add(buffer.span.extracting(..<count))
            offset += count
        }
    }

    /// The sum of the last bytes before an offset, by which a file is told from another.
    init(ofTail descriptor: Int32, before offset: OutputFileOffset) throws(SystemError) {
        try self.init(of: descriptor, max(0, offset.bytes - 4096)..<offset.bytes)
    }
}

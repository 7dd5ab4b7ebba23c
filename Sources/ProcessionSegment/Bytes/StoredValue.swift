/// A value in bytes of its own, outside of any segment: its slot, and behind it what the slot refers to, at offsets from
/// the slot.
package struct StoredValue: Hashable, Sendable {
    /// The mangled name of its type.
    package let type: String
    package let bytes: [UInt8]

    /// The most that name and bytes together may take.
    package static let most = 64 << 10

    package init(type: String, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }

    /// Nil when it takes more than may be.
    ///
    /// - Parameter store: Stores the value at offset 0.
    package init?(type: String, stride: Int, _ store: (inout _SlotWriter) -> Void) {
        let slot = (stride + 7) & ~7
        var count = max(slot, 8)
        // Each time there is room for all that was asked for, which shows what more is wanted.
        while type.utf8.count + count <= Self.most {
            var bytes = [UInt8](repeating: 0, count: count)
            let (asked, isTooDeep) = unsafe bytes.withUnsafeMutableBytes { bytes -> (Int, Bool) in
                guard let base = bytes.baseAddress else { return (0, false) }
                // Sound: the array is ours during the call, and nothing keeps the writer.
                var writer = unsafe _SlotWriter(base: base, limit: count, overflow: slot..<count)
                store(&writer)
                return (writer.isFull ? writer.asked : 0, writer.isTooDeep)
            }
            if isTooDeep { return nil }
            if asked == 0 {
                self.init(type: type, bytes: bytes)
                return
            }
            count = slot + asked
        }
        return nil
    }

    /// Loads the value; nil where the slot is not there as a whole.
    package func load<Value>(stride: Int, _ load: (inout _SlotReader) -> Value) -> Value? {
        guard bytes.count >= stride else { return nil }
        return unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else {
                var reader = _SlotReader.empty
                return load(&reader)
            }
            // Sound: the array is there during the call, and nothing keeps the reader.
            var reader = unsafe _SlotReader(base: base, limit: bytes.count)
            return load(&reader)
        }
    }
}

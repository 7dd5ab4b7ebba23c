import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// The document that shards' texts become: what stands before them, between columns and behind them.
///
/// Nothing is written before the first text, so that a run whose first record fails has written nothing, as on one
/// machine.
final class MergedDocument {
    private let plan: ShardPlan
    private let directory: ShardDirectory
    private let output: Output
    private var isOpen = false
    /// Whether a text was written of this column.
    private var hasText = false

    init(_ plan: ShardPlan, _ directory: ShardDirectory, _ output: Output) {
        (self.plan, self.directory, self.output) = (plan, directory, output)
    }

    /// Writes the texts in a file; false, and nothing is written, where they are not what is said of them.
    ///
    /// They are read twice, because what goes to a stream cannot be taken back.
    func append(_ file: ShardManifest.DataFile) throws -> Bool {
        guard file.bytes > 0 else { return true }
        guard let source = try? File.open(directory.path(of: file.name), O_RDONLY),
            try File.size(of: source.number) >= file.bytes,
            try CRC64(of: source.number, 0..<file.bytes) == file.sum
        else { return false }
        try open()
        var (sum, offset) = (CRC64(), 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while offset < file.bytes {
            var span = buffer.mutableSpan
            let count = min(try File.read(source.number, at: offset, into: &span), file.bytes - offset)
            if count == 0 { break }
            let bytes = buffer.span.extracting(first: count)
            sum.add(bytes)
            // The first text of all loses what separates it from the one before.
            try write(bytes.extracting((!hasText && plan.separator != nil ? 1 : 0)...))
            hasText = true
            offset += count
        }
        guard offset == file.bytes, sum == file.sum else {
            throw ShardRefusal.other("\(shown(path: file.name)) was changed while it was read")
        }
        return true
    }

    /// Begins the next column.
    func begin(_ text: [UInt8]) throws {
        try open()
        try write(text.span)
        hasText = false
    }

    func close() throws {
        try open()
        let closing = plan.closing
        try write(closing.span)
    }

    private func open() throws {
        guard !isOpen else { return }
        isOpen = true
        let opening = plan.opening
        try write(opening.span)
    }

    private func write(_ bytes: Span<UInt8>) throws {
        let (_, failure) = output.write(bytes)
        if let failure { throw OutputError.ending(failure) }
    }
}

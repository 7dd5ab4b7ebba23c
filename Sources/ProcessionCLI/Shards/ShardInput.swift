import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// The file that shards are parts of.
final class ShardInput {
    let name: InputName
    let size: Int
    let modified: Int
    private let file: Descriptor

    init(_ name: InputName) throws(Exit) {
        self.name = name
        let status: File.Status
        do throws(SystemError) {
            file = try File.open(name.path ?? "", O_RDONLY)
            status = try File.status(of: file.number)
        } catch {
            throw Exit(.usage, "cannot open \(name): \(error.reason)")
        }
        guard status.isRegular else {
            throw Exit(.usage, "\(name) is no regular file, so no part of it can be read by itself; copy it into one")
        }
        (size, modified) = (status.size, status.modified)
    }

    /// Reads by offsets; what is asked for, and fewer bytes at the end only.
    var peek: Peek { { [self] in try read(at: $0, $1) } }

    private func read(at offset: Int, _ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let wanted = max(0, min(count, size - offset))
        var part = [UInt8](repeating: 0, count: wanted)
        while bytes.count < wanted {
            var span = part.mutableSpan
            let read = try File.read(file.number, at: offset + bytes.count, into: &span)
            guard read > 0 else { throw InputChanged() }
            if read == wanted { return part }
            bytes += part[..<min(read, wanted - bytes.count)]
        }
        return bytes
    }

    /// The check sum of a part.
    func sum(_ range: Range<Int>, behind sum: CRC64 = CRC64()) throws -> CRC64 {
        try CRC64(of: file.number, range, behind: sum)
    }

    /// Throws where it was written to since it was opened.
    func requireUnchanged() throws {
        let status = try File.status(of: file.number)
        guard status.size == size, status.modified == modified else { throw InputChanged() }
    }

    // MARK: Index

    /// The index beside the file, which must be one of its bytes; nil where there is none.
    func index(as format: RecordFormat) throws -> RecordIndex? {
        let path = RecordIndex.path(of: name.path ?? "")
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try File.contents(of: path)
        } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
        guard let index = RecordIndex(encoded: bytes) else { throw ShardRefusal.indexIsDamaged(path) }
        guard index.format == format else {
            throw ShardRefusal.indexIsOld(path, "it is of \(index.format), and this reads \(format)")
        }
        guard index.size == size else {
            throw ShardRefusal.indexIsOld(path, "that had \(index.size) bytes, and this has \(size)")
        }
        return index
    }

    /// Proves, where the time of the file is not that of the index, that a part of it is as it was: it may be a copy.
    func prove(_ span: ShardSpan, by index: RecordIndex) throws {
        guard modified != index.modified else { return }
        let before = index.entry(before: span.begin.records)
        let after = index.entries.first { $0.border.offset.bytes >= span.end.offset }
        let range = (before?.border.offset.bytes ?? 0)..<(after?.border.offset.bytes ?? size)
        guard try sum(range, behind: before?.sum ?? CRC64()) == after?.sum ?? index.sum else {
            throw ShardRefusal.indexIsOld(
                RecordIndex.path(of: name.path ?? ""), "bytes \(range.lowerBound) to \(range.upperBound) are others")
        }
    }
}

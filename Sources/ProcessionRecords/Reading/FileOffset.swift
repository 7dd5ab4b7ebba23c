/// How far into the input or the output of a run, in bytes from its beginning. Which of the two, the type says: what was
/// read and what was written are never taken for each other.
package struct FileOffset<Side>: Comparable, Hashable, Sendable {
    package let bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    package static func < (left: FileOffset, right: FileOffset) -> Bool { left.bytes < right.bytes }

    package static func + (offset: FileOffset, count: Int) -> FileOffset { FileOffset(bytes: offset.bytes + count) }

    package static func += (offset: inout FileOffset, count: Int) { offset = offset + count }
}

package enum InputSide {}
package enum OutputSide {}

package typealias InputFileOffset = FileOffset<InputSide>
package typealias OutputFileOffset = FileOffset<OutputSide>

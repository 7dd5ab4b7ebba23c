import Synchronization

/// Extents that are kept for as long as the list.
final class ExtentList: Sendable {
    private let extents: Mutex<[Extent]>

    init(_ extents: [Extent] = []) { self.extents = Mutex(extents) }

    func append(_ extent: Extent) { extents.withLock { $0.append(extent) } }
}

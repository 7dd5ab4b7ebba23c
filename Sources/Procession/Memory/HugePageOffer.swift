import ProcessionSystem
import Synchronization

/// Whether the kernel's huge pages are worth asking for.
///
/// As a rule one takes 0.1 to 0.3 ms of processor time, and 512 faults take 0.2 to 1.3. But it may be refused, for
/// which the kernel looks for long. And where memory is in small pieces, the kernel moves other pages out of the way,
/// and a host may have taken back what is left in one piece: then it takes 2 to 20 ms. After a few such pages none is
/// asked for again.
struct HugePageOffer: ~Copyable, Sendable {
    private let disappointments = Atomic(0)

    static var mostDisappointments: Int { 2 }
    /// What a huge page may take.
    static var patience: Duration { .milliseconds(1) }

    var isGood: Bool { disappointments.load(ordering: .relaxed) < Self.mostDisappointments }

    /// - Parameter time: Processor time that so many pages took; nil when they were refused.
    func note(pages: Int, took time: Duration?) {
        if let time, time <= Self.patience * pages { return }
        disappointments.add(1, ordering: .relaxed)
    }
}

/// The steps by which a child, which begins with a copy of the parent's descriptors, comes to those it was asked for.
///
/// To put a descriptor at a number that is the source of another would lose the other. So such a source is first
/// *parked* at a number that is neither source nor target; the copies may fall on foreign descriptors, because in the
/// child these are closed anyway.
package struct DescriptorPlan: Equatable {
    package enum Step: Equatable {
        case openNull(at: Int32)
        /// `dup2`. From a number to itself it only clears close-on-exec, as posix_spawn promises.
        case copy(from: Int32, to: Int32)
        case close(Int32)
        case closeAll(from: Int32)
    }

    package let steps: [Step]

    /// - Parameter prints: What 1 and 2 are to be, from numbers above these; nil where both are the parent's 2.
    package init(
        _ descriptors: [(from: Int32, to: Int32)], prints: SpawnRequest.Prints? = nil, standardErrorIsOpen: Bool
    ) {
        // Lists and no sets: they are short, and a set takes longer to be made than they take to be searched.
        let targets = descriptors.map { $0.to }
        for (index, target) in targets.enumerated() {
            precondition(!targets[..<index].contains(target), "two descriptors at one number")
            precondition(target > 2, "0, 1 and 2 are taken")
        }
        let overwritten = targets + (standardErrorIsOpen && prints == nil ? [0, 1] : [0, 1, 2])
        var taken = overwritten + descriptors.map { $0.from } + [2]
        if let prints { taken += [prints.output, prints.errors] }
        var steps: [Step] = []
        var moves: [Step] = []
        for (source, target) in descriptors {
            guard source != target, overwritten.contains(source) else {
                moves.append(.copy(from: source, to: target))
                continue
            }
            var parking: Int32 = 3
            while taken.contains(parking) { parking += 1 }
            taken.append(parking)
            steps.append(.copy(from: source, to: parking))
            moves.append(.copy(from: parking, to: target))
        }
        steps.append(.openNull(at: 0))
        if let prints {
            // Before the moves, which may overwrite the sources.
            steps += [.copy(from: prints.output, to: 1), .copy(from: prints.errors, to: 2)]
        } else {
            if !standardErrorIsOpen { steps.append(.openNull(at: 2)) }
            steps.append(.copy(from: 2, to: 1))
        }
        let end = (targets.max() ?? 2) + 1
        let gaps = (3..<end).filter { !targets.contains($0) }
        self.steps = steps + moves + gaps.map(Step.close) + [.closeAll(from: end)]
    }
}

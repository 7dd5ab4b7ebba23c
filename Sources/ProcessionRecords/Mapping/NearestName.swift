/// The words " did you mean 'x'?" for the name that is nearest to a mistyped one, or nothing when none is near.
package func suggestion(for typed: String, among names: [String]) -> String {
    let distances = names.map { (name: $0, distance: editDistance(typed, $0)) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }),
        nearest.distance <= max(1, typed.count / 2)
    else { return "" }
    return "; did you mean '\(nearest.name)'?"
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour to make one text of another.
private func editDistance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in first.indices {
        var current = [row + 1]
        for column in second.indices {
            let isSame = first[row] == second[column]
            var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
            if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[second.count]
}

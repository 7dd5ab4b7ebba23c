// A crash that costs one record: the function divides, one divisor is 0, and the other records have their results.
import OrderedCollections
import Procession

struct Share: WorkerFunction {
    var total: Int
    func callAsFunction(key: String, value: Int) -> Int { total / value }  // traps where the value is 0
}

let members: OrderedDictionary = ["red": 4, "green": 0, "blue": 5]
let pool = try WorkerPool(retries: 0)
let shares = try pool.map(members, Share(total: 100), onFailure: .collect)
for (team, share) in shares {
    switch share {
    case .success(let share): print(team, share)
    case .failure(let failure):
        print(team, "has none: the function", failure.cause.signal == nil ? "failed" : "crashed")
    }
}
print("workers replaced:", pool.statistics.workersReplaced)

// Two results per key: gross price in cents and label of every article, as one ordered dictionary each.
import OrderedCollections
import Procession

struct Label: WorkerFunction {
    var tax: Double

    func callAsFunction(key: String, value: Int) -> Columns<Int, String> {
        let gross = Int((Double(value) * (1 + tax)).rounded())
        return Columns(gross, "\(key.uppercased()) \(gross) ct")
    }
}

let net: OrderedDictionary = ["tea": 300, "bread": 320, "apple": 40]
let pool = try WorkerPool()
let (gross, labels) = try pool.map(net, Label(tax: 0.19)).columns()
for (article, price) in gross { print(article, price, labels[article]!) }

import Procession

/// Renders a page, which takes some 0.4 ms. Every hundredth page has a mistake that ends its process.
struct Page: ValueFunction {
    func callAsFunction(_ number: Int) -> String {
        precondition(number % 100 != 99, "page \(number) cannot be rendered")
        return Page.text(number)
    }

    static func text(_ number: Int) -> String {
        var hash = UInt32(truncatingIfNeeded: number)
        for _ in 0..<1_250_000 { hash = hash &* 1_664_525 &+ 1_013_904_223 }
        // The rounds above are one step with these numbers, which is how the client knows what is right.
        return "\(number) \(hash)\n"
    }
}

/// What a large map is made of that is on beside the requests.
struct Triple: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value &* 3 }
}

// The library in a shared object, as a host finds it that is written in another language.
import Procession

struct Doubling: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value * 2 }
}

/// Maps one record; 0 when that went well. Says why not on standard output.
@_cdecl("procession_hosted_map")
public func hostedMap() -> Int32 {
    do {
        _ = try WorkerPool(workers: 2).map([1], Doubling())
        return 0
    } catch {
        print((error as? PoolError)?.code.rawValue ?? "another error", error)
        return 1
    }
}

// The library in a shared object, as a host finds it that is written in another language.
import Glibc
import Procession

struct Doubling: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value * 2 }
}

/// Maps one record; 0 when that went well. Says why not on standard output. Workers are copies of the program that the
/// environment names, if it names one.
@_cdecl("procession_hosted_map")
public func hostedMap() -> Int32 {
    do {
        let program = unsafe getenv("WORKER").map { unsafe String(cString: $0) }
        let results = try WorkerPool(workers: 2, executable: program).map([1, 21], Doubling())
        return Array(results) == [2, 42] ? 0 : 1
    } catch {
        print((error as? PoolError)?.code.rawValue ?? "another error", error)
        return 1
    }
}

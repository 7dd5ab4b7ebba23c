import Glibc
import Procession

// B7: skewed costs, which stand in the file that the environment names, so that rivals in other languages get the same.

func skew(_ settings: Settings) throws -> [Side] {
    guard let path = getenv("COSTS"), let file = fopen(path, "r") else { exit(2) }
    defer { fclose(file) }
    let costs = [Int](unsafeUninitializedCapacity: settings.records) { costs, read in
        read = fread(costs.baseAddress, 8, settings.records, file)
    }
    return try spinning(settings, costs)
}

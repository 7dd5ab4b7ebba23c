#if FAULT_INJECTION
    import CProcessionShims

    /// One thing that goes wrong: in which process, at which point, at which of its visits there, and how.
    ///
    /// In words, "VICTIM POINT HITS ACTION", for example "worker:1 stored 3 die":
    ///
    ///     VICTIM   parent · worker (all together) · worker:N (and whoever replaces it)
    ///     POINT    a SystemCall by its Swift name, or a step of FaultPoint
    ///     HITS     3 (the third) · 3+ (all from there) · 1/50@7 (one in fifty, by seed 7) · 1/50@7-900 (up to hit 900)
    ///     ACTION   die (by SIGKILL) · stop (by SIGSTOP) · delay:MILLISECONDS · fail:ENOSPC · short:BYTES
    package struct Fault: Sendable {
        enum Victim: Sendable { case parent, workers, worker(Int) }
        enum Hits: Sendable {
            case range(ClosedRange<Int>)
            case odds(Int, seed: UInt64, upTo: Int)
        }
        enum Action: Sendable {
            case die, stop
            case delay(milliseconds: Int)
            case fail(Int32)
            case short(Int)
        }

        let victim: Victim
        let point: Int
        let hits: Hits
        let action: Action

        init(victim: Victim, point: Int, hits: Hits, action: Action) {
            (self.victim, self.point, self.hits, self.action) = (victim, point, hits, action)
        }

        /// Nil when these are not the words for a fault.
        init?(_ text: Substring) {
            let words = text.split(separator: " ")
            guard words.count == 4, let victim = Victim(words[0]), let point = FaultPoint.number(of: String(words[1])),
                let hits = Hits(words[2]), let action = Action(words[3])
            else { return nil }
            self.init(victim: victim, point: point, hits: hits, action: action)
        }

        /// Whether the fault comes at this visit of a worker, or of the parent, to a point.
        func strikes(at point: Int, worker: Int?, hit: Int, hitOfAllWorkers: Int) -> Bool {
            guard point == self.point else { return false }
            switch victim {
            case .parent: return worker == nil && hits.contain(hit, at: point)
            case .workers: return worker != nil && hits.contain(hitOfAllWorkers, at: point)
            case .worker(let number): return worker == number && hits.contain(hit, at: point)
            }
        }
    }

    extension Fault.Victim {
        init?(_ word: Substring) {
            switch word {
            case "parent": self = .parent
            case "worker": self = .workers
            default:
                guard word.hasPrefix("worker:"), let number = Int(word.dropFirst(7)) else { return nil }
                self = .worker(number)
            }
        }
    }

    extension Fault.Hits {
        init?(_ word: Substring) {
            if word.hasPrefix("1/") {
                let numbers = word.dropFirst(2).split { $0 == "@" || $0 == "-" }.map { UInt64($0) }
                guard (2...3).contains(numbers.count), let odds = numbers[0], odds > 0, let seed = numbers[1] else {
                    return nil
                }
                self = .odds(Int(odds), seed: seed, upTo: numbers.count > 2 ? Int(numbers[2] ?? 0) : .max)
                return
            }
            let isOpen = word.hasSuffix("+")
            guard let first = Int(word.dropLast(isOpen ? 1 : 0)), first >= 1 else { return nil }
            self = .range(first...(isOpen ? .max : first))
        }

        func contain(_ hit: Int, at point: Int) -> Bool {
            switch self {
            case .range(let range): return range.contains(hit)
            case .odds(let odds, let seed, let upTo):
                guard hit <= upTo else { return false }
                // SplitMix64 of the seed and the visit, so that a seed means the same visits in every run.
                var mixed = (seed &+ UInt64(point) << 40 &+ UInt64(hit)) &* 0x9e37_79b9_7f4a_7c15
                mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
                mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
                return (mixed ^ mixed >> 31) % UInt64(odds) == 0
            }
        }
    }

    extension Fault.Action {
        init?(_ word: Substring) {
            let parts = word.split(separator: ":")
            switch (parts.first, parts.count) {
            case ("die", 1): self = .die
            case ("stop", 1): self = .stop
            case ("delay", 2):
                guard let time = Int(parts[1]) else { return nil }
                self = .delay(milliseconds: time)
            case ("short", 2):
                guard let count = Int(parts[1]), count > 0 else { return nil }
                self = .short(count)
            case ("fail", 2):
                guard let code = Self.errorNumber(String(parts[1])) else { return nil }
                self = .fail(code)
            default: return nil
            }
        }

        private static func errorNumber(_ name: String) -> Int32? {
            (1..<Int32(200)).first { code in
                // Safe: static text or NULL, for every number.
                unsafe procession_error_name(code).map { unsafe String(cString: $0) == name } ?? false
            }
        }
    }
#endif

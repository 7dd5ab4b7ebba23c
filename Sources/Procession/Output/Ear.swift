import Dispatch
import Glibc
import ProcessionSystem

/// What the thread that listens to workers has of its own: the pipes that are open, and the lines that have begun there.
struct Ear {
    private struct Heard {
        let voice: Voice
        var cutter = LineCutter()
        var isOver = false
    }

    private let teller: OutputTeller
    private var heard: [Heard] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// What a pipe holds at most, in times of what is read of it at once: whoever still writes there is not heard for
    /// ever.
    private static let mostLeft = 16

    init(_ teller: OutputTeller) { self.teller = teller }

    /// Sleeps until something is printed or there is news, and says whether there will be more.
    mutating func listen(_ bell: Bell, _ news: () -> [OutputListener.News]) -> Bool {
        var items = [PollItem(descriptor: bell.counter.descriptor.number, wants: .read)]
        items += heard.map { PollItem(descriptor: $0.voice.pipe.number, wants: .read) }
        // Where the kernel refuses to wait, a moment is waited by hand, and everything looked at.
        let mustLook = (try? poll(&items, timeout: nil)) == nil
        if mustLook { usleep(10_000) }
        // All at once, so that each has its turn.
        for number in heard.indices where mustLook || items[number + 1].isReady { hear(number) }
        var goesOn = true
        if mustLook || items[0].isReady {
            bell.counter.drain()
            for news in news() {
                switch news {
                case .started(let voice): heard.append(Heard(voice: voice))
                case .ended(let processID): close { $0.processID == processID }
                case .stop(let isTold):
                    close { _ in true }
                    teller.afterAll { isTold.signal() }
                    goesOn = false
                }
            }
        }
        heard.removeAll(where: \.isOver)
        return goesOn
    }

    /// Hears what there is of some that have nothing more to say, to the end.
    private mutating func close(_ areMeant: (Printer) -> Bool) {
        for number in heard.indices where areMeant(heard[number].voice.printer) {
            for _ in 0..<Self.mostLeft { guard hear(number) else { break } }
            finish(number)
        }
    }

    /// Reads once. Whether there was something.
    @discardableResult private mutating func hear(_ number: Int) -> Bool {
        guard !heard[number].isOver else { return false }
        let voice = heard[number].voice
        do {
            var span = buffer.mutableSpan
            let count = try File.read(voice.pipe.number, into: &span)
            if count > 0 {
                let bytes = buffer[..<count]
                teller.add(heard[number].cutter.cut(bytes), by: voice.printer)
                return true
            }
            finish(number)
        } catch {
            if !error.isNothingYet { finish(number) }
        }
        return false
    }

    private mutating func finish(_ number: Int) {
        guard !heard[number].isOver else { return }
        if let last = heard[number].cutter.finish() { teller.add([last], by: heard[number].voice.printer) }
        heard[number].isOver = true
    }
}

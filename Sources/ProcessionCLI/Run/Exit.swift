import ProcessionSystem

/// What scripts learn of a run.
struct ExitCode: Equatable {
    let number: Int32

    static let recordFailed = ExitCode(number: 1)
    static let usage = ExitCode(number: 2)
    static let malformedInput = ExitCode(number: 3)
    static let outOfResources = ExitCode(number: 4)
    static let outputFailed = ExitCode(number: 5)
    static let readerGone = signal(13)

    /// As a shell says of a program that a signal has ended.
    static func signal(_ number: Int32) -> ExitCode { ExitCode(number: 128 + number) }
}

/// How the command ends that does not succeed.
struct Exit: Error {
    let code: ExitCode
    /// The last line on standard error; empty for silence.
    let message: String

    /// A command line that asks for nothing, and why.
    init(usage sentence: String, of command: String) {
        let way = sentence.hasSuffix("?") ? " See" : "; see"
        self.init(.usage, "\(sentence)\(way) '\(command) --help'")
    }

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whoever reads the output does not want any more of it.
    static let readerGone = Exit(.readerGone, "")
}

/// An error that ends a run, and knows how.
protocol EndingError: Error {
    var exitCode: ExitCode { get }
    /// What is said of it; empty for silence.
    func sentence(of run: RunAccount) -> String
}

extension EndingError {
    func sentence(of run: RunAccount) -> String { "\(self); stopped there, \(run.progress)" }
}

/// What can be told of a run that ends before its time.
struct RunAccount {
    let input: InputName
    let checkpoint: String?
    /// Records that are done.
    let done: Int
    /// How many records are done, what became of those that failed, and how to go on.
    let progress: String
}

extension Exit {
    init(_ error: any Error, of run: RunAccount) {
        switch error {
        case let ending as Exit: self = ending
        case let error as any EndingError: self.init(error.exitCode, error.sentence(of: run))
        default: self.init(.outOfResources, "\(error); stopped there, \(run.progress)")
        }
    }
}

import CProcessionShims
import Glibc

extension ChildProcess {
    /// Starts a child (`posix_spawn`), which is running the new program or has failed to when this returns.
    ///
    /// A child that asks to die with its parent dies with the *thread* that calls this; see `SpawnThread`.
    package static func spawn(_ request: SpawnRequest) throws(SystemError) -> ChildProcess {
        var arguments = CStringList()
        for argument in request.arguments { arguments.append(argument) }
        let environment = CStringList(environment: request.inherited, overriding: request.environment)
        let plan = DescriptorPlan(
            request.descriptors, prints: request.prints, standardErrorIsOpen: fcntl(2, F_GETFD) != -1)
        let actions = try FileActions(plan.steps, directory: request.directory)
        let attributes = try SpawnAttributes(blocksSignals: request.blocksSignals)
        return try spawn(request.path.givenCString, arguments, environment, actions, attributes)
    }

    /// Starts a program that has this process's standard input, two of its descriptors as outputs, and no others.
    ///
    /// - Parameters:
    ///   - path: The executable, given text; no search along PATH.
    ///   - arguments: All of argv, the name included.
    package static func spawn(
        _ path: String, _ arguments: CStringList, _ environment: CStringList, _ attributes: borrowing SpawnAttributes,
        output: Int32, errors: Int32
    ) throws(SystemError) -> ChildProcess {
        precondition(output > 2 && errors > 2, "0, 1 and 2 are taken")
        let actions = try FileActions([.copy(from: output, to: 1), .copy(from: errors, to: 2), .closeAll(from: 3)])
        return try spawn(path.givenCString, arguments, environment, actions, attributes)
    }

    private static func spawn(
        _ path: [CChar], _ arguments: CStringList, _ environment: CStringList, _ actions: borrowing FileActions,
        _ attributes: borrowing SpawnAttributes
    ) throws(SystemError) -> ChildProcess {
        let (actions, attributes) = unsafe (actions.pointer, attributes.pointer)
        var pid: Int32 = 0
        // Safe: both lists and both structures live until posix_spawn returns, and by then the child has its own copy.
        try unsafe arguments.withPointers { arguments throws(SystemError) in
            try unsafe environment.withPointers { environment throws(SystemError) in
                try systemReturningCode(.posixSpawn) {
                    unsafe posix_spawn(&pid, path, actions, attributes, arguments, environment)
                }
            }
        }
        return try ChildProcess(adopting: pid)
    }
}

/// The owner of a `posix_spawn_file_actions_t` that carries out the steps of a plan.
@safe private struct FileActions: ~Copyable {
    @unsafe let pointer: UnsafeMutablePointer<posix_spawn_file_actions_t>

    init(_ steps: [DescriptorPlan.Step], directory: Int32? = nil) throws(SystemError) {
        // Safe: allocated here, initialised by its own function, destroyed by deinit.
        let actions = UnsafeMutablePointer<posix_spawn_file_actions_t>.allocate(capacity: 1)
        unsafe posix_spawn_file_actions_init(actions)
        unsafe pointer = actions
        if let directory {
            try systemReturningCode(.posixSpawn) {
                unsafe procession_spawn_change_directory(actions, directory)
            }
        }
        for step in steps {
            try systemReturningCode(.posixSpawn) {
                switch step {
                case .openNull(let number):
                    unsafe posix_spawn_file_actions_addopen(actions, number, "/dev/null", O_RDWR, 0)
                case .copy(let source, let target):
                    unsafe posix_spawn_file_actions_adddup2(actions, source, target)
                case .close(let number):
                    unsafe posix_spawn_file_actions_addclose(actions, number)
                case .closeAll(let first):
                    unsafe procession_spawn_close_from(actions, first)
                }
            }
        }
    }

    deinit {
        // Safe: initialised above, used by nobody after its owner.
        unsafe posix_spawn_file_actions_destroy(pointer)
        unsafe pointer.deallocate()
    }
}

/// The owner of a `posix_spawnattr_t` that sets all signals to their defaults, and blocks all or none.
@safe package struct SpawnAttributes: ~Copyable {
    @unsafe fileprivate let pointer: UnsafeMutablePointer<posix_spawnattr_t>

    /// - Parameter kept: Signals that stay ignored where this process ignores them.
    package init(blocksSignals: Bool, keepingIgnored kept: [Int32] = [SIGHUP, SIGUSR1]) throws(SystemError) {
        // Safe: allocated here, initialised by its own function, destroyed by deinit.
        let attributes = UnsafeMutablePointer<posix_spawnattr_t>.allocate(capacity: 1)
        unsafe posix_spawnattr_init(attributes)
        unsafe pointer = attributes
        var reset = sigset_t()
        var blocked = sigset_t()
        unsafe sigfillset(&reset)
        for signal in kept where try WorkerIdentity.ignores(signal) { unsafe sigdelset(&reset, signal) }
        if blocksSignals { unsafe sigfillset(&blocked) } else { unsafe sigemptyset(&blocked) }
        unsafe posix_spawnattr_setsigdefault(attributes, &reset)
        unsafe posix_spawnattr_setsigmask(attributes, &blocked)
        // The only one of these that checks its argument.
        try systemReturningCode(.posixSpawn) {
            unsafe posix_spawnattr_setflags(attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        }
    }

    deinit {
        // Safe: initialised above, used by nobody after its owner.
        unsafe posix_spawnattr_destroy(pointer)
        unsafe pointer.deallocate()
    }
}

import CProcessionShims
import Glibc

extension ChildProcess {
    /// Starts a child (`posix_spawn`), which is running the new program or has failed to when this returns.
    ///
    /// A child that asks to die with its parent dies with the *thread* that calls this; see `SpawnThread`.
    package static func spawn(_ request: SpawnRequest) throws(SystemError) -> ChildProcess {
        var arguments = CStringList()
        for argument in request.arguments { arguments.append(argument) }
        let environment = environment(of: request)
        let plan = DescriptorPlan(
            request.descriptors, prints: request.prints, standardErrorIsOpen: fcntl(2, F_GETFD) != -1)
        let actions = try FileActions(plan, directory: request.directory)
        let attributes = try SpawnAttributes(blocksSignals: request.blocksSignals)
        var pid: Int32 = 0
        // Safe: both lists and both structures live until posix_spawn returns, and by then the child has its own copy.
        try unsafe arguments.withPointers { arguments throws(SystemError) in
            try unsafe environment.withPointers { environment throws(SystemError) in
                try systemReturningCode(.posixSpawn) {
                    unsafe posix_spawn(
                        &pid, request.path, actions.pointer, attributes.pointer, arguments, environment)
                }
            }
        }
        return try ChildProcess(adopting: pid)
    }

    /// The inherited environment, byte for byte, without the names that are overridden; then the overriding.
    private static func environment(of request: SpawnRequest) -> CStringList {
        let assignments = request.environment
        let names = assignments.map { $0.utf8.prefix { $0 != UInt8(ascii: "=") }.map { CChar(bitPattern: $0) } }
        var list = CStringList()
        for entry in request.inherited ?? Surroundings.currentEnvironment()
        where !names.contains(where: { entry.starts(with: $0 + [CChar(61)]) }) {
            list.append(bytes: entry)
        }
        for assignment in assignments { list.append(assignment) }
        return list
    }
}

/// The owner of a `posix_spawn_file_actions_t` that carries out a plan.
@safe private struct FileActions: ~Copyable {
    @unsafe let pointer: UnsafeMutablePointer<posix_spawn_file_actions_t>

    init(_ plan: DescriptorPlan, directory: Int32?) throws(SystemError) {
        // Safe: allocated here, initialised by its own function, destroyed by deinit.
        let actions = UnsafeMutablePointer<posix_spawn_file_actions_t>.allocate(capacity: 1)
        unsafe posix_spawn_file_actions_init(actions)
        unsafe pointer = actions
        if let directory {
            try systemReturningCode(.posixSpawn) {
                unsafe procession_spawn_change_directory(actions, directory)
            }
        }
        for step in plan.steps {
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

/// The owner of a `posix_spawnattr_t` that sets all signals to their defaults, and blocks all or none. A SIGHUP or
/// SIGUSR1 that is ignored stays so.
@safe private struct SpawnAttributes: ~Copyable {
    @unsafe let pointer: UnsafeMutablePointer<posix_spawnattr_t>

    init(blocksSignals: Bool) throws(SystemError) {
        // Safe: allocated here, initialised by its own function, destroyed by deinit.
        let attributes = UnsafeMutablePointer<posix_spawnattr_t>.allocate(capacity: 1)
        unsafe posix_spawnattr_init(attributes)
        unsafe pointer = attributes
        var reset = sigset_t()
        var blocked = sigset_t()
        unsafe sigfillset(&reset)
        for signal in [SIGHUP, SIGUSR1] where try WorkerIdentity.ignores(signal) { unsafe sigdelset(&reset, signal) }
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

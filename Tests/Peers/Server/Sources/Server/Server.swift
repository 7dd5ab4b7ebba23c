import Hummingbird
import Logging
import Procession
import ServiceLifecycle

/// `Server PORT [--beside-a-map]` answers
///
/// - `/isolated/N`: the page, rendered in a worker process. One that cannot be rendered is a 500, and costs nobody else.
/// - `/in-place/N`: the same in the server's own process, where only pages that can be rendered may be asked for.
/// - `/ping`: whether the server is there.
@main
struct Server {
    static func main() async throws {
        guard let port = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) else {
            return print("which port?")
        }
        let pool = try WorkerPool(retries: 0)
        var app = Application(
            router: router(pool), configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: {
                var logger = Logger(label: "server")
                logger.logLevel = .error
                return logger
            }())
        app.addServices(PoolService(pool: pool))
        if CommandLine.arguments.contains("--beside-a-map") { app.addServices(LargeMaps(pool: pool)) }
        try await app.runService()
    }

    private static func router(_ pool: WorkerPool) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("ping") { _, _ in "pong\n" }
        router.get("isolated/:number") { _, context in
            let number = try context.parameters.require("number", as: Int.self)
            do {
                return Response(.ok, try await pool.call(Page(), number))
            } catch let failure as RecordFailure {
                return Response(.internalServerError, "\(number) failed: \(failure.cause)\n")
            }
        }
        router.get("in-place/:number") { _, context in
            let number = try context.parameters.require("number", as: Int.self)
            return number % 100 == 99
                ? Response(.internalServerError, "\(number) failed\n") : Response(.ok, Page.text(number))
        }
        return router
    }
}

extension Response {
    fileprivate init(_ status: HTTPResponse.Status, _ text: String) {
        self.init(status: status, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Sends the workers home when the server is told to go.
struct PoolService: Service {
    let pool: WorkerPool

    func run() async throws {
        try? await gracefulShutdown()
        pool.shutDown()
    }
}

/// Maps of ten million records, one after the other, as long as the server is there.
struct LargeMaps: Service {
    let pool: WorkerPool

    func run() async throws {
        let values = Array(0..<10_000_000)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                guard let results = try? await pool.map(values, Triple()) else { return }
                precondition(results[9_999_999] == 29_999_997)
            }
        }
    }
}

// swift-tools-version: 6.2
import PackageDescription

/// A server whose pages are rendered in worker processes. A package of its own, so that nobody else builds a server.
let package = Package(
    name: "server",
    dependencies: [
        .package(name: "procession", path: "../../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "Server",
            dependencies: [
                .product(name: "Procession", package: "procession"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ])
    ]
)

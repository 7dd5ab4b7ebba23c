// swift-tools-version: 6.2
import PackageDescription

/// An embedder that is built with ThreadSanitizer.
let package = Package(
    name: "sanitized",
    dependencies: [.package(name: "procession", path: "../../..")],
    targets: [
        .executableTarget(name: "Sanitized", dependencies: [.product(name: "Procession", package: "procession")])
    ]
)

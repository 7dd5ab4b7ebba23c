// swift-tools-version: 6.2
import PackageDescription

/// The Swift side of the benchmarks. A package of its own, so that nobody who embeds the library resolves it.
let package = Package(
    name: "procession-benchmarks",
    dependencies: [
        // Named, because a package at a path is otherwise called what its folder happens to be called.
        .package(name: "procession", path: "../.."),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "contest",
            dependencies: [
                .product(name: "Procession", package: "procession"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)

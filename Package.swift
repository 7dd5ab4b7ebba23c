// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules; see .github/CONTRIBUTING.md.
let rules: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")

/// Small programs that show what the library is for. They are no products: nobody who embeds the library builds them.
let examples: KeyValuePairs<String, [Target.Dependency]> = [
    "TwoResults": [collections], "ScoreLines": [], "DeadlyRecord": [collections],
]

let package = Package(
    name: "procession",
    products: [
        .library(name: "Procession", targets: ["Procession"]),
        .library(name: "ProcessionFoundation", targets: ["ProcessionFoundation"]),
        .library(name: "ProcessionMetrics", targets: ["ProcessionMetrics"]),
        .library(name: "ProcessionLogging", targets: ["ProcessionLogging"]),
        .executable(name: "procession", targets: ["ProcessionCLI"]),
        // For the tests of hosts that load the library at run time, which it refuses.
        .library(name: "EmbeddedLibrary", type: .dynamic, targets: ["EmbeddedLibrary"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // What Swift cannot say; each header says why. Not named CShims, which an embedder may have too.
        .target(name: "CProcessionShims", path: "CShims", exclude: ["Bytes", "Keeper", "Library"]),
        // What vectors tell of a text.
        .target(name: "CProcessionBytes", path: "CShims/Bytes"),
        // Of the command alone: the process that looks after a filter.
        .target(name: "CProcessionKeeper", dependencies: ["CProcessionShims"], path: "CShims/Keeper"),
        // Of the command alone, too: functions of shared libraries, and procession.h, which these are written by.
        .target(name: "CProcessionLibrary", path: "CShims/Library"),
        // Texts, many bytes at a time; knows no memory but what it is lent.
        .target(name: "ProcessionBytes", dependencies: ["CProcessionBytes"], swiftSettings: rules),
        // The kernel made safe.
        .target(
            name: "ProcessionSystem", dependencies: ["CProcessionShims"],
            swiftSettings: rules + [.define("FAULT_INJECTION", .when(configuration: .debug))]),
        // The same for what the command alone uses: filters, terminals, files that grow and are locked.
        .target(
            name: "ProcessionCommandSystem",
            dependencies: ["ProcessionSystem", "CProcessionShims", "CProcessionLibrary"],
            swiftSettings: rules),
        // The protocol in shared memory.
        .target(
            name: "ProcessionSegment", dependencies: ["ProcessionSystem", "CProcessionShims"], exclude: ["README.md"],
            swiftSettings: rules),
        // The public library: pool, engine, worker.
        .target(
            name: "Procession", dependencies: ["ProcessionSegment", "ProcessionSystem", collections],
            exclude: ["README.md"], swiftSettings: rules),
        // Types of Foundation as values. Nothing else in the package links Foundation.
        .target(name: "ProcessionFoundation", dependencies: ["Procession"], swiftSettings: rules),
        // What a pool does, told to swift-metrics. Nothing else in the package depends on it.
        .target(
            name: "ProcessionMetrics",
            dependencies: ["Procession", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: rules),
        // What workers print, told to swift-log. Likewise.
        .target(
            name: "ProcessionLogging",
            dependencies: ["Procession", .product(name: "Logging", package: "swift-log")], swiftSettings: rules),
        // Text formats, split and joined in order; knows no processes.
        .target(
            name: "ProcessionRecords", dependencies: ["ProcessionBytes", "ProcessionSegment", "ProcessionSystem"],
            swiftSettings: rules),
        // Flags, progress, exit codes.
        .executableTarget(
            name: "ProcessionCLI",
            dependencies: [
                "Procession", "ProcessionRecords", "ProcessionBytes", "ProcessionSegment", "ProcessionSystem",
                "ProcessionCommandSystem",
                "CProcessionKeeper",
            ], swiftSettings: rules),

        // Seeds, threads and short ways of saying things for the tests.
        .target(
            name: "TestSupport", dependencies: ["ProcessionSystem", "ProcessionSegment"], path: "Tests/Support",
            swiftSettings: rules),
        .testTarget(
            name: "ProcessionBytesTests",
            dependencies: ["ProcessionBytes", "CProcessionBytes", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "ProcessionSystemTests",
            dependencies: ["ProcessionSystem", "ProcessionCommandSystem", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "ProcessionSegmentTests",
            dependencies: ["ProcessionSegment", "ProcessionSystem", "CProcessionShims", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "ProcessionTests",
            dependencies: [
                "TestSupport",
                "Procession", "ProcessionSystem", "ProcessionSegment", "CProcessionShims", "EmbeddingExample",
                "HostExample",
                "EmbeddedLibrary", "EmbeddedWorker",
                collections,
            ], swiftSettings: rules),
        .testTarget(
            name: "ProcessionFoundationTests",
            dependencies: ["ProcessionFoundation", "Procession", "TestSupport", collections], swiftSettings: rules),
        .testTarget(
            name: "ProcessionMetricsTests",
            dependencies: [
                "ProcessionMetrics", "Procession", .product(name: "MetricsTestKit", package: "swift-metrics"),
            ], swiftSettings: rules),
        .testTarget(
            name: "ProcessionLoggingTests",
            dependencies: ["ProcessionLogging", "Procession", .product(name: "Logging", package: "swift-log")],
            swiftSettings: rules),
        // A program that embeds the library, for the tests to run, and what it has in C++.
        .executableTarget(
            name: "EmbeddingExample", dependencies: ["Procession", "Weights", collections],
            path: "Tests/EmbeddingExample", swiftSettings: rules),
        .target(name: "Weights", path: "Tests/Weights"),
        // A shared object with the library in it, and a C program that loads it.
        .target(
            name: "EmbeddedLibrary", dependencies: ["Procession"], path: "Tests/EmbeddedLibrary", swiftSettings: rules),
        .executableTarget(
            name: "EmbeddedWorker", dependencies: ["EmbeddedLibrary"], path: "Tests/EmbeddedWorker",
            swiftSettings: rules),
        .executableTarget(
            name: "HostExample", path: "Tests/HostExample", linkerSettings: [.linkedLibrary("dl")]),
        .testTarget(
            name: "ProcessionRecordsTests",
            dependencies: ["ProcessionRecords", "ProcessionBytes", "ProcessionSegment", "TestSupport"],
            swiftSettings: rules),
        // Runs whose shared memory is scribbled over, in a process of their own for the tests and the long tier.
        .executableTarget(
            name: "MutatedRuns",
            dependencies: ["Procession", "ProcessionSegment", "ProcessionSystem", "TestSupport", collections],
            path: "Tests/MutatedRuns", swiftSettings: rules),
        // A filter that misbehaves as it is told.
        .executableTarget(name: "OddFilter", path: "Tests/OddFilter"),
        // The calls that bring a file to the disk, for a test of what is lost when the power fails.
        .target(name: "Syncs", path: "Tests/Syncs"),
        // Starts programs where some calls of the kernel are refused.
        .executableTarget(name: "Sandbox", path: "Tests/Sandbox"),
        .testTarget(
            name: "ProcessionCLITests",
            dependencies: [
                "ProcessionSystem", "ProcessionCommandSystem", "ProcessionSegment", "ProcessionRecords",
                "Procession", "CProcessionShims", "ProcessionCLI", "TestSupport",
                "ProcessionFoundation", "MutatedRuns", "OddFilter", "Sandbox", "Syncs",
                "EmbeddingExample",
            ] + examples.map { .target(name: $0.key) }, swiftSettings: rules),
        // What arbitrary bytes are thrown at, and the tests that do so on every commit.
        .target(
            name: "FuzzTargets",
            dependencies: ["ProcessionRecords", "ProcessionSegment", "ProcessionSystem", "CProcessionShims"],
            path: "Tests/Fuzz/Targets", swiftSettings: rules),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "ProcessionSystem", "TestSupport"],
            path: "Tests/Fuzz/Tests",
            swiftSettings: rules),
    ],
    swiftLanguageModes: [.v6]
)

package.targets += examples.map { name, dependencies in
    .executableTarget(
        name: name, dependencies: ["Procession"] + dependencies, path: "Sources/Examples/\(name)", swiftSettings: rules)
}

// This one needs libFuzzer, so nobody builds it but Tests/Long/fuzz.
if Context.environment["PROCESSION_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver",
            swiftSettings: rules))
}

// For `swift package generate-documentation`. Programs that embed the library do not fetch the plugin.
if Context.environment["PROCESSION_DOCUMENTATION"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

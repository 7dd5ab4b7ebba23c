import Testing

@testable import ProcessionCLI

/// `--shard auto`: what each engine says of the process that it has started.
@Suite struct EngineTaskTests {
    struct Row: CustomTestStringConvertible {
        let environment: [String: String]
        let engine: String
        let number: Int
        let count: Int?
        var testDescription: String { "\(environment.keys.sorted())" }
    }

    static let rows = [
        Row(
            environment: [
                "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "64", "SLURM_ARRAY_TASK_MIN": "0",
                "SLURM_ARRAY_TASK_MAX": "63", "SLURM_ARRAY_TASK_STEP": "1",
            ], engine: "a Slurm array", number: 3, count: 64),
        // What is submitted again is a part of the whole.
        Row(
            environment: [
                "SLURM_ARRAY_TASK_ID": "17", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "3",
                "SLURM_ARRAY_TASK_MAX": "17", "SLURM_ARRAY_TASK_STEP": "1",
            ], engine: "a Slurm array", number: 17, count: nil),
        Row(
            environment: [
                "SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0",
                "SLURM_ARRAY_TASK_MAX": "4", "SLURM_ARRAY_TASK_STEP": "2",
            ], engine: "a Slurm array", number: 2, count: nil),
        // A batch script has a rank, too.
        Row(
            environment: ["SLURM_ARRAY_TASK_ID": "5", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"],
            engine: "a Slurm array", number: 5, count: nil),
        Row(
            environment: ["SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "4"], engine: "srun", number: 2, count: 4),
        Row(environment: ["JOB_COMPLETION_INDEX": "0"], engine: "a Kubernetes Job", number: 0, count: nil),
        Row(environment: ["HQ_TASK_ID": "7", "HQ_INSTANCE_ID": "1"], engine: "HyperQueue", number: 7, count: nil),
        // HyperQueue's workers may be tasks of an array themselves.
        Row(
            environment: ["HQ_TASK_ID": "7", "SLURM_ARRAY_TASK_ID": "1", "PMI_RANK": "0", "PMI_SIZE": "2"],
            engine: "HyperQueue", number: 7, count: nil),
        Row(
            environment: ["AWS_BATCH_JOB_ARRAY_INDEX": "4", "AWS_BATCH_JOB_ARRAY_SIZE": "10"], engine: "AWS Batch",
            number: 4, count: 10),
        Row(environment: ["PBS_ARRAY_INDEX": "9"], engine: "a PBS array", number: 9, count: nil),
        Row(
            environment: [
                "SGE_TASK_ID": "1", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "8", "SGE_TASK_STEPSIZE": "1",
            ], engine: "an SGE array", number: 0, count: 8),
        Row(
            environment: ["SGE_TASK_ID": "5", "SGE_TASK_FIRST": "5", "SGE_TASK_LAST": "8"], engine: "an SGE array",
            number: 4, count: nil),
        Row(
            environment: ["LSB_JOBINDEX": "12", "LSB_JOBINDEX_END": "64"], engine: "an LSF array", number: 11,
            count: nil),
        Row(
            environment: ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3"], engine: "Open MPI", number: 1,
            count: 3),
        Row(environment: ["PMI_RANK": "2", "PMI_SIZE": "3"], engine: "MPI", number: 2, count: 3),
        // One rank of one is no second number.
        Row(
            environment: ["PMI_RANK": "0", "PMI_SIZE": "1", "PBS_ARRAY_INDEX": "6"], engine: "a PBS array", number: 6,
            count: nil),
    ]

    @Test(arguments: rows) func theNumberAndTheCountAreThoseOfTheEngine(_ row: Row) throws {
        #expect(
            try EngineTask.find { row.environment[$0] }
                == EngineTask(engine: row.engine, number: row.number, count: row.count))
    }

    @Test(arguments: [
        [:], ["SGE_TASK_ID": "undefined"], ["LSB_JOBINDEX": "0"], ["SLURM_PROCID": "0", "SLURM_NTASKS": "4"],
        ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"],
    ])
    func withoutAnArrayThereIsNone(_ environment: [String: String]) throws {
        #expect(try EngineTask.find { environment[$0] } == nil)
        let refusal = #expect(throws: ShardRefusal.self) {
            try ShardChoice.byEngine(offset: 0, count: nil).shard(planned: 4, nil)
        }
        #expect(refusal?.description.contains("--shard K/N") == true)
    }

    @Test(arguments: [
        ["SLURM_ARRAY_TASK_ID": "1", "PMI_RANK": "1", "PMI_SIZE": "2"],
        ["JOB_COMPLETION_INDEX": "1", "PBS_ARRAY_INDEX": "1"], ["HQ_TASK_ID": "x"], ["PBS_ARRAY_INDEX": "-1"],
    ])
    func whatIsAmbiguousIsRefusedWithTheWayOut(_ environment: [String: String]) {
        let refusal = #expect(throws: ShardRefusal.self) { try EngineTask.find { environment[$0] } }
        #expect(refusal?.description.contains("--shard K/N") == true)
    }

    @Test func theCountIsThatOfTheOptionThenOfThePlanThenOfTheEngine() throws {
        let task = EngineTask(engine: "x", number: 3, count: 8)
        func shard(_ text: String, planned: Int?) throws -> Shard {
            try ShardChoice(argument: text).shard(planned: planned, task)
        }
        #expect(try shard("auto/16", planned: 10) == Shard(number: 3, count: 16))
        #expect(try shard("auto", planned: 10) == Shard(number: 3, count: 10))
        #expect(try shard("auto", planned: nil) == Shard(number: 3, count: 8))
        #expect(try shard("auto+1000/2000", planned: nil) == Shard(number: 1003, count: 2000))
        #expect(try shard("5/6", planned: 10) == Shard(number: 5, count: 6))
        // The engine counts a window only.
        #expect(throws: ShardRefusal.self) { try shard("auto+1000", planned: nil) }
    }

    @Test func whoCountsFromOneIsToldNotShifted() throws {
        let environment = ["SLURM_ARRAY_TASK_ID": "64", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "64"]
        let task = try EngineTask.find { environment[$0] }
        let refusal = #expect(throws: ShardRefusal.self) {
            try ShardChoice(argument: "auto/64").shard(planned: nil, task)
        }
        #expect(refusal?.description.contains("numbered from 0") == true)
        #expect(refusal?.description.contains("--array=0-63") == true)
        let planned = #expect(throws: ShardRefusal.self) {
            try ShardChoice(argument: "auto").shard(planned: 10, task)
        }
        #expect(planned?.description.contains("planned for 10 shards") == true)
    }

    @Test(arguments: [
        "", "1", "1/", "/2", "2/2", "-1/2", "1/0", "auto/0", "auto/", "auto+/3", "autos", "1/2/3", "1.0/2",
    ])
    func whatIsNoShardIsRefused(_ text: String) {
        #expect(throws: QuantityError.self) { try ShardChoice(argument: text) }
    }
}

import CProcessionShims
import ProcessionSegment
import Testing

/// Where every word of the shared structures lies. A worker of another build reads these very bytes: whoever changes a
/// number here raises PROCESSION_ABI with it.
struct PinTests {
    @Test func structuresAreWholeLines() {
        #expect(PROCESSION_LINE == 128)
        #expect(Int(PROCESSION_LINE) == SegmentLayout.line)
        #expect(MemoryLayout<procession_input_header>.size == SegmentLayout.headerBytes)
        #expect(MemoryLayout<procession_input_header>.size == 384)
        #expect(MemoryLayout<procession_chunk>.size == 128)
        #expect(MemoryLayout<procession_result_header>.size == 128)
        #expect(MemoryLayout<procession_worker_line>.size == 128)
        #expect(MemoryLayout<procession_place>.size == 128)
        #expect(MemoryLayout<procession_failure>.size == 40)
    }

    @Test func everyBuildFindsMagicAndABI() {
        #expect(PROCESSION_MAGIC == 0x6e6f_6973_7363_6f72)
        #expect(offset(\procession_input_header.magic) == 0)
        #expect(offset(\procession_input_header.abi) == 8)
    }

    @Test func theIdentityLiesInTheFirstLine() {
        #expect(offset(\procession_input_header.place_count) == 12)
        #expect(offset(\procession_input_header.worker_capacity) == 16)
        #expect(offset(\procession_input_header.queue_count) == 20)
        #expect(offset(\procession_input_header.nonce) == 24)
        #expect(offset(\procession_input_header.parent) == 32)
        #expect(offset(\procession_input_header.input_bytes) == 40)
        #expect(offset(\procession_input_header.result_bytes) == 48)
        #expect(offset(\procession_input_header.spin) == 56)
        #expect(offset(\procession_input_header.term) == 64)
        #expect(offset(\procession_input_header.longest_chunk) == 72)
    }

    @Test func whatWorkersSleepOnHasALineOfItsOwn() {
        #expect(offset(\procession_input_header.opened) == 128)
        #expect(offset(\procession_input_header.wake) == 256)
    }

    @Test func theFutexIsTheLowHalfOfOpened() {
        // The futex is 32 bits wide and lies at the address of the 64-bit count.
        #expect(UInt64(1).littleEndian == 1)
    }

    @Test func descriptorFieldsLieInOrder() {
        #expect(offset(\procession_chunk.sequence) == 0)
        #expect(offset(\procession_chunk.run) == 8)
        #expect(offset(\procession_chunk.run_offset) == 16)
        #expect(offset(\procession_chunk.first) == 24)
        #expect(offset(\procession_chunk.begin) == 32)
        #expect(offset(\procession_chunk.end) == 40)
        #expect(offset(\procession_chunk.key_offset) == 48)
        #expect(offset(\procession_chunk.input_offset) == 56)
        #expect(offset(\procession_chunk.input_count) == 64)
        #expect(offset(\procession_chunk.slot_offset) == 72)
        #expect(offset(\procession_chunk.overflow_offset) == 80)
        #expect(offset(\procession_chunk.overflow_count) == 88)
        #expect(offset(\procession_chunk.answer) == 96)
    }

    @Test func whatIsToldOfARunLiesInOrder() {
        #expect(offset(\procession_run.function_offset) == 0)
        #expect(offset(\procession_run.function_count) == 8)
        #expect(offset(\procession_run.state_offset) == 16)
        #expect(offset(\procession_run.state_count) == 24)
        #expect(offset(\procession_run.context_offset) == 32)
        #expect(offset(\procession_run.context_count) == 40)
        #expect(offset(\procession_run.of_calls) == 48)
        #expect(MemoryLayout<procession_run>.size == 56)
    }

    @Test func placeFieldsLieInOrder() {
        #expect(offset(\procession_place.owner) == 0)
        #expect(offset(\procession_place.done) == 8)
        #expect(offset(\procession_place.overflow_used) == 16)
        #expect(offset(\procession_place.failure) == 24)
        #expect(offset(\procession_place.wanted) == 32)
        #expect(offset(\procession_place.nanoseconds) == 40)
        #expect(offset(\procession_place.waits) == 48)
        #expect(offset(\procession_place.left) == 64)
    }

    @Test func resultSideFieldsLieInOrder() {
        #expect(offset(\procession_result_header.hint) == 0)
        #expect(offset(\procession_result_header.spinner) == 8)
        #expect(offset(\procession_worker_line.asleep) == 0)
        #expect(offset(\procession_worker_line.attached) == 4)
        #expect(offset(\procession_failure.item) == 0)
        #expect(offset(\procession_failure.previous) == 8)
        #expect(offset(\procession_failure.count) == 16)
        #expect(offset(\procession_failure.type_count) == 24)
        #expect(offset(\procession_failure.value_count) == 32)
    }

    @Test func anOwnerWordHoldsEveryWorkerThereIsRoomFor() {
        // 16 bits of state: 0 closed, 1 open, 2 + w claimed by w.
        #expect(SegmentLayout(workerCapacity: 0xf001, placeCount: 1, inputBytes: 1 << 40, resultBytes: 1 << 40) == nil)
        #expect(PROCESSION_CLAIMED + 0xf000 - 1 <= 0xffff)
    }

    private func offset<Root>(_ field: PartialKeyPath<Root>) -> Int? { MemoryLayout<Root>.offset(of: field) }
}

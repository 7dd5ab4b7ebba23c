"""Growth: the same time per record from thousands to a hundred million, and with more workers than cores."""
from Driver.bench import ratios


def run(bench):
    fields = []
    for count in bench.size([1_000, 100_000, 10_000_000, 100_000_000], [1_000, 10_000, 100_000]):
        # As many maps as make a million records: one alone of a thousand is over before the processor is awake.
        times = max(1, 1_000_000 // count)
        swift = bench.contest("growth", records=count, times=times)
        fields += named(bench.sides(swift, count * times, "Procession"), f"{count} records")
        if times > 1:
            fields += named(bench.sides(swift, count * times, "concurrentPerform"), f"{count} records by concurrentPerform")
    # Some 25 ms, beside which it is little to wake eight workers.
    big = bench.size(50_000_000, 100_000)
    for workers in [1, 2, 4, 8]:
        swift = bench.contest("growth", records=big, workers=workers)
        fields += named(bench.sides(swift, big, "Procession"), f"{workers} workers")
    for bytes in [1, 100, 10_000, 1 << 20]:
        count = max(4, bench.size(256 << 20, 8 << 20) // max(bytes, 256))
        swift = bench.contest("growth", records=count, bytes=bytes)
        fields += named(bench.sides(swift, count, "Procession"), f"{bytes} bytes a record")
    # Every one of eight workers has met every page only after some rounds.
    race = bench.race(fields, warm_ups=bench.size(10, 4))
    reference = race[f"{bench.size(10_000_000, 100_000)} records"]
    for count in bench.size([100_000, 100_000_000], [10_000]):
        bench.claim(f"time per record at {count} by the largest usual", ratios(race[f"{count} records"], reference), at_most=1.2)
    for workers in [4, 8]:
        bench.claim(f"time of {workers} workers by 2", ratios(race[f"{workers} workers"], race["2 workers"]), at_most=1.05)


def named(sides, name):
    for side in sides:
        side.name = name
    return sides

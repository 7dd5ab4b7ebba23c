"""The whole call: an ordered dictionary in, an ordered dictionary of two values per key out."""
from Driver.bench import ratios


def run(bench):
    count, few = bench.size(1_000_000, 100_000), bench.size(100_000, 10_000)
    # Each in a process of its own, so that nobody pays for memory that another one has given back to the kernel.
    fields = []
    for name in ["Procession", "concurrentPerform", "serial mapValues"]:
        fields += bench.sides(bench.contest("dictionary", records=count), count, name)
    fields += bench.sides(bench.pools("two_values", few), few, "Pool.starmap")
    race = bench.race(fields, counted=["Procession", "concurrentPerform"])
    mine = race["Procession"]
    bench.claim("time by concurrentPerform", ratios(mine, race["concurrentPerform"]), at_most=1.15)
    bench.claim("Pool.starmap by Procession", ratios(race["Pool.starmap"], mine), at_least=50)
    # A key is 16 bytes, a value 8, a result 24: read and written once.
    rate = bench.calibration["memcpy 64 MiB, 1 process"][0] * 2e9
    bench.limit("reading keys and writing values once", [48 / rate / t for t in mine.times() if t])

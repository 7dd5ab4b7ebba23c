"""Head of line: record 0 takes a second, the others about a microsecond, and the window holds a part of them only."""
from Driver.bench import ratios


def run(bench):
    count, pause = bench.size(1_000_000, 200_000), bench.size(1_000_000, 100_000)
    window = bench.size(4 << 20, 1 << 20)
    swift = bench.contest("head", records=count, microseconds=pause, window=window)
    race = bench.race(bench.sides(swift, count, "slow head", "no slow head"), warm_ups=1, counted=["slow head"])
    slow, even = race["slow head"], race["no slow head"]
    if slow.why_not() or even.why_not():
        bench.claim("memory by window", None, at_most=1.1)
        return
    bench.claim("memory by window", [r.notes["shared_bytes"] / r.notes["window"] for r in slow.rounds], at_most=1.1)
    # The window holds far less than half of the records, so that the second half is mapped when the head is through.
    bench.claim("speed after the head by speed without it",
        [e.notes["second_half_ns"] / s.notes["second_half_ns"] for s, e in zip(slow.rounds, even.rounds)], at_least=0.95)

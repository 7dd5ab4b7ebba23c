"""The crash tax: B6 with a worker killed every 100 ms."""
from Driver.bench import ratios


def run(bench):
    count = bench.size(2_000_000, 300_000)
    swift = bench.contest("kills", records=count, steps=1400)
    race = bench.race(bench.sides(swift, count, "undisturbed", "killed every 100 ms"), warm_ups=1)
    killed = race["killed every 100 ms"]
    bench.claim("speed by undisturbed", ratios(race["undisturbed"], killed), at_least=0.95)
    bench.claim("replaced within ms", [r.notes["replaced_ms"] for r in killed.rounds if r.seconds], at_most=5)
    bench.note("ProcessPoolExecutor loses its pool when a worker is killed, and Pool waits for ever: neither has a figure")

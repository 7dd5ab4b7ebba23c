"""A window that is used again against one that nobody has touched yet."""
from Driver.bench import ratios


def run(bench):
    count = bench.size(10_000_000, 500_000)
    swift = bench.contest("window", records=count)
    race = bench.race(bench.sides(swift, count, "used again", "fresh"), warm_ups=4, counted=["used again"])
    bench.claim("fresh by used again", ratios(race["fresh"], race["used again"]), at_least=3)
    faults = race["used again"].counters.get("minor faults per million")
    bench.claim("minor faults per million records, warm", [faults], at_most=100)
    first, again = bench.calibration["first touch of a memfd"][0], bench.calibration["touch again"][0]
    bench.limit("touch again by first touch", [r / (again / first) for r in ratios(race["fresh"], race["used again"]) or []])

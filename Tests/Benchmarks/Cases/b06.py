"""Records that cost 2 µs of computing, in the library."""
from Driver.bench import ratios
from Driver.contestants import pair_of


def run(bench):
    count, steps = bench.size(200_000, 20_000), 1400  # about 2 µs each here
    swift = bench.contest("spin", records=count, steps=steps)
    fields = bench.sides(swift, count, "Procession", "concurrentPerform", "Swift")
    fields += bench.sides(bench.resident([bench.built.loops, count, 2, steps]), count, "C, spin", "OpenMP, spin")
    halves = [bench.contest("spin", records=count // 2, steps=steps, workers=1) for _ in range(2)]
    fields.append(pair_of(halves, "Swift", count // 2, "two independent processes"))
    race = bench.race(fields, counted=["Procession", "concurrentPerform"])
    mine = race["Procession"]
    # Two processes are twice as fast as one where nothing disturbs them: that is the 2 which the target speaks of.
    bench.claim("speed-up, two independent processes being 2", ratios(race["two independent processes"], mine), at_least=1.95, scale=2)
    bench.claim("speed by concurrentPerform", ratios(race["concurrentPerform"], mine), at_least=0.97)
    bench.claim("speed by OpenMP", ratios(race.get("OpenMP, spin"), mine), at_least=0.97)
    bench.limit("twice one thread", [r / 2 for r in ratios(race["Swift"], mine) or []])

"""A pool's start, up to its first result, in a process that holds much memory against one that holds little."""
from Driver.bench import ratios


def run(bench):
    big = bench.size(4096, 256)
    fields = []
    for mib in [10, big]:
        swift, c = bench.contest("start", mib=mib), bench.resident([bench.built.start, mib])
        python = bench.pools("start", mib)
        sides = bench.sides(swift, 1, "Procession") + bench.sides(c, 1, "fork + exec in C")
        for side in sides + bench.sides(python, 1, "Python fork Pool"):
            side.name += f", {mib} MiB"
            fields.append(side)
    race = bench.race(fields)
    bench.claim(f"Procession's start, {big} MiB by 10 MiB", ratios(race[f"Procession, {big} MiB"], race["Procession, 10 MiB"]), at_most=1.1)
    bench.note(f"Python's fork Pool in {big} MiB takes {median(ratios(race[f'Python fork Pool, {big} MiB'], race['Python fork Pool, 10 MiB'])):.2f} times as long as in 10 MiB")
    bench.limit("the small parent", ratios(race["Procession, 10 MiB"], race[f"Procession, {big} MiB"]))


def median(values):
    return sorted(values)[len(values) // 2] if values else float("nan")

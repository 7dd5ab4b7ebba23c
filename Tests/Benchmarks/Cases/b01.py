"""A map at fixed stride: inputs in the arena, a warm pool, results looked at where they are."""
from Driver.bench import ratios


def run(bench):
    count, some, few = bench.size(10_000_000, 1_000_000), bench.size(500_000, 50_000), bench.size(100_000, 10_000)
    swift = bench.contest("stride", records=count)
    loops = bench.resident([bench.built.loops, count, 2])
    fields = bench.sides(swift, count, "Procession, int", "concurrentPerform, int", "Swift, int")
    fields += bench.sides(swift, count, "Procession, text", "concurrentPerform, text", "Swift, text")
    fields += bench.sides(loops, count, "C, int", "OpenMP, int", "C, text", "OpenMP, text")
    slow = bench.sides(bench.resident([bench.built.ocaml_map, some, 2]), some, "parmap array_float_parmap", "parmap keeporder")
    slow += bench.sides(bench.resident(["perl", bench.built.rivals / "mce.pl", some]), some, "MCE::Map")
    slow += bench.sides(
        bench.pools("two_values", few), few, "Python, serial", "Pool.starmap", "Pool.map", "Pool.imap",
        "ProcessPoolExecutor.map", "joblib", "mpire")
    # A map to Int is over in 5 ms, and an interruption makes it half as long again: three rounds for each of the slow.
    for contestant in slow:
        contestant.every = 3
    race = bench.race(
        fields + slow, rounds=3 * bench.rounds, warm_ups=10,
        counted=["Procession, int", "Procession, text", "concurrentPerform, text", "Pool.starmap"])

    for kind in ["int", "text"]:
        mine = race[f"Procession, {kind}"]
        bench.claim(f"time by concurrentPerform, {kind}", ratios(mine, race[f"concurrentPerform, {kind}"]), at_most=1.05)
        bench.claim(f"time by OpenMP, {kind}", ratios(mine, race.get(f"OpenMP, {kind}")), at_most=1.15)
        # A value is read and a result written: what two processes copy at a time, of half as many bytes in and out.
        bytes = {"int": 16, "text": 48}[kind]
        rate = bench.calibration["memcpy 64 MiB, 2 processes"][0] * 2e9
        bench.limit(f"memcpy, {kind}", [bytes / rate / t for t in mine.times() if t])
    bench.claim("Pool.starmap by Procession, text", ratios(race["Pool.starmap"], race["Procession, text"]), at_least=300)

"""One record there and back, on a warm pool: right after the last one, and after a pause in which workers fall asleep."""
from Driver.bench import ratios
from Driver.contestants import Contestant, Round


def run(bench):
    trips, few = bench.size(2000, 200), bench.size(500, 50)
    swift = bench.contest("roundtrip", records=trips)
    ping = bench.resident([bench.built.pingpong, trips])
    fields = bench.sides(swift, trips, "Procession, at once") + bench.sides(ping, trips, "futex", "futex, after a pause", "cache line")

    def after_a_pause():
        result = swift.round("Procession, after a pause")
        return Round(result.notes["ns"] * 1e-9) if result.seconds else result  # without the pauses

    fields.append(Contestant("Procession, after a pause", trips, after_a_pause))
    fields += bench.sides(bench.pools("one_at_a_time", few), few, "Pool.apply", "ProcessPoolExecutor.submit")
    race = bench.race(fields, counted=["Procession, at once"])
    asleep, awake = race["Procession, after a pause"], race["Procession, at once"]
    bench.claim("time by futex ping-pong, both after a pause", ratios(asleep, race.get("futex, after a pause")), at_most=1.3)
    bench.claim("time by futex ping-pong, both at once", ratios(awake, race.get("futex")), at_most=1.3)
    bench.claim("time by cache-line ping-pong, at once", ratios(awake, race.get("cache line")), at_most=2)
    bench.claim("submit by Procession", ratios(race["ProcessPoolExecutor.submit"], awake), at_least=30)
    bench.limit("futex ping-pong", ratios(race.get("futex"), awake))

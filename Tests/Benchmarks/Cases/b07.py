"""Skewed costs: Zipf's, the heaviest first, in the middle or last; and one record that costs as much as a thousand."""
import array, pathlib, random, tempfile

from Driver.bench import ratios


def run(bench):
    count = bench.size(100_000, 5_000)
    steps = 1400 * count  # as much in all as B6 per record
    heaviest_first = zipf(count, steps)
    rest = heaviest_first[1:]
    # The same in every run: where the second heaviest comes late, nobody who takes records in order reaches the target.
    random.Random(7).shuffle(rest)
    heaviest = heaviest_first[:1]
    even = [1400] * (count - 1)
    orders = {
        "first": heaviest + rest, "middle": rest[: count // 2] + heaviest + rest[count // 2 :], "last": rest + heaviest,
        "one of 1000×, last": even + [1_400_000],
    }
    with tempfile.TemporaryDirectory() as folder:
        for order, costs in orders.items():
            path = pathlib.Path(folder, order.split(" ")[0])
            path.write_bytes(array.array("q", costs).tobytes())
            env = {"COSTS": str(path)}
            swift = bench.contest("skew", env, records=count)
            fields = bench.sides(swift, count, "Procession", "concurrentPerform", "Swift")
            fields += bench.sides(bench.resident([bench.built.loops, count, 2, path]), count, "OpenMP guided, spin", "OpenMP static, spin")
            if order == "last":
                fields += bench.sides(bench.pools("skewed", count, env), count, "Pool.map")
            for side in fields:
                side.name += f"; {order}"
            race = bench.race(fields)
            mine, alone = race[f"Procession; {order}"], race[f"Swift; {order}"]
            if order == "last":
                pool = race[f"Pool.map; {order}"]
                own = [t * count / (max(sum(costs) / 2, max(costs)) * 1e-9) for t in pool.times() if t]
                if own:
                    bench.note(f"Pool.map, whose 1000 steps are a microsecond by the clock, takes {min(own):.2f} of its own limit, {order}")
            # The limit in parts of what one thread takes for all.
            limit = max(0.5, max(costs) / sum(costs))
            bench.claim(f"time by max(sum/2, heaviest), {order}", [r / limit for r in ratios(mine, alone) or []], at_most=1.05)
            bench.note(f"{order}: who takes records in order and loses nothing reaches {in_order(costs) / limit / sum(costs):.3f} of the limit")


def zipf(count, total):
    """Costs in proportion to 1/rank, heaviest first."""
    harmonic = sum(1 / rank for rank in range(1, count + 1))
    return [max(1, int(total / harmonic / rank)) for rank in range(1, count + 1)]


def in_order(costs):
    """When two workers are done who always take the next record."""
    first = second = 0
    for cost in costs:
        if first > second:
            first, second = second, first
        first += cost
    return max(first, second)

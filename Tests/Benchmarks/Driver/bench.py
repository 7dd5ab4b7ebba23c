"""A case being run: its race, its claims, its line."""
import statistics, time

from . import counters
from .contestants import Resident, command, side_of


class Bench:
    """What a case needs to be run. A case is a module with a `run(bench)` that ends in `bench.claim`s."""

    def __init__(self, built, quick, rounds, random):
        self.built, self.quick, self.rounds, self.random = built, quick, rounds, random
        self.calibration = {}

    # Contestants

    def size(self, full, quick):
        return quick if self.quick else full

    def contest(self, case, env=None, **numbers):
        """The Swift side of a case."""
        return self.resident([self.built.contest, case, *(f"{n}={v}" for n, v in numbers.items())], env)

    def pools(self, case, records, env=None):
        return self.resident([self.built.python, self.built.rivals / "pools.py", case, records, 2], env)

    def resident(self, line, env=None):
        """A program that stays for the case. None when it could not be built here."""
        if line[0] is None:
            return None
        self.residents.append(Resident(line, env))
        return self.residents[-1]

    def command(self, name, line, records, **more):
        return command(self.built.stopwatch, name, line, records, **more)

    def sides(self, resident, records, *names):
        return [side_of(resident, name, records) for name in names] if resident else []

    # The race

    def race(self, contestants, rounds=None, counted=(), warm_ups=2):
        """Rounds of all contestants in turn, in a new order each time. The ones before do not count.

        A contestant with an `every` above 1 takes part in every so many rounds."""
        rounds = rounds or self.rounds
        for number in range(-warm_ups, rounds):
            for contestant in self.random.sample(contestants, len(contestants)):
                if contestant.why_not():
                    continue  # once wrong or absent, not run again
                if number % contestant.every:
                    if number >= 0:
                        contestant.rounds.append(None)
                    continue
                time.sleep(0.005)
                result = contestant.run()
                if number >= 0 or result.seconds is None:
                    contestant.rounds.append(result)
        for contestant in contestants:
            if contestant.name in counted and not contestant.why_not():
                contestant.counters = counters.of_round(contestant)
        self.contestants += contestants
        return {c.name: c for c in contestants}

    # What came of it

    def claim(self, text, ratios, at_most=None, at_least=None, scale=1):
        """A target. `ratios` are those of the rounds; None, or a list with None in it, when there is nothing to compare."""
        ratios = [r * scale for r in ratios if r is not None] if ratios else []
        claim = {"text": text, "at_most": at_most, "at_least": at_least, "ratio": None, "pass": None}
        if ratios:
            low, middle, high = spread(ratios)
            passes = middle <= at_most if at_most is not None else middle >= at_least
            claim |= {"ratio": middle, "low": low, "high": high, "pass": passes}
        self.claims.append(claim)

    def limit(self, text, ratios):
        """The part of its limit that a case reaches, 1 being all."""
        if ratios:
            self.limits[text] = statistics.median(ratios)

    def note(self, text):
        self.notes.append(text)

    def case(self, title, module):
        """Runs a case, prints it, and returns it for the report."""
        self.residents, self.contestants, self.claims, self.limits, self.notes = [], [], [], {}, []
        start = time.perf_counter()
        try:
            module.run(self)
        finally:
            for resident in self.residents:
                resident.__exit__()
        known = [c for c in self.claims if c["pass"] is not None]
        passes = bool(known) and all(c["pass"] for c in known)
        self.print(title, module, passes)
        return {
            "title": module.__doc__.strip().splitlines()[0], "pass": passes, "claims": self.claims, "limits": self.limits,
            "notes": self.notes, "seconds": round(time.perf_counter() - start, 1),
            "contestants": [
                {"name": c.name, "records": c.records, "why not": c.why_not(), "counters": c.counters,
                 "seconds": [r and r.seconds for r in c.rounds], "notes": [r and r.notes for r in c.rounds]}
                for c in self.contestants]}

    def print(self, title, module, passes):
        parts = [describe(c) for c in self.claims[1:]] + [f"{v:.2f} of {t}" for t, v in self.limits.items()]
        first = self.claims[0]
        ratio = "N/A" if first["ratio"] is None else f"{first['ratio']:.3g} [{first['low']:.3g}–{first['high']:.3g}]"
        target = f"≤{first['at_most']}" if first["at_most"] is not None else f"≥{first['at_least']}"
        print(f"{title} ratio={ratio} target={target} {'pass' if passes else 'short'} ({first['text']}; {'; '.join(parts)})")
        print(f"   {module.__doc__.strip().splitlines()[0]}")
        for c in self.contestants:
            times = [t for t in c.times() if t is not None]
            figure = c.why_not() or "{1} per record [{0}–{2}]".format(*map(readable, spread(times)))
            extra = ", ".join(f"{n} {v:g}" for n, v in c.counters.items())
            print(f"     {c.name:<34} {figure}, {c.records} records a round" + (f"; {extra}" if extra else ""))
        for note in self.notes:
            print(f"     {note}")


def ratios(one, other):
    """Time per record of one by that of the other, round by round. None when one of them has none."""
    if one is None or other is None or one.why_not() or other.why_not():
        return None
    return [a / b for a, b in zip(one.times(), other.times()) if a and b]


def spread(values):
    """Where nine of ten lie, and their median: (low, median, high)."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    return twentieths[0], statistics.median(values), twentieths[-1]


def describe(claim):
    bound = f"≤{claim['at_most']}" if claim["at_most"] is not None else f"≥{claim['at_least']}"
    if claim["ratio"] is None:
        return f"{claim['text']} N/A {bound}"
    return f"{claim['text']} {claim['ratio']:.3g} [{claim['low']:.3g}–{claim['high']:.3g}] {bound}" + ("" if claim["pass"] else " short")


def readable(seconds):
    for unit, size in [("s", 1), ("ms", 1e-3), ("µs", 1e-6)]:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"

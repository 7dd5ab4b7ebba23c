"""Who takes part in a race: resident programs that run a round when told to, and commands that are a round each."""
import os, subprocess
from dataclasses import dataclass, field


@dataclass
class Round:
    """One round of one contestant. `seconds` is None when the result was wrong or the contestant is absent."""
    seconds: float | None
    why: str = ""
    notes: dict = field(default_factory=dict)


class Resident:
    """A program that prepares once, then runs a round of one of its sides for every line it reads (Rivals/resident.h)."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, **(env or {})})
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command} did not get ready")

    def begin(self, side):
        self.process.stdin.write(side + "\n")
        self.process.stdin.flush()

    def end(self):
        words = self.process.stdout.readline().split(" ")
        if words[0] in ("N/A", "absent", ""):
            return Round(None, " ".join(words).strip() or "died")
        notes = {name: float(value) for name, value in (word.strip().split("=") for word in words[1:])}
        return Round(float(words[0]) * 1e-9, notes=notes)

    def round(self, side):
        self.begin(side)
        return self.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Contestant:
    """A name, the records of one of its rounds, and how to run a round."""

    def __init__(self, name, records, run, pids=lambda: []):
        self.name, self.records, self.run, self.pids = name, records, run, pids
        self.rounds = []  # None where others had theirs
        self.every = 1
        self.counters = {}

    def times(self):
        """Seconds per record of each round, None where there is none."""
        return [r and r.seconds and r.seconds / self.records for r in self.rounds]

    def why_not(self):
        return next((r.why for r in self.rounds if r and r.seconds is None), "")


def side_of(resident, side, records, name=None):
    return Contestant(name or side, records, lambda: resident.round(side), lambda: [resident.process.pid])


def pair_of(residents, side, records, name):
    """Two programs that do the same at the same time, independent of each other."""

    def run():
        import time
        start = time.perf_counter()
        for resident in residents:
            resident.begin(side)
        rounds = [resident.end() for resident in residents]
        took = time.perf_counter() - start
        return Round(took) if all(r.seconds for r in rounds) else rounds[0]

    return Contestant(name, records * len(residents), run)


def command(stopwatch, name, line, records, is_right=lambda: True, needs=None):
    """A shell command, timed from its start to its exit. `is_right` looks at what it left, after the first round."""
    checked = []

    def run():
        import shutil, time
        if needs and not shutil.which(needs):
            return Round(None, f"absent {needs}")
        read, write = os.pipe()
        words = ["bash", "-c", line] if isinstance(line, str) else [str(w) for w in line]
        before = time.perf_counter()
        subprocess.run([str(stopwatch), str(write), *words], pass_fds=[write], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = time.perf_counter() - before
        os.close(write)
        with os.fdopen(read) as report:
            words = report.read().split()
        if not words or words[1] != "0":
            return Round(None, f"N/A exit status {words[1] if words else '?'}")
        # Seen once by hand and never explained: a reading of weeks. A part cannot take longer than the whole.
        if float(words[0]) * 1e-9 > most:
            return Round(None, f"N/A impossible reading, {words[0]} ns in {most} s")
        if not checked:
            checked.append(is_right())
        if not checked[0]:
            return Round(None, "N/A wrong result")
        return Round(float(words[0]) * 1e-9, notes={"faults": float(words[2]), "switches": float(words[3])})

    return Contestant(name, records, run)

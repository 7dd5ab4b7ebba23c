"""The memory of a stream: gigabytes through standard input."""
import subprocess, time

from Driver.contestants import Contestant, Round
from Driver.counters import PeakMemory

LINE = "x" * 99


def run(bench):
    size = bench.size(10 << 30, 256 << 20)
    fields = [stream(bench, "procession", f"{bench.built.procession} map -j 2 -c v=identity", size), stream(bench, "cat", "cat", size)]
    race = bench.race(fields, rounds=3, warm_ups=0)
    rounds = race["procession"].rounds
    window = 64
    # The window, and what the command and its workers are themselves.
    bench.claim("peak MiB above the window", [r.notes["peak"] - window for r in rounds if r.seconds], at_most=32)
    bench.note(f"cat's peak, the pipes' other ends included: {race['cat'].rounds[0].notes.get('peak', 0):.1f} MiB")


def stream(bench, name, filter, size):
    """A round is the whole of it, through pipes; its output is counted and compared with its input."""

    def run():
        start = time.perf_counter()
        shell = subprocess.Popen(
            ["bash", "-c", f"yes {LINE} | head -c {size} | {filter} | cksum"], stdout=subprocess.PIPE, text=True)
        with PeakMemory([shell.pid]) as peak:
            seen = shell.communicate()[0]
        took = time.perf_counter() - start
        if int(seen.split()[1]) != size:
            return Round(None, "N/A wrong result")
        return Round(took, notes={"peak": peak.bytes / (1 << 20)})

    return Contestant(name, size // 100, run)

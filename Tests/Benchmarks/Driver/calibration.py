"""The calibration block: what this machine can do now, in figures that the cases are held against."""
import subprocess

from .contestants import Resident


def measure(built):
    """Name to (value, unit)."""
    figures = {}
    for line in subprocess.run([built.calibrate], capture_output=True, text=True, check=True).stdout.splitlines():
        name, value, unit = line.split("\t")
        figures[name] = (float(value), unit)
    trips = 2000
    with Resident([built.pingpong, trips]) as pingpong:
        for side, name in [("futex", "futex round trip, asleep"), ("cache line", "cache line round trip, spinning")]:
            best = min(pingpong.round(side).seconds for _ in range(3))
            figures[name] = (round(best / trips * 1e6, 3), "µs")
    return figures

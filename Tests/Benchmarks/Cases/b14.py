"""Instructions per record, counted by callgrind; Tests/Benchmarks/gate holds them to what was accepted."""
import json, subprocess

from Driver import build


def run(bench):
    gate = subprocess.run([build.benchmarks / "gate"], capture_output=True, text=True)
    for line in gate.stdout.splitlines():
        bench.note(line.strip())
    figures = json.loads((build.benchmarks / "instructions.json").read_text())
    bench.claim("worker, Int → Int", [figures["B1, Int → Int"]["worker"]] if gate.returncode == 0 else None, at_most=12)
    bench.claim("calls that retain or allocate", [figures["B1, Int → Int"]["worker's calls that retain or allocate"]], at_most=0.01)

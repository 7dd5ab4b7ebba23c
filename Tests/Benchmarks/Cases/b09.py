"""--exec: cat, jq -c and a Python filter over NDJSON, one filter per worker."""
import filecmp, pathlib, subprocess, tempfile

from Driver.bench import ratios

PYTHON = """import sys, json
for line in sys.stdin:
    record = json.loads(line)
    record["sum"] = record["x"] + record["y"]
    print(json.dumps(record, separators=(",", ":")))
"""


def run(bench):
    count = bench.size(1_000_000, 20_000)
    rounds = max(3, bench.rounds * 3 // 5)  # each takes seconds
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        file, script, out = (pathlib.Path(folder, name) for name in ["records.ndjson", "filter.py", "out"])
        script.write_text(PYTHON)
        with file.open("w") as records:
            for i in range(count):
                records.write(f'{{"key":"k{i}","x":{i},"y":{i % 97}}}\n')
        for name, filter, needs in [("cat", "cat", None), ("jq -c", "jq -c .", "jq"), ("python", f"{bench.built.python} {script}", None)]:
            expected = pathlib.Path(folder, "expected")
            if subprocess.run(f"{filter} <{file} >{expected}", shell=True).returncode != 0:
                bench.note(f"{name} is absent")
                continue

            def same():
                return filecmp.cmp(expected, out, shallow=False)

            mine = f"exec {bench.built.procession} map -j 2 -x '{filter}' {file} -o {out}"
            pipes = f"parallel --pipe -k -j2 '{filter}' <{file} >{out}"
            race = bench.race([
                bench.command(f"procession, {name}", mine, count, is_right=same),
                bench.command(f"{name}", f"exec {filter} <{file} >{out}", count, is_right=same, needs=needs),
                bench.command(f"parallel, {name}", pipes, count, is_right=same, needs="parallel"),
            ], rounds=rounds, warm_ups=1)
            us, alone, others = race[f"procession, {name}"], race[name], race[f"parallel, {name}"]
            if name == "cat":
                bench.claim("parallel by procession, cat", ratios(others, us), at_least=5)
            else:
                bench.claim(f"serial by procession, {name}", ratios(alone, us), at_least=1.9)
                bench.claim(f"parallel by procession, {name}", ratios(others, us), at_least=1)
                bench.limit(f"twice serial, {name}", [r / 2 for r in ratios(alone, us) or []])

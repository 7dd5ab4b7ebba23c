"""A cold start: the command line, one record, two workers."""
import pathlib, tempfile

from Driver.bench import ratios


def run(bench):
    with tempfile.TemporaryDirectory() as folder:
        record = pathlib.Path(folder, "record")
        record.write_text("a\n")
        out = pathlib.Path(folder, "out")

        def is_right(expected="a\n"):
            return lambda: out.read_text() == expected

        procession = [bench.built.procession, "map", "-j", "2", "-c", "v=identity", record, "-o", out]
        starmap = "from multiprocessing import Pool; print(Pool(2).map(str.strip, ['a'])[0])"
        fields = [
            bench.command("procession", procession, 1, is_right=is_right()),
            bench.command("static C, two spawned", [bench.built.spawn_two], 1),
            bench.command("xargs -P2", f"exec xargs -P2 -n1 echo <{record} >{out}", 1, is_right=is_right()),
            bench.command("parallel", f"exec parallel -k -j2 echo <{record} >{out}", 1, is_right=is_right(), needs="parallel"),
            bench.command("Python Pool(2)", f'exec {bench.built.python} -c "{starmap}" >{out}', 1, is_right=is_right()),
        ]
        race = bench.race(fields)
    mine, limit = race["procession"], race["static C, two spawned"]
    allowed = [2 + 3e-3 / t for t in limit.times() if t]
    bench.claim("time by (2 × static C + 3 ms)", [r / a for r, a in zip(ratios(mine, limit) or [], allowed)], at_most=1)
    bench.claim("parallel by procession", ratios(race["parallel"], mine), at_least=20)
    bench.limit("the static C program", ratios(limit, mine))

"""identity over lines of 100 bytes, from file to file and from pipe to pipe."""
import filecmp, pathlib, tempfile

from Driver.bench import ratios


def run(bench):
    lines = bench.size(10_737_418, 500_000)
    slow_lines = min(lines, 2_000_000)
    # In memory, so that the disk has no say; the output file is written anew in every round by everybody.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        file, part, out = (pathlib.Path(folder, name) for name in ["lines", "part", "out"])
        write_lines(file, lines)
        with file.open("rb") as whole:
            part.write_bytes(whole.read(100 * slow_lines))

        def same(expected):
            return lambda: filecmp.cmp(expected, out, shallow=False)

        def piped(filter, source=file):
            return f"set -o pipefail; cat {source} | {filter} | cat >{out}"

        mine = f"{bench.built.procession} map -j 2 -c v=identity"
        fields = [
            bench.command("procession, files", f"exec {mine} {file} -o {out}", lines, is_right=same(file)),
            bench.command("cat, files", f"exec cat <{file} >{out}", lines, is_right=same(file)),
            bench.command("procession, pipes", piped(mine), lines, is_right=same(file)),
            bench.command("cat, pipes", piped("cat"), lines, is_right=same(file)),
            bench.command("parallel --pipe -k -j2", piped("parallel --pipe -k -j2 cat", part), slow_lines, is_right=same(part), needs="parallel"),
            bench.command("parallel --pipepart -k -j2", f"parallel --pipepart -a {part} -k -j2 cat >{out}", slow_lines, is_right=same(part), needs="parallel"),
            bench.command("mlr cat", f"exec mlr --nidx --fs tab cat {part} >{out}", slow_lines, is_right=same(part), needs="mlr"),
        ]
        race = bench.race(fields, warm_ups=1)
    bench.claim("speed by cat, files", ratios(race["cat, files"], race["procession, files"]), at_least=0.7)
    bench.claim("speed by cat, pipes", ratios(race["cat, pipes"], race["procession, pipes"]), at_least=0.5)
    bench.claim("parallel by procession, pipes", ratios(race["parallel --pipe -k -j2"], race["procession, pipes"]), at_least=10)
    bench.limit("cat, files", ratios(race["cat, files"], race["procession, files"]))
    bench.limit("cat, pipes", ratios(race["cat, pipes"], race["procession, pipes"]))


def write_lines(path, count):
    """Lines of 100 bytes, each of its own."""
    with path.open("wb") as file:
        for first in range(0, count, 100_000):
            file.write(b"".join(b"%012d %s\n" % (i, b"abcdefghijklmnopqrstuvwxyz" * 3 + b"abcdefgh") for i in range(first, min(count, first + 100_000))))

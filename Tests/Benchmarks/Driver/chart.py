"""The picture and the table of a report: how many times as long as Procession its rivals take, on a logarithmic scale."""
import math, statistics
from html import escape

# Case, what it is in the picture, Procession's name in it, and the rivals shown.
GROUPS = [
    ("B1", "(2x, text) of 10⁷ numbers, library", "Procession, text",
     ["OpenMP, text", "concurrentPerform, text", "parmap keeporder", "MCE::Map", "Pool.starmap", "ProcessPoolExecutor.map", "joblib", "mpire"]),
    ("B1d", "dictionary in, dictionary out, library", "Procession", ["concurrentPerform", "serial mapValues", "Pool.starmap"]),
    ("B6", "2 µs of computing per record, library", "Procession", ["concurrentPerform", "OpenMP, spin", "Swift"]),
    ("B8", "results of 0–64 KiB, library", "Procession", ["C over pipes", "Pool.imap of bytes"]),
    ("B3", "one record, from a cold start, command", "procession", ["static C, two spawned", "xargs -P2", "parallel", "Python Pool(2)"]),
    ("B5", "lines through a pipe, command", "procession, pipes", ["cat, pipes", "mlr cat", "parallel --pipe -k -j2"]),
    ("B9", "NDJSON through jq -c, command", "procession, jq -c", ["jq -c", "parallel, jq -c"]),
]
NAMES = {"Swift": "one thread", "serial mapValues": "one thread", "concurrentPerform, text": "concurrentPerform"}

WIDTH, LEFT, RIGHT, ROW, TOP = 860, 250, 70, 19, 64


def draw(report, folder):
    """Writes chart.svg and table.md into `folder`."""
    rows = rows_of(report)
    (folder / "table.md").write_text(table(report, rows))
    if rows:
        (folder / "chart.svg").write_text(picture(report, rows))


def rows_of(report):
    """(case's title, [(rival, times as long as Procession, or why not)])."""
    groups = []
    for case, title, mine, rivals in GROUPS:
        if case not in report["cases"]:
            continue
        found = {c["name"]: c for c in report["cases"][case]["contestants"]}
        shown = [(NAMES.get(r, r), factor(found.get(r), found.get(mine))) for r in rivals if r in found]
        groups.append((f"{case}  {title}", shown))
    return groups


def factor(rival, mine):
    if not mine or rival["why not"] or mine["why not"]:
        return rival["why not"] or "N/A"
    return statistics.median(
        (a / rival["records"]) / (b / mine["records"]) for a, b in zip(rival["seconds"], mine["seconds"]) if a and b)


def picture(report, groups):
    factors = [f for _, rivals in groups for _, f in rivals if not isinstance(f, str)] or [1]
    low = min(0, math.floor(math.log10(min(factors)) * 2) / 2)
    high = max(1, math.log10(max(factors)) + 0.25)

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    y, body = TOP, []
    for title, rivals in groups:
        y += 10
        body.append(f'<text x="16" y="{y + 13}" class="b">{escape(title)}</text>')
        y += ROW
        for name, value in rivals:
            body.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
            if isinstance(value, str):
                body.append(f'<text x="{x(1) + 6:.0f}" y="{y + 13}" class="q">{escape(value)}</text>')
            else:
                start, end = sorted((x(1), x(value)))
                kind = "slow" if value > 1.05 else "fast" if value < 0.95 else "even"
                body.append(f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 2):.1f}" height="{ROW - 6}" class="{kind}"/>')
                body.append(f'<text x="{max(end, x(1)) + 5:.0f}" y="{y + 13}">{text_of(value)}</text>')
            y += ROW
    height = y + 40
    grid = []
    for power in range(math.ceil(low), math.floor(high) + 1):
        at = x(10**power)
        grid.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{y + 6}" class="{"one" if power == 0 else "g"}"/>')
        grid.append(f'<text x="{at:.1f}" y="{y + 24}" text-anchor="middle" class="q">{10.0**power:g}×</text>')
    machine = report["machine"]
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="12.5">
<style>text{{fill:#24292f}}.b{{font-weight:bold}}.q{{fill:#57606a}}.g{{stroke:#d8dee4}}.one{{stroke:#24292f;stroke-width:1.5}}.slow{{fill:#d1643f}}.fast{{fill:#2f855a}}.even{{fill:#8c959f}}</style>
<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="#d0d7de"/>
<text x="16" y="26" class="b" font-size="15">Time per record, Procession being 1 (logarithmic; longer is slower)</text>
<text x="16" y="46" class="q">2 workers, {escape(str(machine["processor"]))}, {machine["cores"]} cores; medians of {report["rounds"]} interleaved rounds{" of a quick run" if report["quick"] else ""}; commit {escape(machine["commit"])}</text>
{chr(10).join(grid)}
{chr(10).join(body)}
</svg>
"""


def table(report, groups):
    machine = report["machine"]
    lines = [
        f"Drawn by `Tests/Benchmarks/run` at commit {machine['commit']}: {machine['cores']} cores, {machine['processor']}, "
        f"Linux {machine['kernel']}, {report['rounds']} rounds, seed {report['seed']}, load before {machine['load']}"
        + (" (**quick run: not to be quoted**)" if report["quick"] else "") + "." + others(report), "",
        "| case | what | ratio | target | reached |", "|---|---|---|---|---|"]
    for name, case in report["cases"].items():
        for claim in case["claims"]:
            bound = f"≤ {claim['at_most']}" if claim["at_most"] is not None else f"≥ {claim['at_least']}"
            ratio = "N/A" if claim["ratio"] is None else f"{claim['ratio']:.3g} ({claim['low']:.3g}–{claim['high']:.3g})"
            verdict = {True: "yes", False: "**no**", None: "N/A"}[claim["pass"]]
            lines.append(f"| {name} | {claim['text']} | {ratio} | {bound} | {verdict} |")
    lines += ["", "| rival | times as long as Procession |", "|---|---|"]
    for title, rivals in groups:
        lines.append(f"| **{title}** | |")
        lines += [f"| {name} | {value if isinstance(value, str) else text_of(value)} |" for name, value in rivals]
    return "\n".join(lines) + "\n"


def others(report):
    """Which cases were run at another commit, and kept."""
    commits = {}
    for name, case in report["cases"].items():
        if case["commit"] != report["machine"]["commit"]:
            commits.setdefault(case["commit"], []).append(name)
    return "".join(f" {', '.join(names)}: at {commit}." for commit, names in commits.items())


def text_of(value):
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"

"""What the figures were measured on, and with which versions."""
import os, platform, subprocess


def describe():
    return {
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{int(first('/proc/meminfo', 'MemTotal').split()[0]) >> 20} GiB",
        "kernel": platform.release(),
        "load": " ".join(f"{x:.1f}" for x in os.getloadavg()),
        "huge pages": open("/sys/kernel/mm/transparent_hugepage/enabled").read().strip()
        if os.path.exists("/sys/kernel/mm/transparent_hugepage/enabled") else "none",
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "swift": output("swift", "--version"),
        "gcc": output("gcc", "--version"),
        "python": platform.python_version(),
        "parallel": output("parallel", "--version"),
        "jq": output("jq", "--version"),
        "miller": output("mlr", "--version"),
        "MCE": output("perl", "-MMCE::Map", "-e", "print $MCE::Map::VERSION"),
        "OCaml": output("ocamlfind", "ocamlopt", "-version"),
    }


def first(path, name):
    for line in open(path):
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"


def output(*command):
    """The first line a command prints, or that it is absent."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return result.stdout.splitlines()[0] if result.returncode == 0 else "absent"
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "absent"

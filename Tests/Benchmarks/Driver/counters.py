"""What else a round costs: minor faults, context switches, system calls, and memory, of a whole tree of processes.

Taken in rounds of their own, which are not timed: looking at /proc and tracing system calls would disturb the others."""
import os, re, shutil, signal, subprocess, threading, time


def of_round(contestant):
    """The counters of one round of a resident contestant, per million records where that says something."""
    pids = tree(contestant.pids())
    if not pids:
        return {}
    per_million = 1e6 / contestant.records
    faults, switches = faults_of(pids), switches_of(pids)
    with PeakMemory(contestant.pids()) as peak:
        contestant.run()
    now = tree(contestant.pids())
    counters = {
        "minor faults per million": round((faults_of(now) - faults) * per_million, 1),
        "context switches per million": round((switches_of(now) - switches) * per_million, 1),
        "peak memory, MiB": round(peak.bytes / (1 << 20), 1),
    }
    calls = system_calls(contestant, now)
    if calls is not None:
        counters["system calls per million"] = round(calls * per_million, 1)
    return counters


def tree(pids):
    """The processes and all below them."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(name))
            except (OSError, IndexError):
                pass
    found, todo = [], list(pids)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def faults_of(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                words = file.read().rsplit(")", 1)[1].split()
            total += int(words[7]) + int(words[8])  # its own, and those of children it has waited for
        except OSError:
            pass
    return total


def switches_of(pids):
    total = 0
    for pid in pids:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/status") as file:
                    total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", file.read()))
        except OSError:
            pass
    return total


def memory_of(pids):
    """Bytes, shared pages counted in proportion."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M).group(1)) << 10
        except (OSError, AttributeError):
            pass
    return total


class PeakMemory:
    """The most memory a tree of processes was seen to hold, looked at twenty times a second."""

    def __init__(self, pids):
        self.pids, self.bytes, self.is_over = pids, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while True:
            self.bytes = max(self.bytes, memory_of(tree(self.pids)))
            if self.is_over.wait(0.05):
                return

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def system_calls(contestant, pids):
    """System calls of one round; None when they cannot be traced here."""
    if not shutil.which("strace"):
        return None
    trace = subprocess.Popen(
        ["strace", "-f", "-c", "-U", "calls,name", *(word for pid in pids for word in ("-p", str(pid)))],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    time.sleep(0.3)
    if trace.poll() is not None:
        return None
    contestant.run()
    trace.send_signal(signal.SIGINT)
    text = trace.communicate()[1]
    total = re.search(r"^\s*(\d+)\s+total", text, re.M)
    return int(total.group(1)) if total else None

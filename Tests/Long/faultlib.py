"""Runs of the built `procession` under faults, and what must hold of each; for the parts of the long tier beside it."""

import atexit
import concurrent.futures
import itertools
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTED = {0, 1, 2, 3, 4, 5}
serial = itertools.count()


def build():
    """A copy of the debug build, which alone has fault points; a later build leaves it alone."""
    subprocess.run(["swift", "build", "--product", "procession"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    directory = tempfile.mkdtemp(prefix="procession-long-")
    atexit.register(shutil.rmtree, directory)
    return shutil.copy(os.path.join(ROOT, ".build", "debug", "procession"), directory)


class Run:
    """What came of one run."""

    def __init__(self, status, output, errors, seconds, leftovers, counts):
        self.status, self.output, self.errors, self.seconds = status, output, errors, seconds
        self.leftovers, self.counts = leftovers, counts

    @property
    def strikes(self):
        return sum(row[63] for row in self.counts.values())


class Job:
    """A command line with its input and its right output."""

    def __init__(self, program, arguments, data, expected):
        self.program, self.arguments, self.data, self.expected = program, arguments, data, expected

    def replay(self, faults):
        """One line that does it again; the input comes from the seed that the caller prints."""
        words = " ".join(shlex.quote(word) for word in self.arguments)
        return f"PROCESSION_FAULTS={shlex.quote(faults)} procession {words}"

    def run(self, faults="", limit=30, during=None):
        """Runs to the end. `during` is called with the process, after its input was handed over."""
        number = next(serial)
        mark = f"PROCESSION_LONG_RUN={os.getpid()}-{number}"
        with tempfile.TemporaryDirectory(prefix="procession-long-") as directory:
            counts = os.path.join(directory, "counts")
            environment = dict(os.environ, PROCESSION_FAULT_COUNTS=counts)
            environment.update([mark.split("=")])
            if faults:
                environment["PROCESSION_FAULTS"] = faults
            source = os.path.join(directory, "input")
            with open(source, "wb") as file:
                file.write(self.data)
            paths = [os.path.join(directory, name) for name in ("output", "errors")]
            start = time.monotonic()
            with open(source, "rb") as stdin, open(paths[0], "wb") as stdout, open(paths[1], "wb") as stderr:
                process = subprocess.Popen(
                    [self.program] + self.arguments, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)
                if during:
                    during(process)
                try:
                    status = process.wait(limit)
                except subprocess.TimeoutExpired:
                    status = "hang"
            seconds = time.monotonic() - start
            leftovers = [] if status == "hang" else survivors(mark)
            if status == "hang":
                process.kill()
                process.wait()
                for pid in survivors(mark):
                    end(pid)
            output, errors = (open(path, "rb").read() for path in paths)
            return Run(status, output, errors.decode(errors="replace"), seconds, leftovers, read_counts(counts))

    def violation(self, run, parent_may_die=False, must_succeed=False, call=None):
        """What is wrong with a run, or None."""
        if run.status == "hang":
            return "hangs"
        if run.leftovers:
            return f"leaves processes {run.leftovers}"
        if not self.expected.startswith(run.output):
            return "writes what is no prefix of the right output: " + first_difference(run.output, self.expected)
        if run.status == 0:
            return None if run.output == self.expected else f"succeeds with {len(run.output)} of {len(self.expected)} bytes"
        if parent_may_die and run.status == -signal.SIGKILL:
            return None
        if must_succeed:
            return f"ends with {run.status}: {run.errors[-300:]}"
        if run.status not in DOCUMENTED:
            return f"ends with {run.status}, which is not documented: {run.errors[-300:]}"
        if call and call not in run.errors:
            return f"does not name {call}: {run.errors[-300:]!r}"
        lines = run.errors.strip().split("\n")
        return None if lines[-1].startswith("procession: ") else f"says nothing of its end: {run.errors[-300:]!r}"


def first_difference(output, expected):
    place = next((i for i, (a, b) in enumerate(zip(output, expected)) if a != b), min(len(output), len(expected)))
    return f"byte {place} is {output[place:place + 20]!r} instead of {expected[place:place + 20]!r}"


def read_counts(path):
    """By the name of a point: visits of the parent, of all workers, of workers 0 to 60, and faults that struck."""
    try:
        data = open(path, "rb").read()
    except FileNotFoundError:
        return {}
    size = 32 + 64 * 8
    return {
        data[at:at + 32].rstrip(b"\0").decode(): struct.unpack("64q", data[at + 32:at + size])
        for at in range(0, len(data) - size + 1, size)
    }


def marked(mark):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if mark.encode() in file.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                pass
    return found


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def survivors(mark):
    """Processes of the run that a second has not been enough for."""
    end = time.monotonic() + 1
    while True:
        left = marked(mark)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.005)


def call_names():
    """The calls by their Swift names, with the names that errors use."""
    text = open(os.path.join(ROOT, "Sources", "ProcessionSystem", "Calls", "SystemError.swift")).read()
    return dict(re.findall(r'case \.(\w+): "([^"]+)"', text))


def in_parallel(function, items, jobs=3):
    """Calls the function for every item, and yields item and result as they come."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(function, item): item for item in items}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()

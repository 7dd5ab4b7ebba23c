"""Python's process pools, kept warm. Usage: pools.py CASE RECORDS [WORKERS]; driven line by line as resident.h says."""
import json, sys, time
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

CASE = sys.argv[1]
N = int(sys.argv[2])
W = int(sys.argv[3]) if len(sys.argv) > 3 else 2


def two(key, value):
    return key, value * 2, str(value)


def two_of_pair(pair):
    return two(*pair)


def twice(value):
    return value * 2


def spin(steps):
    """Busy for `steps` microseconds: Python is not to be measured by how fast it computes, but by how it shares work."""
    end = time.perf_counter() + steps * 1e-6
    while time.perf_counter() < end:
        pass
    return steps


def blob(order):
    return bytes([order >> 32]) * (order & 0xFFFF_FFFF)


def doubled_and_text(results):
    """The problem's second example as it was written down: two ordered dictionaries."""
    doubled, text = OrderedDict(), OrderedDict()
    for key, d, t in results:
        doubled[key] = d
        text[key] = t
    return doubled, text


# Each pool is made when its side is first run, in a round that does not count.
class Pools:
    def __getattr__(self, name):
        made = getattr(self, "make_" + name)()
        setattr(self, name, made)
        return made

    def make_pool(self):
        return Pool(W)

    def make_executor(self):
        return ProcessPoolExecutor(W)

    def make_joblib(self):
        from joblib import Parallel
        return Parallel(n_jobs=W)

    def make_mpire(self):
        from mpire import WorkerPool
        return WorkerPool(W, keep_alive=True)


pools = Pools()


def two_values():
    """B1, B1d: two values per record, keys and all."""
    data = OrderedDict((f"k{i}", i) for i in range(N))
    expected = (OrderedDict((k, v * 2) for k, v in data.items()), OrderedDict((k, str(v)) for k, v in data.items()))

    def with_joblib():
        from joblib import delayed
        return doubled_and_text(pools.joblib(delayed(two)(k, v) for k, v in data.items()))

    return expected, {
        "Python, serial": lambda: doubled_and_text(two(k, v) for k, v in data.items()),
        "Pool.starmap": lambda: doubled_and_text(pools.pool.starmap(two, zip(data.keys(), data.values()))),
        "Pool.map": lambda: doubled_and_text(pools.pool.map(two_of_pair, list(data.items()))),
        "Pool.imap": lambda: doubled_and_text(pools.pool.imap(two_of_pair, data.items(), chunksize=1000)),
        "ProcessPoolExecutor.map": lambda: doubled_and_text(
            pools.executor.map(two_of_pair, data.items(), chunksize=1000)),
        "joblib": with_joblib,
        "mpire": lambda: doubled_and_text(pools.mpire.map(two, list(data.items()), iterable_len=N)),
    }


def one_at_a_time():
    """B2: a record there and back."""
    return [42] * N, {
        "Pool.apply": lambda: [pools.pool.apply(twice, (21,)) for _ in range(N)],
        "ProcessPoolExecutor.submit": lambda: [pools.executor.submit(twice, 21).result() for _ in range(N)],
    }


def start():
    """B4: a pool's start in a process with N MiB of touched memory, up to its first result."""
    ballast = bytearray(b"x") * (N << 20)

    def first_result():
        with Pool(W) as pool:
            return pool.map(twice, [21]) if ballast else None

    return [42], {"Python fork Pool": first_result}


def skewed():
    """B7: costs from the file that COSTS names, in steps; a thousand steps last a microsecond here."""
    import array, os
    costs = array.array("q")
    costs.frombytes(open(os.environ["COSTS"], "rb").read())
    costs = [c // 1000 for c in costs][:N]
    return costs, {
        "Pool.map": lambda: pools.pool.map(spin, costs),
        "Pool.imap_unordered": lambda: sorted(pools.pool.imap_unordered(spin, costs)) == sorted(costs) and costs,
    }


def blobs():
    """B8: results of 0 to 64 KiB, log-normal, of the same kind as in Bytes.swift; N is their sum in MiB."""
    import random
    generator = random.Random(1)
    orders, total = [], 0
    while total < N << 20:
        size = min(64 << 10, int(4096 * 2 ** (1.5 * generator.gauss(0, 1))))
        orders.append(size | generator.randrange(256) << 32)
        total += size
    return True, {
        "Pool.imap of bytes": lambda: sum(len(b) for b in pools.pool.imap(blob, orders, chunksize=64)) == total,
    }


expected, sides = {
    "two_values": two_values, "one_at_a_time": one_at_a_time, "start": start, "skewed": skewed, "blobs": blobs,
}[CASE]()


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        side = sides.get(line.strip())
        if side is None:
            print("N/A no side of this name", flush=True)
            continue
        try:
            start = time.perf_counter()
            result = side()
            took = time.perf_counter() - start
        except ImportError as error:
            print(f"absent {error.name}", flush=True)
            continue
        print(int(took * 1e9) if result == expected else "N/A wrong result", flush=True)


if __name__ == "__main__":
    main()

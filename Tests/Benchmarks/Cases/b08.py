"""Results of 0 to 64 KiB, log-normal, streamed in order and copied out of the window."""
from Driver.bench import ratios


def run(bench):
    mib, few = bench.size(2048, 128), bench.size(256, 16)
    fields = bench.sides(bench.contest("bytes", mib=mib), mib, "Procession", "memcpy")
    fields += bench.sides(bench.resident([bench.built.blobs, mib]), mib, "C over pipes")
    fields += bench.sides(bench.pools("blobs", few), few, "Pool.imap of bytes")
    race = bench.race(fields, counted=["Procession"], warm_ups=1)  # a record is a MiB here
    bench.claim("speed by memcpy", ratios(race["memcpy"], race["Procession"]), at_least=0.6)
    bench.claim("Pool.imap by Procession", ratios(race["Pool.imap of bytes"], race["Procession"]), at_least=10)
    bench.limit("one memcpy", ratios(race["memcpy"], race["Procession"]))

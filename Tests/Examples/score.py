# A filter: a line in, a line out. It may buffer what it prints.
import sys

for line in sys.stdin:
    print(len(line.split()))

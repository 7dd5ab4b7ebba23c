# A filter with two answers: a JSON value in, an object out. It may buffer what it prints.
import json, sys

def double(value):
    if isinstance(value, dict):
        return {name: double(member) for name, member in value.items()}
    return value * 2

for line in sys.stdin:
    value = json.loads(line)
    print(json.dumps({"twice": double(value), "text": str(value)}))

"""Mechanical breakages of Swift sources, each switched on by a number; for the part `mutants` of the long tier.

Text is all that is looked at. What comes out may not compile, which is for the caller to find out.
"""

import re

# The module that the sources import. Its operators and functions do what they are called after, unless their mutant is on.
C_HEADER = """
#ifndef MUTANTS_H
#define MUTANTS_H
extern unsigned char procession_on[4096]; // a byte for each: whether it is on
extern unsigned char *procession_reached; // a byte for each: whether it was come to
static inline int procession_mutant_is_on(int number) {
    procession_reached[number] = 1;
    return procession_on[number];
}
#endif
"""
C_SOURCE = """
#include "mutants.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char page[4096];
unsigned char *procession_reached = page;
unsigned char procession_on[4096];

// Before the entry of a worker, which is a constructor too.
__attribute__((constructor(101))) static void look(void) {
    const char *numbers = getenv("PROCESSION_MUTANTS"), *path = getenv("PROCESSION_REACHED");
    for (char *rest = (char *)numbers; rest && *rest; rest += *rest == ',') procession_on[strtol(rest, &rest, 10)] = 1;
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) procession_reached = shared;
    close(file);
}
"""
SWIFT_SOURCE = """
public import CMutants

@inlinable public func mutant(_ number: Int32) -> Bool { procession_mutant_is_on(number) != 0 }
@inlinable public func changed(_ number: Int32, _ value: Bool) -> Bool { mutant(number) != value }
@inlinable public func changed<T: FixedWidthInteger>(_ number: Int32, _ value: T) -> T {
    mutant(number) ? value &+ 1 : value
}
@inlinable public func changed<T>(_ number: Int32, _ value: T?) -> T? { mutant(number) ? nil : value }
"""

# What an operator becomes.
OTHERS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}


def operator(kind, number):
    """The operator with its mutant's number as two further characters."""
    return kind + chr(0x2500 + number // 64) + chr(0x2500 + number % 64)


def declaration(kind, number):
    name, other = operator(kind, number), OTHERS[kind]
    if kind in ("&&", "||"):
        precedence = "LogicalConjunctionPrecedence" if kind == "&&" else "LogicalDisjunctionPrecedence"
        # The other one where the mutant is on.
        is_and = f"!mutant({number})" if kind == "&&" else f"mutant({number})"
        return (f"infix operator {name} : {precedence}\n"
                f"@inlinable public func {name} (a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool {{\n"
                f"    {is_and} ? a ? try b() : false : a ? true : try b()\n}}\n")
    bound = "Equatable" if kind in ("==", "!=") else "Comparable"
    return (f"infix operator {name} : ComparisonPrecedence\n"
            f"@inlinable public func {name} <T: {bound}>(a: T, b: T) -> Bool {{ mutant({number}) ? a {other} b : a {kind} b }}\n")


class Mutant:
    """One breakage of one line: the text from `start` to `end` is replaced."""

    def __init__(self, file, line, start, end, kind, make):
        self.file, self.line, self.start, self.end, self.kind, self.make = file, line, start, end, kind, make
        self.text, self.number, self.operator = None, 0, None


def masked(text):
    """The text with blanks for what stands in comments and string literals, which are at most nested once."""
    out, i = list(text), 0

    def blank(start, end):
        for k in range(start, end):
            if out[k] != "\n":
                out[k] = " "

    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i) + 2
        elif text[i] == '"':
            quote = '"""' if text.startswith('"""', i) else '"'
            end, depth = i + len(quote), 0
            while depth > 0 or not text.startswith(quote, end):
                if text.startswith("\\(", end):
                    depth += 1
                    end += 2
                elif text[end] == "\\":
                    end += 2
                else:
                    depth += (text[end] == "(") - (text[end] == ")") if depth else 0
                    end += 1
            end += len(quote)
            # A literal is still something.
            blank(i + 1, end - 1)
            out[i], out[end - 1] = "“", "”"
            i = end
            continue
        else:
            i += 1
            continue
        blank(i, end)
        i = end
    return "".join(out)


def is_balanced(text):
    depth = []
    for character in text:
        if character in "([{":
            depth.append(character)
        elif character in ")]}" and (not depth or depth.pop() + character not in ("()", "[]", "{}")):
            return False
    return not depth


def parts(condition):
    """Where the elements of a condition lie that stand between commas."""
    depth, start, found = 0, 0, []
    for place, character in enumerate(condition + ","):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            found.append((start + len(condition[start:place]) - len(condition[start:place].lstrip()), place))
            start = place + 1
    return found


KEYWORDS = re.compile(
    r"(let|var|guard|if|for|while|switch|case|func|init|deinit|struct|class|enum|extension|protocol|else|default|defer|do|"
    r"import|repeat|static|private|fileprivate|package|public|internal|final|mutating|override|typealias|catch|convenience|"
    r"precondition|preconditionFailure|assert|fatalError|faultPoint|faultVictim|super)\b")
PREFIX = r"((?:try[?!]? |unsafe |await |consume )*)"


def is_in_initializer(lines, number):
    """Whether a line stands in an initializer, which must set every property."""
    indent = len(lines[number]) - len(lines[number].lstrip())
    for line in reversed(lines[:number]):
        if line.strip() and len(line) - len(line.lstrip()) < indent and line.strip()[0] not in ")}":
            if re.search(r"\binit[?!]?[(<]", line):
                return True
            if re.search(r"\b(func|var|deinit|subscript)\b", line):
                return False
    return False


def mutants_of(file, text):
    """All breakages of a source; preconditions and the points of faults are left alone."""
    lines = masked(text).split("\n")
    found = []
    for number, line in enumerate(lines):
        word = line.strip()
        if not word or word[0] in "@#" or re.match(r"(public |internal |package )?(import|case|infix)\b", word):
            continue
        if "faultPoint" in line or "precondition" in line:
            continue
        indent = len(line) - len(line.lstrip())

        def add(start, end, kind, make):
            found.append(Mutant(file, number, start, end, kind, make))

        before = lines[number - 1].rstrip() if number else ""
        after = lines[number + 1].strip() if number + 1 < len(lines) else ""
        is_whole = (not before or before[-1] not in "(,[=+-*/&|?:<>.") and not re.match(r"[.?:&|+\-*/=,)\]]", after)
        ends = len(line.rstrip())
        is_statement = is_whole and is_balanced(word) and not KEYWORDS.match(word)
        is_statement = is_statement and not (re.search(r" = ", line) and is_in_initializer(lines, number))
        if is_statement and word[0] not in ".})]" and (
                re.search(r" [-+*/&|<>^]*= ", line) or word.endswith(")") or re.match(r"(return|break|continue|throw\b.*)$", word)
        ) and not re.match(r"return .", word) and not word.startswith("_ = ("):
            add(indent, ends, "deleted", lambda n, s: f"if !mutant({n}) {{ {s} }}")

        condition = re.match(r"\s*(?:\} )?(?:else )?(if|while|guard) (.*?)( else)? \{", line)
        if condition and is_balanced(condition[2]):
            for start, end in parts(condition[2]):
                part = condition[2][start:end]
                if part and not re.match(r"(let|var|case|#available)\b", part):
                    base = condition.start(2)
                    add(base + start, base + end, "negated", lambda n, s: f"changed({n}, {s})")

        for place in re.finditer(r"(?<= )(<=|>=|==|!=|<|>|&&|\|\|)(?= )", line):
            add(place.start(), place.end(), f"{place[0]} as {OTHERS[place[0]]}", place[0])

        result = re.match(r"\s*return " + PREFIX + r"(.+)$", line.rstrip())
        if result and result[2] != "nil" and is_whole and is_balanced(result[2]):
            add(result.start(2), result.end(2), "other result", lambda n, s: f"changed({n}, {s})")
        result = re.search(r"(?:\bvar \w+: |-> )[\w.?\[\]]+ \{ " + PREFIX + r"([^{};]+) \}$", line.rstrip())
        if result and is_balanced(result[2]) and not re.match(r"(if|switch|get|guard|return)\b", result[2]):
            add(result.start(2), result.end(2), "other result", lambda n, s: f"changed({n}, {s})")
    return found


def apply(text, mutants):
    """A source with mutants, at most one on a line, and the import of what they call on the line of the first import."""
    lines = text.split("\n")
    for mutant in mutants:
        line = lines[mutant.line]
        sound = line[mutant.start:mutant.end]
        new = operator(mutant.make, mutant.number) if isinstance(mutant.make, str) else mutant.make(mutant.number, sound)
        lines[mutant.line] = line[:mutant.start] + new + line[mutant.end:]
    if mutants:
        first = next(i for i, line in enumerate(lines) if line.strip() and not line.strip().startswith(("//", "#if")))
        lines[first] = "public import Mutants; " + lines[first]
    return "\n".join(lines)

"""What the sources promise, checked quickly: sizes, calls that have one home,
file names, secrets, sentences about this or that machine.

    python3 tests/lint/lint.py TOP
"""
import os
import re
import sys

TOP = sys.argv[1]
CODE = (".cc", ".h")

# Files that are tables, and may be long.
TABLES = re.compile(r"(_table|_tables|_grid|_grids|unicode\w*)\.(cc|h)$")

# (pattern, where it is at home, why)
BANNED = [
    (r"\b(?:std::)?(?:printf|puts|putchar|fputs|fprintf)\s*\(", r"^tests/",
     "printing has one home: cli/out"),
    (r"\bstd::(?:cout|cerr|clog)\b", r"^tests/",
     "printing has one home: cli/out"),
    (r"(?<!secure_)\bgetenv\s*\(",
     r"^(lib/core/sys/env\.cc|cli/app/|tests/)", "the environment has one home"),
    (r"\b(?:system|popen)\s*\(\s*[\"a-z]", r"^tests/", "no shell"),
    (r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof)\s*\(",
     r"^tests/", "unbounded or unchecked"),
    (r"\bstd::regex\b", r"^tests/", "backtracks without bound"),
    (r"\busing namespace std\s*;", r"^$", "names the world"),
    (r"\.detach\(\)", r"^tests/", "threads are joined"),
    (r"\brand\s*\(\s*\)", r"^tests/", "not random"),
]
COMPILED = [(re.compile(p), re.compile(home), why) for p, home, why in BANNED]
DRAWERS = re.compile(r"^(util|utils|common|misc|helper|helpers|manager)\.\w+$")
# Made-up tokens of tests repeat a few characters; real ones do not.
SECRET = re.compile(r"hf_([A-Za-z0-9]{30,})")

problems = []


def complain(path, line, text):
    problems.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def files():
    for folder in ("cli", "lib", "tests", "packaging"):
        for root, folders, names in os.walk(os.path.join(TOP, folder)):
            folders[:] = [f for f in folders
                          if f not in ("data", "corpus", "__pycache__")]
            for name in sorted(names):
                full = os.path.join(root, name)
                yield os.path.relpath(full, TOP), full


def without_comments(text):
    """Line comments and string contents blanked, so that prose may name what
    code may not call."""
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"//[^\n]*", "", text)


# A file may be long, rarely: few above 400 lines, none above 720.
LONG, LONGEST, LONG_SHARE = 400, 720, 0.05
lengths = []


def check_size(path, lines):
    if TABLES.search(path):
        return
    lengths.append((len(lines), path))
    if len(lines) > LONGEST:
        complain(path, 0, f"{len(lines)} lines, more than {LONGEST}")
    for number, line in enumerate(lines, 1):
        if len(line) > 100 and "http" not in line:
            complain(path, number, f"{len(line)} columns")


def check_share():
    long = [path for count, path in lengths if count > LONG]
    if len(long) > LONG_SHARE * len(lengths):
        complain("sizes", 0, f"{len(long)} of {len(lengths)} files have more "
                 f"than {LONG} lines: " + " ".join(long))


# Variables of the registry that are there so that nobody wonders.
WITHOUT_EFFECT = re.compile(r"Without effect|accepted for compatibility")


# By the C library, when a chat sets the locale.
READ_BY_OTHERS = {"LC_ALL"}


def check_variables(sources):
    """What the manual says is read, somebody reads."""
    registry = "lib/core/sys/env_registry.cc"
    text = re.sub(r'"\s+"', "", sources.pop(registry))
    table = text[text.index("kVariables"):]
    names = re.findall(r'(?:\w+\(|V\{)"([A-Z][A-Z0-9_]+)",?([^;]*?)(?=\n    \w)',
                       table)
    if len(names) < 30:
        complain(registry, 0, f"only {len(names)} variables understood")
    for name, rest in names:
        if WITHOUT_EFFECT.search(rest) or name in READ_BY_OTHERS:
            continue
        if not any(f'"{name}"' in source for source in sources.values()):
            complain(registry, 0, f"nobody reads {name}")


# What people read of an error, a hint and a warning: a clause, neither begun
# with a capital nor ended by a full stop.
SAID = re.compile(r"\bError\(\s*(?:Code::\w+|code)\s*,|\bhint\(|\bwarning\(")
# The embedded hub answers over the wire in the Hub's own sentences.
AS_THE_HUB = re.compile(r"^lib/serve/hub/(api|git|store|service)\b")


def spoken(text, at):
    """The first and last string literal of the argument that begins at `at`;
    None where it begins or ends with something else."""
    depth, literals = 0, []
    for token in re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'|[][(){},]'
                            ).finditer(text, at):
        word = token.group()
        if word[0] == '"':
            literals.append(token)
        elif word in "([{":
            depth += 1
        elif word in ")]}" or (word == "," and depth == 0):
            depth -= word != ","
            if depth < 0 or word == ",":
                end = token.start()
                break
    else:
        return None, None
    if not literals:
        return None, None
    first, last = literals[0], literals[-1]
    return (first.group()[1:-1] if not text[at:first.start()].strip()
            else None,
            last.group()[1:-1] if not text[last.end():end].strip() else None)


def check_words(path, text):
    if AS_THE_HUB.match(path):
        return 0
    count = 0
    for match in SAID.finditer(text):
        first, last = spoken(text, match.end())
        count += first is not None
        for words, pattern in ((first, r"[A-Z][a-z]+[ ,']"),
                               (last, r".*(?<!\.)\.$")):
            if words and re.match(pattern, words):
                complain(path, text.count("\n", 0, match.start()) + 1,
                         f"'{words[:50]}': people read a clause here, without "
                         "capital and full stop")
    return count


def main():
    sources = {}
    said = 0
    for path, full in files():
        name = os.path.basename(path)
        if DRAWERS.match(name):
            complain(path, 0, "a drawer: name it after what is in it")
        try:
            text = open(full, encoding="utf-8").read()
        except UnicodeDecodeError:
            continue
        for match in SECRET.finditer(text):
            if len(set(match.group(1))) < 20:
                continue
            complain(path, text.count("\n", 0, match.start()) + 1,
                     "looks like a token")
        if not path.endswith(CODE):
            continue
        if path.startswith(("lib/", "cli/")):
            sources[path] = text
            said += check_words(path, text)
        check_size(path, text.splitlines())
        for number, line in enumerate(without_comments(text).splitlines(), 1):
            for pattern, home, why in COMPILED:
                if pattern.search(line) and not home.search(path):
                    complain(path, number, f"'{line.strip()[:60]}': {why}")
    check_share()
    if said < 500:
        complain("words", 0, f"only {said} errors, hints and warnings understood")
    check_variables(sources)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


main()

"""Runs the scripts of this folder: what a person types, what they see.

A script is a text file (NAME.t). Lines that begin with "$ " are run by sh, the
lines below are what must appear on standard output, and "?N" says which exit
status is expected (0 when it is not said). "! TEXT" wants TEXT to be somewhere
in standard error. A line of "..." stands for any lines; "[[RE]]" inside a line
for anything the regular expression matches. Lines that begin with "#" and empty
lines between commands are prose.

Each script runs in an empty folder of its own, with HOME there, a fresh hub
(file:$HUB) as the endpoint, and nothing else of the caller's environment.

    python3 tests/cli/script.py --hug build/x/cli/hug [NAME.t ...]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def parse(text):
    """[(line number, command, expected lines, status, [stderr texts])]"""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            steps.append([number, line[2:], [], 0, []])
        elif line.startswith("> ") and steps and not steps[-1][2]:
            steps[-1][1] += "\n" + line[2:]
        elif not steps or line.startswith("#"):
            continue
        elif re.fullmatch(r"\?\d+", line):
            steps[-1][3] = int(line[1:])
        elif line.startswith("! "):
            steps[-1][4].append(line[2:])
        else:
            steps[-1][2].append(line)
    for step in steps:
        while step[2] and not step[2][-1]:
            step[2].pop()
    return steps


def pattern(lines):
    out = []
    for line in lines:
        if line == "...":
            out.append(r"(?:.*\n)*")
            continue
        parts = re.split(r"\[\[(.+?)\]\]", line)
        out.append("".join(f"(?:{p})" if i % 2 else re.escape(p)
                           for i, p in enumerate(parts)) + r"\n")
    return re.compile("".join(out))


def run_script(path, hug, data):
    failures = 0
    with tempfile.TemporaryDirectory(prefix="hug-cli-") as home:
        os.makedirs(os.path.join(home, "bin"))
        for name in ("hug", "hf"):
            os.symlink(os.path.abspath(hug), os.path.join(home, "bin", name))
        env = {
            "HOME": home, "HUB": os.path.join(home, "hub"),
            "PATH": os.path.join(home, "bin") + ":/usr/bin:/bin",
            "HF_ENDPOINT": "file:" + os.path.join(home, "hub"),
            "DATA": data, "TERM": "dumb", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "COLUMNS": "100", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
        }
        work = os.path.join(home, "work")
        os.makedirs(work)
        for number, command, lines, status, errors in parse(open(path).read()):
            try:
                done = subprocess.run(
                    ["sh", "-c", command], cwd=work, env=env,
                    stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
            except subprocess.TimeoutExpired:
                print(f"{path}:{number}: $ {command}\n  took too long")
                return 1
            out = done.stdout.decode(errors="replace").replace(home, "$HOME")
            err = done.stderr.decode(errors="replace").replace(home, "$HOME")
            text = out if not out or out.endswith("\n") else out + "\n"
            problems = []
            if done.returncode != status:
                problems.append(f"status {done.returncode}, not {status}")
            if not pattern(lines).fullmatch(text):
                problems.append("output differs; expected:\n" +
                                "\n".join("    " + x for x in lines))
            problems += [f"not in stderr: {e}" for e in errors if e not in err]
            if problems:
                failures += 1
                print(f"{path}:{number}: $ {command}")
                for problem in problems:
                    print("  " + problem)
                print("  stdout:\n" + "\n".join("    " + x
                                                for x in out.splitlines()))
                print("  stderr:\n" + "\n".join("    " + x
                                                for x in err.splitlines()))
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--data", default=os.path.join(HERE, "..", "data"))
    parser.add_argument("scripts", nargs="*")
    options = parser.parse_args()
    scripts = options.scripts or sorted(
        os.path.join(HERE, name) for name in os.listdir(HERE)
        if name.endswith(".t"))
    failures = 0
    for path in scripts:
        failures += run_script(path, options.hug, os.path.abspath(options.data))
    print(f"{len(scripts)} scripts, {failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

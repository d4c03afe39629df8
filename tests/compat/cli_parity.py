"""Holds hug's command line against the real hf: the same invocations, each
program on a fresh hub of its own, in human, json and quiet; standard output
and exit status (of hug called as hf) must be the same.

    python3 tests/compat/cli_parity.py --hug build/x/cli/hug --peers build/peers
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

import peers

PINNED = "huggingface_hub==2.4.0"

# (command line, modes). "@" runs it without comparing: it prepares.
ALL = ("human", "json", "quiet")
STEPS = [
    ("auth whoami", ALL),
    ("auth token", ("human",)),
    ("auth list", ("human",)),
    ("repos create acme/m", ("human",)),
    ("repos create acme/m --exist-ok", ALL),
    ("repos create acme/d --type dataset --private", ("json",)),
    ("repos create acme/s --type space --sdk static", ("quiet",)),
    ("repos create acme/m", ("human",)),
    ("upload acme/m up --commit-message one", ("quiet",)),
    ("upload acme/m up/config.json sub/c.json", ("json",)),
    ("upload acme/m up/config.json sub/c.json", ("human",)),
    ("upload acme/d up/README.md --type dataset", ("human",)),
    ("upload acme/m nowhere", ("human",)),
    ("models ls", ALL),
    ("models ls --author acme --limit 1", ALL),
    ("models ls --search zzz", ALL),
    ("models ls --search m --sort downloads", ("quiet",)),
    ("datasets ls", ALL),
    ("spaces ls", ("quiet",)),
    ("models ls acme/m", ALL),
    ("models ls acme/m -R", ALL),
    ("models ls acme/m --tree -h", ("human", "quiet")),
    ("models ls acme/m -R -h", ("human",)),
    ("datasets ls acme/d", ALL),
    ("models info acme/m", ALL),
    ("models info acme/m --expand downloads,likes,tags", ALL),
    ("models info acme/none", ("human",)),
    ("models card acme/m", ("human", "json")),
    ("models card acme/m --text", ("human",)),
    ("models card acme/m --metadata", ALL),
    ("repos branch create acme/m dev", ALL[:1]),
    ("repos branch create acme/m dev --exist-ok", ALL),
    ("repos branch delete acme/m dev", ("json",)),
    ("repos tag create acme/m v1 -m hi", ("human",)),
    ("repos tag create acme/m v1", ("human",)),
    ("repos tag list acme/m", ALL),
    ("download acme/m --dry-run", ALL),
    ("download acme/m config.json --dry-run", ("human", "json")),
    ("download acme/m config.json", ALL),
    ("download acme/m", ALL),
    ("download acme/m --include *.json --local-dir here", ("human",)),
    ("download acme/m none.bin", ("human",)),
    ("download acme/none", ("human",)),
    ("cache ls", ALL),
    ("cache ls --revisions", ALL),
    ("cache ls --filter size>1GB", ALL),
    ("cache verify acme/m", ALL),
    ("cache rm model/acme/m --dry-run", ALL),
    ("cache rm model/acme/zzz", ("human",)),
    ("cache prune", ALL),
    ("cache rm model/acme/m --yes", ("json",)),
    ("cp hf://acme/m/config.json got.json", ALL),
    ("cp hf://acme/m/config.json -", ("human",)),
    ("cp up/config.json hf://acme/m/copied/", ALL),
    ("repos delete-files acme/m copied/config.json", ("human",)),
    ("repos tag delete acme/m v1 --yes", ("human",)),
    ("repos settings acme/m --private", ALL),
    ("repos move acme/m acme/m2", ("human",)),
    ("repos delete acme/m2", ("json",)),
    ("repos delete acme/m2 --yes", ("human",)),
    ("repos delete acme/m2 --yes --missing-ok", ALL),
    ("models ls --sort bogus", ("human",)),
    ("bogus", ("human",)),
]


class Side:
    """One program with its hub, home and working folder."""

    def __init__(self, home, program, hug):
        self.home = home
        self.program = program
        self.hub = os.path.join(home, "hub")
        self.env = {"HOME": home, "PATH": "/usr/bin:/bin", "COLUMNS": "400",
                    "HF_HOME": os.path.join(home, "hf"), "TZ": "UTC",
                    "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
                    "HF_HUB_DISABLE_XET": "1", "PYTHONWARNINGS": "ignore",
                    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
                    "HF_HUB_DISABLE_TELEMETRY": "1",
                    "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        token = subprocess.run(
            [hug, "hub", "token", "create", "acme", "--dir", self.hub, "-q"],
            capture_output=True, text=True, check=True, env=self.env).stdout
        self.env["HF_TOKEN"] = token.strip()
        self.server = subprocess.Popen(
            [hug, "hub", "serve", "--dir", self.hub, "--port", "0"],
            stdout=subprocess.PIPE, text=True, env=self.env)
        self.endpoint = self.server.stdout.readline().strip()
        self.env["HF_ENDPOINT"] = self.endpoint
        self.work = os.path.join(home, "work")
        os.makedirs(os.path.join(self.work, "up"))
        for name, text in (
                ("config.json", '{"a": 1}\n'),
                ("README.md", "---\nlicense: mit\ntags:\n- x\n---\n# Card\n"),
                ("w.bin", "w" * 3000)):
            with open(os.path.join(self.work, "up", name), "w") as f:
                f.write(text)

    def run(self, line, mode):
        words = [self.program, *line.split()]
        if mode != "human":
            words += ["--json"] if mode == "json" else ["--quiet"]
        done = subprocess.run(words, cwd=self.work, env=self.env,
                              capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)
        return done.returncode, self.plain(done.stdout), done.stderr

    def plain(self, text):
        """Without what differs between any two runs."""
        for secret, name in ((self.env["HF_TOKEN"], "TOKEN"),
                             (self.endpoint, "ENDPOINT"), (self.home, "HOME")):
            text = text.replace(secret, name)
        text = text.replace("with huggingface_hub", "with hug")
        text = re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", text)
        text = re.sub(r"\b[0-9a-f]{24}\b", "ID", text)
        text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "DATE", text)
        text = re.sub(r"\b[A-Z][a-z]{2} \d\d \d\d:\d\d", "DATE", text)
        text = re.sub(r"(a few|\d+) (seconds|minutes?) ago", "AGO", text)
        return text

    def close(self):
        self.server.terminate()
        self.server.wait()


def compare(theirs, ours):
    compared = 0
    differ = []
    for line, modes in STEPS:
        for mode in modes:
            a, b = theirs.run(line, mode), ours.run(line, mode)
            compared += 1
            if a[:2] == b[:2]:
                continue
            differ.append(line)
            print(f"--- {line} ({mode})\n  hf:  {a[0]} {a[1]!r}\n"
                  f"  hug: {b[0]} {b[1]!r}\n"
                  f"  stderr: {a[2][-300:]!r}\n          {b[2][-300:]!r}")
    print(f"{compared} invocations of {len(STEPS)} command lines, "
          f"{len(differ)} differ")
    return 1 if differ else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--peers", required=True)
    options = parser.parse_args()
    python = peers.python_with(options.peers, "hf-cli", [PINNED])
    hf = os.path.join(os.path.dirname(os.path.abspath(python)), "hf")
    hug = os.path.abspath(options.hug)
    with tempfile.TemporaryDirectory(prefix="hug-parity-") as top:
        sides = []
        try:
            for name, program in (("a", hf), ("b", os.path.join(top, "hf"))):
                home = os.path.join(top, name)
                os.makedirs(home)
                if name == "b":
                    os.symlink(hug, program)
                sides.append(Side(home, program, hug))
            status = compare(*sides)
        finally:
            for side in sides:
                side.close()
    sys.exit(status)


if __name__ == "__main__":
    main()

"""Every file made to deceive a scanner is found, honest ones pass. What Python
does with the pickles is known from Python itself."""
import argparse
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import pickle_corpus  # noqa: E402

RANK = {"safe": 0, "suspicious": 1, "dangerous": 2}


def scan(tool, paths):
    out = subprocess.run([tool, "scan", *paths], stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def imports_of(data):
    """What a real unpickler is asked to find before it ends or fails."""
    seen = []

    class Watcher(pickle.Unpickler):
        def find_class(self, module, name):
            seen.append(f"{module}.{name}")
            raise pickle.UnpicklingError("no")

        def persistent_load(self, pid):
            return pid
    try:
        Watcher(io.BytesIO(data)).load()
    except Exception:
        pass
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        cases = list(pickle_corpus.malicious())
        paths = []
        for i, (name, data, _) in enumerate(cases):
            # The name says nothing, or the wrong thing.
            path = os.path.join(folder, f"{i:04d}{('.bin', '.txt', '.safetensors', '')[i % 4]}")
            with open(path, "wb") as f:
                f.write(data)
            paths.append(path)
        for (name, data, least), got in zip(cases, scan(args.tool, paths), strict=True):
            if RANK[got["verdict"]] < least:
                failures.append((name, got))
            elif args.verbose:
                print(name, got["verdict"], got.get("findings", [])[:2])
            if data[:1] == b"\x80":
                for found in imports_of(data):
                    # A name too long to keep is reported as computed.
                    if len(found) < 65536 and found not in got["imports"]:
                        failures.append((name, "Python imports " + found))
        good = list(pickle_corpus.honest(folder))
        alarms = [g for g in scan(args.tool, good) if g["verdict"] != "safe"]
    for failure in failures + alarms:
        print("FAILED", failure)
    print(f"{len(cases)} made to deceive, {len(failures)} missed; "
          f"{len(good)} honest, {len(alarms)} false alarms")
    sys.exit(bool(failures or alarms))


main()

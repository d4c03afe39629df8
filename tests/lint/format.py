"""Every source is what clang-format 14 makes of it with .clang-format.

    python3 tests/lint/format.py TOP          says what differs
    python3 tests/lint/format.py TOP --write  formats it
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

CODE = (".cc", ".h", ".c", ".inl")
SHOWN = 20


def formatter():
    """Other versions lay some lines out differently: it has to be 14."""
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path is None:
            continue
        says = subprocess.run([path, "--version"], capture_output=True,
                              text=True, check=True).stdout
        if re.search(r"version 14\.", says):
            return path
    sys.exit("lint.format needs clang-format 14; on Debian 12:\n"
             "  apt-get install clang-format-14\n"
             "or everything the tests need: packaging/install-packages")


def sources(top):
    """What git tracks; in an unpacked archive, what lies in the folders."""
    if os.path.exists(os.path.join(top, ".git")):
        listed = subprocess.run(["git", "-C", top, "ls-files", "-z"],
                                capture_output=True, text=True,
                                check=True).stdout.split("\0")
    else:
        listed = [os.path.relpath(os.path.join(root, name), top)
                  for folder in ("cli", "lib", "tests", "packaging")
                  for root, _, names in os.walk(os.path.join(top, folder))
                  for name in names]
    return sorted(path for path in listed if path.endswith(CODE)
                  and os.path.isfile(os.path.join(top, path)))


def main():
    top, write = sys.argv[1], "--write" in sys.argv[2:]
    tool = formatter()

    def changed(path):
        """The file as it is and as it should be."""
        full = os.path.join(top, path)
        with open(full, encoding="utf-8", newline="") as file:
            before = file.read()
        # The name is for the language and for where to look for .clang-format.
        made = subprocess.run([tool, "--style=file",
                               "--assume-filename=" + full],
                              input=before.encode(), capture_output=True,
                              check=True)
        return path, before, made.stdout.decode()

    paths = sources(top)
    if not paths:
        sys.exit(f"no sources in {top}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        differing = [result for result in pool.map(changed, paths)
                     if result[1] != result[2]]
    for path, before, after in differing:
        if write:
            with open(os.path.join(top, path), "w", encoding="utf-8",
                      newline="") as file:
                file.write(after)
            continue
        lines = list(difflib.unified_diff(
            before.splitlines(), after.splitlines(), path, path, lineterm="",
            n=1))
        print("\n".join(lines[:SHOWN]))
        if len(lines) > SHOWN:
            print(f"... and {len(lines) - SHOWN} lines more")
    if differing and not write:
        print(f"{len(differing)} of {len(paths)} files are not as clang-format "
              "lays them out\n"
              f"mend them with: python3 {sys.argv[0]} {top} --write")
        sys.exit(1)
    print(f"{len(paths)} files, {len(differing)} of them written"
          if write else f"{len(paths)} files")


main()

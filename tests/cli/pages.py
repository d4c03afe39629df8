"""Lints what is generated: manual pages with mandoc or groff, completion
scripts with the shells there are. Skips (77) when none is installed."""
import os
import shutil
import subprocess
import sys


def main(top):
    checked = failures = 0
    man = os.path.join(top, "man")
    pages = [os.path.join(man, name) for name in sorted(os.listdir(man))]
    jobs = []
    if shutil.which("mandoc"):
        jobs.append(["mandoc", "-Tlint", "-Wwarning", *pages])
    elif shutil.which("groff"):
        jobs += [["groff", "-ww", "-man", "-Tutf8", "-z", p] for p in pages]
    for shell, name in (("bash", "hug.bash"), ("zsh", "_hug"),
                        ("fish", "hug.fish")):
        if shutil.which(shell):
            jobs.append([shell, "-n", os.path.join(top, "completions", name)])
    for job in jobs:
        checked += 1
        done = subprocess.run(job, capture_output=True, text=True)
        text = done.stdout + done.stderr
        if done.returncode != 0 or text.strip():
            failures += 1
            print(" ".join(job[:3]) + ":\n" + text)
    print(f"{checked} checks, {failures} failures")
    return 77 if checked == 0 else 1 if failures else 0


sys.exit(main(sys.argv[1]))

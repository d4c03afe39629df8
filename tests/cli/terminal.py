"""What people see on a terminal: bars, prompts, Ctrl-C.

Runs the program under a pseudo-terminal and plays the person.

    python3 tests/cli/terminal.py --hug build/x/cli/hug
"""
import argparse
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ANSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
LIMIT = 60


def on_terminal(argv, env, columns=80, answers=()):
    """(everything shown, exit status). `answers`: pairs of a text to wait for
    and the bytes then typed."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        os.execvpe(argv[0], argv, env)
    shown, todo, start = b"", list(answers), time.monotonic()
    while True:
        if time.monotonic() - start > LIMIT:
            os.kill(pid, signal.SIGKILL)
            break
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        if todo and todo[0][0] in shown:
            os.write(fd, todo.pop(0)[1])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    assert not todo, f"never shown: {todo[0][0]!r} in {shown!r}"
    return shown, status


def rows(shown):
    return [ANSI.sub(b"", line).decode()
            for line in re.split(rb"[\r\n]+", shown)]


class Check:
    def __init__(self):
        self.failed = 0

    def __call__(self, good, text):
        if not good:
            self.failed += 1
            print(f"FAILED: {text}")


def bars(hug, env, home, check):
    whole = os.urandom(48 << 20)
    with open(f"{home}/big.bin", "wb") as file:
        file.write(whole)
    run = lambda *argv: subprocess.run([hug, *argv], env=env, check=True,
                                       capture_output=True)
    run("repos", "create", "acme/big")
    run("upload", "acme/big", f"{home}/big.bin", "big.bin")
    get = [hug, "download", "acme/big", "--local-dir", f"{home}/d"]
    for columns in (40, 80, 200):
        shutil.rmtree(f"{home}/d", ignore_errors=True)
        shown, status = on_terminal(get, env, columns)
        text = rows(shown)
        check(status == 0, f"{columns} columns: exit {status}")
        # Nothing the program draws may wrap, or moving up would go wrong.
        drawn = [r for r in text if "MB" in r and "/" in r and "path" not in r]
        check(all(len(r) <= columns for r in drawn),
              f"a row wider than {columns}: {drawn}")
        check(any(re.search(r"\d+ %", r) for r in text), f"no total: {text}")
        check(open(f"{home}/d/big.bin", "rb").read() == whole, "other bytes")

    # Ctrl-C: ends by the signal, keeps what was there, leaves no bar.
    shutil.rmtree(f"{home}/d")
    shown, status = on_terminal(get + ["--limit-rate", "12M"], env, 80,
                                [(b"MB/s", b""), (b"0:0", b"\x03")])
    check(status == -signal.SIGINT, f"Ctrl-C: status {status}")
    check(shown.endswith(b"\x1b[J"), f"bars were left: {shown[-80:]!r}")
    check(not os.path.exists(f"{home}/d/big.bin"), "published half a file")
    done = subprocess.run(get + ["--progress", "json"], env=env, check=True,
                          capture_output=True)
    events = [json.loads(l) for l in done.stderr.decode().splitlines()
              if l.startswith("{")]
    check(events and all("\x1b" not in json.dumps(e) for e in events),
          f"no events: {done.stderr!r}")
    check(open(f"{home}/d/big.bin", "rb").read() == whole,
          "other bytes after Ctrl-C")

    # Without a terminal: no colour, nothing that moves.
    shutil.rmtree(f"{home}/d")
    done = subprocess.run(get, env=env, check=True, capture_output=True)
    check(b"\x1b" not in done.stdout + done.stderr, "escapes in a pipe")
    check(b"\r" not in done.stdout + done.stderr, "moving text in a pipe")


def colours(hug, env, check):
    wrong = [hug, "download", "acme/none"]
    shown, status = on_terminal(wrong, env)
    check(status == 3 and b"\x1b[31m" in shown, f"no red error: {shown!r}")
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        shown, _ = on_terminal(wrong, {**env, name: value})
        check(b"\x1b[3" not in shown, f"{name}: coloured: {shown!r}")
    shown, _ = on_terminal(wrong + ["--color", "never"], env)
    check(b"\x1b[3" not in shown, f"--color never: coloured: {shown!r}")


def questions(hug, env, home, check):
    delete = [hug, "repos", "delete", "acme/big"]
    shown, status = on_terminal(delete, env, 80, [(b"acme/big", b"no\n")])
    check(status != 0, "deleted although the answer was no")
    listed = subprocess.run([hug, "models", "ls", "acme/big", "-q"], env=env,
                            capture_output=True)
    check(listed.returncode == 0, "the repo is gone")
    done = subprocess.run(delete, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True)
    check(done.returncode != 0 and b"--yes" in done.stderr,
          f"nobody to ask: {done.stderr!r}")
    # A token is not shown while it is typed.
    secret = b"hf_" + b"x" * 34
    env = {**env, "HF_ENDPOINT": "http://127.0.0.1:9"}
    shown, _ = on_terminal([hug, "auth", "login"], env, 80,
                           [(b"oken", secret + b"\n")])
    check(secret not in shown, "the token was shown")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    hug = os.path.abspath(parser.parse_args().hug)
    check = Check()
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
               "TERM": "xterm", "HF_ENDPOINT": f"file:{home}/hub"}
        bars(hug, env, home, check)
        colours(hug, env, check)
        questions(hug, env, home, check)
    print("ok" if not check.failed else f"{check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())

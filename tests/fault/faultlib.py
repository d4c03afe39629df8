"""What the fault drivers share: a hub, the fault proxy, runs of the program
with a deadline, and the two oracles: a folder against its source, and a cache
against its own digests."""

import argparse
import hashlib
import json
import os
import pty
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time

LONG = os.environ.get("HUG_LONG", "") not in ("", "0")
# Documented exits for a transfer that the network or the disk defeated.
HONEST = {5, 6, 7, 9, 12}


def arguments(description, **counts):
    """Parses the options every driver has; counts are name=(short, long)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--hug", required=True, help="the program under test")
    parser.add_argument("--proxy", help="hug_fault_proxy")
    parser.add_argument("--shim", help="shim_fs.so")
    parser.add_argument("--keep", action="store_true", help="keep the files")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--deadline", type=int, default=60,
                        help="seconds after which a run is a hang")
    for name, (short, long) in counts.items():
        parser.add_argument("--" + name, type=int,
                            default=long if LONG else short)
    return parser.parse_args()


class Workplace:
    """A scratch folder; everything started in it ends with it."""

    def __init__(self, args):
        self.args = args
        self.root = tempfile.mkdtemp(prefix="hug-fault-")
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        if self.args.keep or kind is not None:
            print("files are in", self.root)
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items()
               if not k.lower().endswith("_proxy")
               and not k.startswith(("HF_", "HUG_", "HUGGING", "SSL_CERT"))
               and not k.endswith("_CA_BUNDLE")}
        env.update(HF_HOME=self.path("home"), NO_COLOR="1",
                   HF_HUB_DISABLE_TELEMETRY="1")
        env.update({k: str(v) for k, v in more.items()})
        return env

    def start(self, command, env=None):
        child = subprocess.Popen(command, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True,
                                 env=env or self.environment())
        self.children.append(child)
        return child

    def run(self, *words, timeout=None, preload=None, prefix=(), **env):
        """Runs the program; returns (exit status, stdout, stderr). A run past
        its deadline is a hang, and fails the driver."""
        timeout = timeout or self.args.deadline
        environment = self.environment(**env)
        if preload:
            # A sanitizer's runtime insists on being the first library.
            environment["LD_PRELOAD"] = preload
        command = [*prefix, self.args.hug, *words]
        try:
            done = subprocess.run(command, capture_output=True,
                                  timeout=timeout, env=environment)
        except subprocess.TimeoutExpired:
            fail("hang: " + " ".join(command))
        return (done.returncode, done.stdout.decode(errors="replace"),
                done.stderr.decode(errors="replace"))

    def run_on_terminal(self, *words, **env):
        """As run(), on a pseudo-terminal; returns (exit status, all that was
        written to it)."""
        master, slave = pty.openpty()
        child = subprocess.Popen([self.args.hug, *words], stdin=slave,
                                 stdout=slave, stderr=slave, close_fds=True,
                                 env=self.environment(**env))
        os.close(slave)
        out = b""
        until = time.monotonic() + self.args.deadline
        while True:
            if time.monotonic() > until:
                child.kill()
                fail("hang: " + " ".join(words))
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed
                piece = b""
            if not piece:
                break
            out += piece
        os.close(master)
        return child.wait(), out.decode(errors="replace")

    def must(self, *words, **more):
        code, out, err = self.run(*words, **more)
        if code != 0:
            fail("%s: exit %d\n%s%s" % (" ".join(words), code, out, err))
        return out


class Hub:
    """An embedded hub with one user who may write."""

    def __init__(self, place, name="hub", port=0):
        self.place = place
        self.dir = place.path(name)
        self.port = port
        if not os.path.isdir(self.dir):
            place.must("hub", "user", "add", "alice", "--dir", self.dir)
        self.token = place.must("hub", "token", "create", "alice", "--role",
                                "write", "--dir", self.dir, "-q").strip()
        self.start()

    def start(self):
        self.child = self.place.start(
            [self.place.args.hug, "hub", "serve", "--dir", self.dir, "--port",
             str(self.port), "--json"])
        line = self.child.stdout.readline()
        self.endpoint = json.loads(line)["endpoint"]
        self.port = int(self.endpoint.rsplit(":", 1)[1])

    def kill(self):
        self.child.kill()
        self.child.wait()

    def env(self, endpoint=None):
        return {"HF_ENDPOINT": endpoint or self.endpoint,
                "HF_TOKEN": self.token}


class Proxy:
    def __init__(self, place, hub, *options, **named):
        self.log = place.path("proxy-%d.log" % len(place.children))
        command = [place.args.proxy, "--upstream", str(hub.port), "--log",
                   self.log, *options]
        for name, value in named.items():
            command += ["--" + name, str(value)]
        self.child = place.start(command)
        self.endpoint = self.child.stdout.readline().strip()

    def stop(self):
        self.child.kill()
        self.child.wait()

    def lines(self):
        """(fault, method, target, range, token, bytes) a request."""
        if not os.path.exists(self.log):
            return []
        with open(self.log) as file:
            return [line.rstrip("\n").split("\t") for line in file]


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def write_file(path, size, rng):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            block = rng.randbytes(min(size, 1 << 20))
            file.write(block)
            size -= len(block)


def make_tree(root, seed, large=(), small=20):
    """A folder of a model: config, text files, `large` files by size."""
    rng = random.Random(seed)
    os.makedirs(root, exist_ok=True)
    with open(os.path.join(root, "config.json"), "w") as file:
        file.write('{"model_type": "llama", "seed": %d}\n' % seed)
    open(os.path.join(root, "empty.txt"), "w").close()
    for i in range(small):
        size = rng.choice([1, 100, 5000, 70_000, 300_000])
        text = rng.randbytes(size).hex()[:size]
        path = os.path.join(root, "part-%d" % (i % 3), "file-%d.txt" % i)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    for i, size in enumerate(large):
        write_file(os.path.join(root, "model-%d.safetensors" % i), size, rng)
    return root


def files_below(root):
    for folder, dirs, names in os.walk(root):
        if ".cache" in dirs:
            dirs.remove(".cache")
        for name in names:
            path = os.path.join(folder, name)
            yield os.path.relpath(path, root), path


def digest(path):
    with open(path, "rb") as file:
        out = hashlib.sha256()
        for block in iter(lambda: file.read(1 << 20), b""):
            out.update(block)
    return out.hexdigest()


class Source:
    """A folder whose digests are computed once."""

    def __init__(self, root):
        self.root = root
        self.digests = {name: digest(path) for name, path in files_below(root)}

    def check(self, folder, complete):
        """Every file under its final name must be right; all must be there
        when the run said that it worked."""
        found = {}
        for name, path in files_below(folder):
            if name == ".gitattributes":
                continue
            found[name] = digest(path)
            if found[name] != self.digests.get(name):
                fail("corrupt: %s in %s" % (name, folder))
        missing = set(self.digests) - set(found)
        if complete and missing:
            fail("said to be complete, but missing: %s" % sorted(missing)[:5])


def check_cache(home):
    """Every published blob must hash to its name, every link must lead to
    one."""
    hub = os.path.join(home, "hub")
    count = 0
    for folder, _, names in os.walk(hub):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                if not os.path.exists(path):
                    fail("dangling link: " + path)
                continue
            in_blobs = os.path.basename(folder) == "blobs" or \
                "/blobs/" in folder + "/"
            if not in_blobs or not _is_hex(name):
                continue
            count += 1
            with open(path, "rb") as file:
                data = file.read()
            if len(name) == 64:
                good = hashlib.sha256(data).hexdigest() == name
            else:
                head = b"blob %d\0" % len(data)
                good = hashlib.sha1(head + data).hexdigest() == name
            if not good:
                fail("corrupt blob: " + path)
    return count


def _is_hex(name):
    return len(name) in (40, 64) and set(name) <= set("0123456789abcdef")


def report(name, **figures):
    print(name + ":", " ".join("%s=%s" % item for item in figures.items()),
          "PASS")

"""Downloads and uploads by `hug` beside the same by `hf` (and aria2c) over
loopback from the same embedded hub. See README.md."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "compat"))
from hub_process import client_environment

MIB = 1 << 20


class Hub:
    """`hug hub serve` over a directory."""

    def __init__(self, hug, folder):
        self.hug, self.folder = hug, folder

    def start(self):
        subprocess.run([self.hug, "hub", "user", "add", "bench", "--dir",
                        self.folder], check=True, capture_output=True)
        self.token = subprocess.run(
            [self.hug, "hub", "token", "create", "bench", "--role", "write",
             "--dir", self.folder, "-q"], check=True, capture_output=True,
            text=True).stdout.strip().split()[-1]
        self.process = subprocess.Popen(
            [self.hug, "hub", "serve", "--dir", self.folder, "--port", "0",
             "--format", "json"], stdout=subprocess.PIPE, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(command, env, log):
    """Wall seconds, CPU seconds and peak MiB of a command that must succeed."""
    start = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = status
    if status != 0:
        raise SystemExit(f"failed ({status}): {' '.join(command)}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime,
            "mib": usage.ru_maxrss / 1024}


def fill(folder, count, size, salt="", per_folder=500):
    for i in range(count):
        path = os.path.join(folder, f"d{i // per_folder}")
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, f"f{i}.txt"), "wb") as f:
            text = (f"{salt}{i} " * (size // 2 + 1)).encode()[:size]
            f.write(text)


def fill_big(folder, size):
    os.makedirs(folder, exist_ok=True)
    block = os.urandom(MIB)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        for i in range(size // len(block)):
            f.write(i.to_bytes(8, "little") + block[8:])


def show(name, rows, base):
    for who, row in rows.items():
        ratio = ""
        if base in rows and who != base:
            ratio = (f"  wall x{row['wall'] / rows[base]['wall']:.3f}"
                     f"  cpu x{row['cpu'] / rows[base]['cpu']:.3f}")
        print(f"{name:14} {who:8} {row['wall']:8.2f} s  {row['cpu']:7.2f} cpu-s"
              f"  {row['mib']:6.0f} MiB{ratio}", flush=True)


class Bench:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.homes = {}
        self.log = open(os.path.join(work, "log"), "wb")
        self.hub = Hub(args.hub or args.hug, os.path.join(work, "hub"))
        self.hub.start()

    def env(self, who):
        env = client_environment(self.hub.endpoint, self.hub.token,
                                 os.path.join(self.work, "home-" + who +
                                              str(self.homes.get(who, 0))))
        env["HF_HUB_DISABLE_UPDATE_CHECK"] = "1"
        return env

    def clients(self):
        out = {"hug": self.args.hug}
        if self.args.hf:
            out["hf"] = self.args.hf
        return out

    def run(self, who, program, *arguments):
        return measure([program, *arguments], self.env(who), self.log)

    def prepare(self, repo, folder):
        self.run("setup", self.args.hug, "upload", repo, folder)

    def download(self, name, repo, again=False):
        rows = {}
        for who, program in self.clients().items():
            if not again:
                # A new home, not an emptied one: ext4 is slow to reuse inodes
                # that were freed a moment ago.
                self.homes[who] = self.homes.get(who, 0) + 1
            rows[who] = self.run(who, program, "download", repo)
        if self.args.aria2c and name == "big":
            target = os.path.join(self.work, "aria")
            shutil.rmtree(target, ignore_errors=True)
            url = f"{self.hub.endpoint}/{repo}/resolve/main/model.safetensors"
            rows["aria2c"] = measure(
                [self.args.aria2c, "-x8", "-s8", "-q", "--file-allocation=none",
                 "--header", "Authorization: Bearer " + self.hub.token,
                 "-d", target, url], self.env("aria"), self.log)
            shutil.rmtree(target, ignore_errors=True)
        show(name, rows, "hf")
        return rows

    def upload(self, name, count, size):
        rows = {}
        for who, program in self.clients().items():
            # Content of its own for each: the hub keeps large objects once.
            folder = self.folder(f"{name}-{who}", count, size, who)
            rows[who] = self.run(who, program, "upload",
                                 f"bench/{name}-{who}", folder)
        show(name, rows, "hf")

    def folder(self, name, count, size, salt=""):
        path = os.path.join(self.work, "src-" + name)
        if count == 1:
            fill_big(path, size)
        else:
            fill(path, count, size, salt)
        return path


def run(args, work):
    bench = Bench(args, work)
    try:
        wanted = args.cases.split(",")
        if "big" in wanted:
            folder = bench.folder("big", 1, args.big_mib * MIB)
            bench.prepare("bench/big", folder)
            shutil.rmtree(folder)
            bench.download("big", "bench/big")
        if "medium" in wanted or "noop" in wanted:
            folder = bench.folder("medium", 2000, 64 * 1024)
            bench.prepare("bench/medium", folder)
            bench.download("2000x64K", "bench/medium")
            bench.download("no-op", "bench/medium", again=True)
        if "small" in wanted:
            folder = bench.folder("small", args.small, 1024)
            bench.prepare("bench/small", folder)
            bench.download(f"{args.small}x1K", "bench/small")
        if "upload-small" in wanted:
            bench.upload("up-2000", 2000, 2000)
        if "upload-big" in wanted:
            bench.upload("up-1GiB", 1, 1024 * MIB)
    finally:
        bench.hub.stop()


parser = argparse.ArgumentParser()
parser.add_argument("--hug", required=True)
parser.add_argument("--hf", help="a huggingface_hub command to compare with")
parser.add_argument("--hub", help="the program that serves; --hug by default")
parser.add_argument("--aria2c", default=shutil.which("aria2c"))
parser.add_argument("--big-mib", type=int, default=2048)
parser.add_argument("--small", type=int, default=20000)
parser.add_argument("--cases", default="big,medium,small,upload-small,"
                                       "upload-big")
parser.add_argument("--dir", help="where to work; needs 10 GB for all cases")
args = parser.parse_args()
args.hug = os.path.abspath(args.hug)
if args.hf:
    args.hf = os.path.abspath(args.hf)
with tempfile.TemporaryDirectory(dir=args.dir) as work:
    run(args, work)

"""What `hug download` leaves in the cache and in a folder equals what the real
`hf download` leaves, and each uses the other's without fetching anything."""
import argparse
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers
from hub_process import Hub, client_environment

PACKAGES = ["huggingface_hub==2.4.0"]

parser = argparse.ArgumentParser()
parser.add_argument("--hug", required=True)
parser.add_argument("--serve", required=True)
parser.add_argument("--peers", required=True)
args = parser.parse_args()
python = peers.python_with(args.peers, "hub-python", PACKAGES)
HF = os.path.join(os.path.dirname(python), "hf")
FILES = {
    "config.json": b'{"a": 1}\n',
    "empty.txt": b"",
    "sub/dir/na\u00efve name [1].txt": b"text\n",
    "model.safetensors": random.Random(1).randbytes(20_000_000),
    "weights/part.bin": random.Random(2).randbytes(700_000),
    "weights/same.bin": random.Random(2).randbytes(700_000),
}


def run(env, *command):
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def snapshot(root):
    """Everything below a folder: kind and content of each name."""
    out = {}
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            if short.split(os.sep)[0] == ".locks" or name.endswith(".lock"):
                continue  # advice, kept or removed as one likes
            if os.path.islink(path):
                out[short] = ("link", os.readlink(path))
            elif os.path.isdir(path):
                out[short] = ("folder",)
            else:
                with open(path, "rb") as f:
                    content = f.read()
                if short.endswith(".metadata"):
                    content = b"\n".join(content.split(b"\n")[:2])
                out[short] = ("file", content)
    return out


def stamps(root):
    out = {}
    for folder, _, files in os.walk(root):
        for name in files:
            info = os.lstat(os.path.join(folder, name))
            if "blobs" in folder or "snapshots" in folder:
                out[os.path.join(folder, name)] = (info.st_ino,
                                                   info.st_mtime_ns)
    return out


def same(a, b):
    for name in sorted(set(a) | set(b)):
        left, right = a.get(name), b.get(name)
        assert left == right, (name, str(left)[:120], str(right)[:120])
    assert a


def check_cache(env, home):
    for who, program in (("hf", HF), ("hug", args.hug)):
        run(dict(env, HF_HOME=f"{home}/{who}"), program, "download",
            "alice/both", "--quiet")
    same(snapshot(f"{home}/hf/hub"), snapshot(f"{home}/hug/hub"))
    # A tag, one file, and a pattern come on top in the same way.
    for who, program in (("hf", HF), ("hug", args.hug)):
        own = dict(env, HF_HOME=f"{home}/{who}")
        run(own, program, "download", "alice/both", "config.json",
            "--revision", "v1", "--quiet")
        run(own, program, "download", "alice/both", "--include", "weights/*",
            "--revision", "v1", "--quiet")
    same(snapshot(f"{home}/hf/hub"), snapshot(f"{home}/hug/hub"))


def check_reuse(env, home):
    for owner, program in (("hf", args.hug), ("hug", HF)):
        own = dict(env, HF_HOME=f"{home}/{owner}")
        before = stamps(f"{home}/{owner}/hub")
        run(own, program, "download", "alice/both", "--quiet")
        assert stamps(f"{home}/{owner}/hub") == before, owner
        run(dict(own, HF_HUB_OFFLINE="1"), program, "download", "alice/both",
            "--quiet")


def check_folder(env, home):
    for who, program in (("hf", HF), ("hug", args.hug)):
        run(dict(env, HF_HOME=f"{home}/{who}-2"), program, "download",
            "alice/both", "--local-dir", f"{home}/{who}-dir", "--quiet")
    same(snapshot(f"{home}/hf-dir"), snapshot(f"{home}/hug-dir"))
    same(*[{name: what for name, what in
            snapshot(f"{home}/{who}-2/hub").items() if "/refs" in name}
           for who in ("hf", "hug")])
    for owner, program in (("hf", args.hug), ("hug", HF)):
        target = f"{home}/{owner}-dir"
        before = {name: os.stat(f"{target}/{name}").st_ino for name in FILES}
        run(dict(env, HF_HOME=f"{home}/{owner}-2"), program, "download",
            "alice/both", "--local-dir", target, "--quiet")
        assert before == {name: os.stat(f"{target}/{name}").st_ino
                          for name in FILES}, owner


with tempfile.TemporaryDirectory() as work:
    hub = Hub(args.serve, f"{work}/hub")
    token = hub.token("alice", "write")
    env = client_environment(hub.start(), token, f"{work}/home")
    for name, content in FILES.items():
        path = f"{work}/src/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content)
    run(env, args.hug, "upload", "alice/both", f"{work}/src", "--quiet")
    run(env, args.hug, "repos", "tag", "create", "alice/both", "v1")
    check_cache(env, work)
    check_reuse(env, work)
    check_folder(env, work)
    hub.stop()
print("equal")

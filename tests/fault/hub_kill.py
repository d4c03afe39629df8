"""kill -9 the embedded hub while it is written to, again and again.

After every kill: fsck finds nothing worse than leftovers, every commit that
was acknowledged is in the history of its branch, in order, with its content,
and every large object that a commit names is there and whole. A round on the
same directory continues where the last one ended.

By hand, for longer:  hub_kill.py --serve PROGRAM --rounds 500 --seed 7
"""
import argparse
import base64
import hashlib
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "compat"))
from hub_process import Hub

REPOS = ["alice/one", "alice/two"]


class Client:
    """Just enough of the protocol; raises OSError or HTTPException when the
    hub dies."""

    def __init__(self, endpoint, token):
        self.address = endpoint.split("//")[1]
        self.token = token
        self.connection = http.client.HTTPConnection(self.address, timeout=30)

    def call(self, method, path, body=b"", kind="application/json"):
        self.connection.request(method, path, body, {
            "Authorization": "Bearer " + self.token, "Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {text}")
        return text

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, json.dumps(body or {})))

    def commit(self, repo, summary, operations):
        lines = [{"key": "header", "value": {"summary": summary}}]
        body = "\n".join(json.dumps(line) for line in lines + operations)
        return json.loads(self.call(
            "POST", f"/api/models/{repo}/commit/main", body,
            "application/x-ndjson"))["commitOid"]

    def upload(self, repo, content):
        oid = hashlib.sha256(content).hexdigest()
        batch = self.json("POST", f"/{repo}.git/info/lfs/objects/batch", {
            "operation": "upload", "transfers": ["basic"],
            "objects": [{"oid": oid, "size": len(content)}]})
        actions = batch["objects"][0].get("actions")
        if actions:
            target = actions["upload"]["href"].split(self.address)[1]
            self.call("PUT", target, content)
        return oid


def file_line(path, content):
    return {"key": "file", "value": {
        "path": path, "encoding": "base64",
        "content": base64.b64encode(content).decode()}}


def lfs_line(path, oid, size):
    return {"key": "lfsFile", "value": {
        "path": path, "algo": "sha256", "oid": oid, "size": size}}


def write(endpoint, token, repo, seed, acknowledged):
    """Commits until the hub dies; notes what the hub has said yes to."""
    rng = random.Random(seed)
    try:
        client = Client(endpoint, token)
        for n in range(1_000_000):
            name = f"{seed}-{n}"
            content = rng.randbytes(rng.choice([1, 300, 70_000]))
            lines = [file_line(f"small/{name}-{i}", content)
                     for i in range(rng.choice([1, 1, 30]))]
            if n % 3 == 0:
                big = rng.randbytes(rng.choice([10, 300_000]))
                oid = client.upload(repo, big)
                lines.append(lfs_line(f"large/{name}", oid, len(big)))
            commit = client.commit(repo, name, lines)
            acknowledged.append((commit, name))
            if n % 20 == 19:
                client.json("POST", f"/api/models/{repo}/branch/b{name}")
    except (OSError, http.client.HTTPException):
        return


def history(client, repo):
    out, path = [], f"/api/models/{repo}/commits/main?limit=1000"
    for page in range(1000):
        part = client.json("GET", f"{path}&p={page}")
        out += part
        if len(part) < 1000:
            return out[::-1]


def check(hub, token, acknowledged):
    status, text = hub.fsck()
    assert status == 0, text
    client = Client(hub.start(), token)
    for repo in REPOS:
        seen = {c["id"]: c["title"] for c in history(client, repo)}
        for commit, name in acknowledged[repo]:
            assert seen.get(commit) == name, f"{repo} lost {name}"
        files = client.json("GET", f"/api/models/{repo}/tree/main"
                            "?recursive=true")
        for entry in files:
            if "lfs" in entry and random.random() < 0.1:
                data = client.call(
                    "GET", f"/{repo}/resolve/main/{entry['path']}")
                digest = hashlib.sha256(data).hexdigest()
                assert digest == entry["lfs"]["oid"], entry
    hub.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", required=True)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    random.seed(args.seed)
    with tempfile.TemporaryDirectory() as temp:
        hub = Hub(args.serve, f"{temp}/hub")
        token = hub.token("alice", "write")
        client = Client(hub.start(), token)
        for repo in REPOS:
            client.json("POST", "/api/repos/create",
                        {"name": repo.split("/")[1]})
        hub.kill()
        acknowledged = {repo: [] for repo in REPOS}
        for number in range(args.rounds):
            endpoint = hub.start()
            writers = [threading.Thread(target=write, args=(
                endpoint, token, REPOS[i % 2], rng.randrange(1 << 40),
                acknowledged[REPOS[i % 2]])) for i in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(rng.uniform(0.02, 0.8))
            hub.kill()
            for writer in writers:
                writer.join()
            check(hub, token, acknowledged)
        status, text = hub.fsck("--repair")
        assert status == 0, text
        status, text = hub.fsck()
        assert status == 0 and "hub-" not in text, text
        for repo in os.listdir(f"{temp}/hub/repos"):
            subprocess.run(["git", "-C", f"{temp}/hub/repos/{repo}", "fsck",
                            "--full", "--no-dangling"], check=True)
        total = sum(len(a) for a in acknowledged.values())
        print(f"hub kill: points={args.rounds} acknowledged={total} lost=0 "
              f"seed={args.seed} PASS")


main()

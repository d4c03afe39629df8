"""The embedded hub's speed: ranges against a plain sendfile server (and nginx
where it is installed), small files, listings, commits. See README.md."""
import argparse
import base64
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "compat"))
from hub_process import Hub

MIB = 1 << 20


def call(address, token, method, path, body=b"", kind="application/json"):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request(method, path, body, {
        "Authorization": "Bearer " + token, "Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, (method, path, answer.status, text[:300])
    return text


def commit_body(count, size):
    lines = ['{"key":"header","value":{"summary":"many"}}']
    for i in range(count):
        content = base64.b64encode(os.urandom(size)).decode()
        lines.append(json.dumps({"key": "file", "value": {
            "path": f"d{i % 100}/f{i}.txt", "encoding": "base64",
            "content": content}}))
    return "\n".join(lines).encode()


def upload(address, token, repo, content):
    oid = hashlib.sha256(content).hexdigest()
    batch = json.loads(call(
        address, token, "POST", f"/{repo}.git/info/lfs/objects/batch",
        json.dumps({"operation": "upload", "transfers": ["basic"],
                    "objects": [{"oid": oid, "size": len(content)}]})))
    target = batch["objects"][0]["actions"]["upload"]["href"]
    start = time.perf_counter()
    call(address, token, "PUT", target.split(address)[1], content)
    took = time.perf_counter() - start
    call(address, token, "POST", f"/api/models/{repo}/commit/main",
         '{"key":"header","value":{"summary":"big"}}\n' + json.dumps(
             {"key": "lfsFile", "value": {"path": "big.bin", "algo": "sha256",
                                          "oid": oid}}))
    return took


def drain(address, path, first, size, buffer):
    """GETs one range over a raw socket; only the kernel copies."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nRange: bytes="
                  f"{first}-{first + size - 1}\r\nConnection: close\r\n\r\n"
                  .encode())
        got = 0
        while True:
            n = s.recv_into(buffer)
            if n == 0:
                break
            got += n
    assert got > size, (got, size)


def ranges(address, path, total, streams=4, part=32 * MIB, rounds=3):
    """MB/s over `streams` connections; the best of some rounds."""
    best = 0
    for _ in range(rounds):
        parts = list(range(0, total - part + 1, part))
        done = []

        def work():
            buffer = bytearray(MIB)
            while parts:
                try:
                    first = parts.pop()
                except IndexError:
                    return
                drain(address, path, first, part, buffer)
                done.append(first)

        wanted = len(parts)
        amount = wanted * part
        threads = [threading.Thread(target=work) for _ in range(streams)]
        start = time.perf_counter()
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(done) == wanted, "a range failed"
        best = max(best, amount / (time.perf_counter() - start) / 1e6)
    return best


def nginx(folder, port):
    """Serves the folder with nginx; nothing where it is not installed."""
    if shutil.which("nginx") is None:
        return None
    conf = f"{folder}/nginx.conf"
    with open(conf, "w") as f:
        if os.geteuid() == 0:
            f.write("user root;")  # the folder is its owner's only
        f.write(f"daemon off; pid {folder}/pid; error_log {folder}/err;"
                "worker_processes 2; events {} http { access_log off;"
                " sendfile on; server { listen 127.0.0.1:%d; root %s; } }"
                % (port, folder))
    process = subprocess.Popen(["nginx", "-c", conf])
    time.sleep(0.5)
    return process


def small_files(address, path, seconds=3, clients=4):
    """Requests a second over kept connections, by child processes so that
    this interpreter is not what is measured."""
    code = (
        "import socket,sys,time\n"
        "h,p=sys.argv[1].split(':')\n"
        "s=socket.create_connection((h,int(p)))\n"
        "r=('GET %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n'"
        "%(sys.argv[2],sys.argv[1])).encode()\n"
        "end=time.time()+float(sys.argv[3]);n=0\n"
        "s.sendall(r);size=len(s.recv(1<<16))\n"
        "while time.time()<end:\n"
        "  s.sendall(r);got=0\n"
        "  while got<size: got+=len(s.recv(1<<16))\n"
        "  n+=1\n"
        "print(n)\n")
    children = [subprocess.Popen(
        [sys.executable, "-c", code, address, path, str(seconds)],
        stdout=subprocess.PIPE, text=True) for _ in range(clients)]
    return sum(int(c.communicate()[0]) for c in children) / seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", required=True)
    parser.add_argument("--mib", type=int, default=1024)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as temp:
        hub = Hub(args.serve, f"{temp}/hub")
        token = hub.token("alice", "write")
        address = hub.start().split("//")[1]
        for name in ("many", "big", "tree"):
            call(address, token, "POST", "/api/repos/create",
                 json.dumps({"name": name}))
        for count, size in ((2000, 1024), (2000, 16384)):
            body = commit_body(count, size)
            start = time.perf_counter()
            call(address, token, "POST", "/api/models/alice/many/commit/main",
                 body, "application/x-ndjson")
            print(f"commit of {count} files of {size} bytes: "
                  f"{time.perf_counter() - start:.3f} s")
        call(address, token, "POST", "/api/models/alice/tree/commit/main",
             commit_body(20000, 64), "application/x-ndjson")
        hub.stop()
        address = hub.start().split("//")[1]
        for state in ("after a start", "again"):
            start = time.perf_counter()
            text = call(address, token, "GET",
                        "/api/models/alice/tree/tree/main?recursive=true")
            print(f"tree of 20,000 files, {state}: "
                  f"{(time.perf_counter() - start) * 1e3:.0f} ms, "
                  f"{len(text) / 1e6:.1f} MB")
        rate = small_files(address, "/alice/many/resolve/main/d0/f0.txt")
        print(f"small files: {rate:.0f} requests/s")
        rate = small_files(address, "/api/models/alice/many/revision/main")
        print(f"infos (2,000 siblings): {rate:.0f} requests/s")
        content = os.urandom(MIB) * args.mib
        took = upload(address, token, "alice/big", content)
        print(f"upload: {len(content) / took / 1e6:.0f} MB/s")
        path = "/alice/big/resolve/main/big.bin"
        ours = ranges(address, path, len(content))
        print(f"ranges: {ours:.0f} MB/s")
        with open(f"{temp}/big.bin", "wb") as f:
            f.write(content)
        peer = nginx(temp, 18099)
        if peer:
            theirs = ranges("127.0.0.1:18099", "/big.bin", len(content))
            print(f"nginx: {theirs:.0f} MB/s, ratio {ours / theirs:.2f}")
            peer.terminate()
            peer.wait()
        hub.stop()


main()

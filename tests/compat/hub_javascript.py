"""The embedded hub against the JavaScript client (@huggingface/hub)."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers
from hub_process import Hub, client_environment

PACKAGE = "@huggingface/hub@2.17.5"
MIB = 1 << 20

parser = argparse.ArgumentParser()
parser.add_argument("--serve", required=True)
parser.add_argument("--peers", required=True)
args = parser.parse_args()

with peers.alone(args.peers, "hub-javascript") as home:
    home = os.path.abspath(home)
    marker = os.path.join(home, ".complete")
    if not os.path.exists(marker) or open(marker).read() != PACKAGE:
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        peers.npm(args.peers, home, "install", "--no-audit", "--no-fund",
                  "--ignore-scripts", "--prefix", home, PACKAGE)
        with open(marker, "w") as f:
            f.write(PACKAGE)

# Modules are looked up beside the script.
script = os.path.join(home, "hub_javascript.mjs")
shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         "hub_javascript.mjs"), script)
with tempfile.TemporaryDirectory() as temp:
    hub = Hub(args.serve, f"{temp}/hub", "--multipart", str(16 * MIB),
              "--part", "5000000")
    alice = hub.token("alice", "write")
    env = client_environment(hub.start(), alice, f"{temp}/home")
    env["TMPDIR"] = temp
    env["PATH"] = peers.node_environment(args.peers)["PATH"]
    node = shutil.which("node", path=env["PATH"])
    try:
        done = subprocess.run([node, script], env=env, timeout=240)
    finally:
        hub.stop()
    assert done.returncode == 0
    status, text = hub.fsck()
    assert status == 0, text
    print("ok")

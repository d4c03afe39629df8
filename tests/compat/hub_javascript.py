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

for tool in ("node", "npm"):
    if shutil.which(tool) is None:
        print(f"skipped: there is no {tool}")
        sys.exit(peers.SKIP)

home = os.path.abspath(os.path.join(args.peers, "hub-javascript"))
marker = os.path.join(home, ".complete")
if not os.path.exists(marker) or open(marker).read() != PACKAGE:
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
         "--prefix", home, PACKAGE], capture_output=True, text=True)
    if done.returncode != 0:
        print("skipped: cannot install", PACKAGE, done.stderr[-500:])
        sys.exit(peers.SKIP)
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
    try:
        done = subprocess.run(["node", script], env=env, timeout=240)
    finally:
        hub.stop()
    assert done.returncode == 0
    status, text = hub.fsck()
    assert status == 0, text
    print("ok")

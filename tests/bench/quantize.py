"""Quantizing a model of 1.2 billion weights against llama.cpp, in one run.

usage: quantize.py --program hug_quantize_file --peers DIR [--types A,B]
                   [--threads 2] [--work DIR]

Prints for each type the seconds of both (the better of two runs each, files
in the page cache), their ratio and the peak memory of ours.
"""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "compat"))
import peers
import ggml_peer

TYPES = "Q4_K_M,Q6_K,Q8_0,Q4_0,IQ4_XS"


def timed(words):
    """Seconds and the peak of resident memory in MiB."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(words)}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--types", default=TYPES)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--work", default="")
    args = parser.parse_args()
    peers.run_again_with(args.peers, "gguf", ["numpy==1.26.4", "gguf==0.17.1"])
    bins = ggml_peer.fetch(args.peers)
    with tempfile.TemporaryDirectory() as scratch:
        home = args.work or scratch
        source = os.path.join(home, "model-f16.gguf")
        if not os.path.exists(source):
            # In a process of its own: what it held would count as the peak of
            # every child.
            subprocess.run([sys.executable, os.path.join(
                os.path.dirname(os.path.abspath(__file__)), "llama_shape.py"),
                source], check=True)
        target = os.path.join(home, "out.gguf")
        peer = os.path.join(os.path.dirname(ggml_peer.__file__),
                            "llama_peer.py")
        print(f"{'type':8} {'llama.cpp':>10} {'hug':>8} {'ratio':>6} "
              f"{'memory':>9}")
        for name in args.types.split(","):
            theirs = ours = 1e9
            memory = 0
            for _ in range(args.runs):
                seconds, _ = timed([sys.executable, peer, bins, source, target,
                                    name, args.threads])
                theirs = min(theirs, seconds)
                os.remove(target)
                seconds, peak = timed([args.program, source, target, name,
                                       args.threads])
                ours = min(ours, seconds)
                memory = max(memory, peak)
                os.remove(target)
            print(f"{name:8} {theirs:9.2f}s {ours:7.2f}s {ours / theirs:6.3f} "
                  f"{memory:6.0f} MiB", flush=True)


main()

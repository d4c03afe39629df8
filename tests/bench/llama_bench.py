#!/usr/bin/env python3
"""llama.cpp's library measured as its llama-bench measures it.

    llama_bench.py -m MODEL [-p 512] [-n 32] [-d 0] [-t 2] [-b 512] [-r 3]
                   [-o json] [--peers DIR] [--backend zen4|haswell|...]

takes llama-bench's options and prints its JSON (avg_ts, stddev_ts), so that
`hug bench MODEL --against tests/bench/llama_bench.py` works without a build of
llama.cpp. HUG_PEERS and HUG_PEER_BACKEND stand for the last two options. With
--serve it answers lines of JSON instead (see engine.py).
"""
import argparse
import json
import os
import random
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
import ggml_peer
import llama_model


class Peer:
    """A model with flash attention on, keys and values in f16."""

    def __init__(self, bins, backend, path, threads, n_ctx, batch=512,
                 library=None):
        library = library or llama_model.Library(bins, backend)
        self.model = llama_model.Model(
            library, path, n_ctx=n_ctx, threads=threads, exact=False,
            n_batch=batch)
        self.random = random.Random(1)

    def put(self, n, batch):
        ids = self.random.choices(range(self.model.n_vocab), k=n)
        start = time.perf_counter()
        for at in range(0, n, batch):
            self.model.put(ids[at:at + batch])
            self.model.lib.llama_synchronize(self.model.context)
        return time.perf_counter() - start

    def fill(self, depth, state):
        """Brings the sequence to a depth; keeps keys and values in a file, for
        models of the same shape."""
        self.model.clear()
        if state and os.path.exists(state):
            self.model.load_state(state, depth)
            return
        self.put(depth, 512)
        if state:
            self.model.save_state(state)

    def measure(self, test, tokens, depth, batch):
        self.model.trim(depth)
        return self.put(tokens, batch if test == "pp" else 1)


def serve(args, bins):
    peer = Peer(bins, args.backend, args.m, args.t, args.ctx)
    depth = 0
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["depth"] != depth:
            peer.fill(ask["depth"], ask.get("state"))
            depth = ask["depth"]
        seconds = peer.measure(ask["test"], ask["tokens"], depth,
                               ask.get("batch", 512))
        print(json.dumps({"seconds": seconds}), flush=True)


def first_token(args, bins):
    """Seconds from nothing to the first token of an answer."""
    start = time.perf_counter()
    peer = Peer(bins, args.backend, args.m, args.t, args.ctx)
    ids = peer.model.tokenize(sys.stdin.read())
    peer.model.put(ids)
    peer.model.lib.llama_synchronize(peer.model.context)
    print(json.dumps({"seconds": time.perf_counter() - start,
                      "tokens": len(ids)}))


def bench(args, bins):
    out = []
    tests = [("pp", args.p)] * (args.p > 0) + [("tg", args.n)] * (args.n > 0)
    peer = Peer(bins, args.backend, args.m, args.t,
                args.d + max(args.p, args.n) + 64, args.b)
    for test, tokens in tests:
        peer.fill(args.d, None)
        peer.measure(test, tokens if test == "pp" else 2, args.d, args.b)
        speeds = [tokens / peer.measure(test, tokens, args.d, args.b)
                  for _ in range(args.r)]
        out.append({"model_filename": args.m, "n_threads": args.t,
                    "n_prompt": tokens if test == "pp" else 0,
                    "n_gen": tokens if test == "tg" else 0,
                    "n_depth": args.d, "n_batch": args.b,
                    "avg_ts": statistics.mean(speeds),
                    "stddev_ts": statistics.pstdev(speeds)})
    print(json.dumps(out, indent=1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", required=True)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=32)
    parser.add_argument("-d", type=int, default=0)
    parser.add_argument("-t", type=int, default=2)
    parser.add_argument("-b", type=int, default=512)
    parser.add_argument("-ub", type=int, default=512)
    parser.add_argument("-r", type=int, default=3)
    parser.add_argument("-o", default="json")
    parser.add_argument("--ctx", type=int, default=2048)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--peers", default=os.environ.get(
        "HUG_PEERS", os.path.join(HERE, "..", "..", "build", "peers")))
    parser.add_argument("--backend",
                        default=os.environ.get("HUG_PEER_BACKEND", ""))
    args = parser.parse_args()
    bins = ggml_peer.fetch(args.peers)
    if args.serve:
        serve(args, bins)
    elif args.first:
        first_token(args, bins)
    else:
        bench(args, bins)


if __name__ == "__main__":
    main()

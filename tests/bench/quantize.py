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


def write_model(path):
    """The shapes of a llama of 1.2 B, f16, normally distributed."""
    import gguf
    import numpy as np
    rng = np.random.default_rng(0)
    pool = (rng.standard_normal(40_000_000) * 0.02).astype(np.float16)
    at = 0

    def weights(*shape):
        nonlocal at
        n = int(np.prod(shape))
        at = (at + 7_654_321) % 1_000_003
        repeated = np.resize(pool[at:], n)
        return repeated.reshape(shape)

    w = gguf.GGUFWriter(path, "llama")
    n_embd, n_ff, n_vocab, n_layer = 2048, 8192, 128256, 16
    w.add_block_count(n_layer)
    w.add_context_length(2048)
    w.add_embedding_length(n_embd)
    w.add_feed_forward_length(n_ff)
    w.add_head_count(32)
    w.add_head_count_kv(8)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_file_type(1)
    w.add_tokenizer_model("none")
    w.add_tensor("token_embd.weight", weights(n_vocab, n_embd))
    w.add_tensor("output_norm.weight", np.ones(n_embd, np.float32))
    for i in range(n_layer):
        blk = f"blk.{i}."
        for name, rows, columns in (("attn_q", n_embd, n_embd),
                                    ("attn_k", 512, n_embd),
                                    ("attn_v", 512, n_embd),
                                    ("attn_output", n_embd, n_embd),
                                    ("ffn_gate", n_ff, n_embd),
                                    ("ffn_up", n_ff, n_embd),
                                    ("ffn_down", n_embd, n_ff)):
            w.add_tensor(blk + name + ".weight", weights(rows, columns))
        for name in ("attn_norm", "ffn_norm"):
            w.add_tensor(blk + name + ".weight", np.ones(n_embd, np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


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
            write_model(source)
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

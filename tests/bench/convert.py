"""Converting a bf16 checkpoint of 1.2 billion weights against the Python
converter of llama.cpp, and in one pass to Q4_K_M against it and the quantizer.

usage: convert.py --program hug_convert_model --python PYTHON
                  --converter LLAMA_CPP [--path DIR] [--peers DIR] [--work DIR]

PYTHON has torch, safetensors, numpy, sentencepiece and (there or in --path)
transformers 4.57; LLAMA_CPP is a checkout of v0.5.0 (the npm package
node-llama-cpp 3.22.1 carries one: git clone package/llama/gitRelease.bundle).
Prints seconds (the better of two, files in the page cache), the ratio and the
peak of resident memory of both.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
import peers
import ggml_peer
from safetensors_file import llama_shapes, write_safetensors

ARCH = os.path.join(HERE, "..", "data", "arch")

# The converter knows pre-tokenizers by hashes of real vocabularies only.
PEER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[1] + "/gguf-py")
import torch, gguf, conversion
from conversion.base import ModelBase, TextModel
TextModel.get_vocab_base_pre = lambda self, tok: "llama-bpe"
kind = {"f16": gguf.LlamaFileType.MOSTLY_F16,
        "bf16": gguf.LlamaFileType.MOSTLY_BF16}[sys.argv[4]]
source = Path(sys.argv[2])
h = ModelBase.load_hparams(source, False)
name = conversion.get_model_architecture(h, conversion.ModelType.TEXT)
model = conversion.get_model_class(name, mmproj=False)
with torch.inference_mode():
    model(source, kind, Path(sys.argv[3])).write()
"""


def write_model(folder):
    """The shapes of a llama of 1.2 B, bf16, normally distributed."""
    os.makedirs(folder)
    tokenizer = os.path.join(ARCH, "tokenizers", "bpe_llama3")
    shutil.copy(os.path.join(tokenizer, "tokenizer.json"), folder)
    model = os.path.join(ARCH, "llama_gqa_llama3rope")
    shutil.copy(os.path.join(model, "tokenizer_config.json"), folder)
    config = json.load(open(os.path.join(model, "config.json")))
    n, f, kv, v, layers = 2048, 8192, 512, 128256, 16
    config.update(hidden_size=n, intermediate_size=f, num_hidden_layers=layers,
                  num_attention_heads=32, num_key_value_heads=8, head_dim=64,
                  vocab_size=v, tie_word_embeddings=True)
    json.dump(config, open(os.path.join(folder, "config.json"), "w"))
    import numpy as np
    pool = np.random.default_rng(0).standard_normal(20_000_003) * 0.02
    bits = (pool.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)

    def noise(size):
        for at in range(0, size // 2, len(bits)):
            yield bits[:size // 2 - at].tobytes()

    write_safetensors(os.path.join(folder, "model.safetensors"),
                      llama_shapes(layers, n, f, kv, v, tied=True), data=noise)


def timed(words, env=None):
    """Seconds and the peak of resident memory in MiB."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(words)}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def best(runs, words, target, env=None):
    seconds, memory = 1e9, 0
    for _ in range(runs):
        if os.path.exists(target):
            os.remove(target)
        s, m = timed(words, env)
        seconds, memory = min(seconds, s), max(memory, m)
    return seconds, memory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--converter", required=True)
    parser.add_argument("--path", default="")
    parser.add_argument("--peers", default="")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--work", default="")
    args = parser.parse_args()
    if args.peers:
        peers.run_again_with(args.peers, "gguf",
                             ["numpy==1.26.4", "gguf==0.17.1"])
    env = dict(os.environ)
    if args.path:
        env["PYTHONPATH"] = args.path
    with tempfile.TemporaryDirectory() as scratch:
        home = args.work or scratch
        model = os.path.join(home, "model")
        if not os.path.exists(model):
            write_model(model)
        out = os.path.join(home, "out.gguf")
        theirs, their_memory = best(
            args.runs, [args.python, "-c", PEER, args.converter, model, out,
                        "f16"], out, env)
        ours, memory = best(args.runs, [args.program, model, out, "f16",
                                        "llama-bpe"], out)
        print(f"f16     python {theirs:6.2f}s {their_memory:5.0f} MiB   hug "
              f"{ours:6.2f}s {memory:4.0f} MiB   ratio {ours / theirs:.3f}",
              flush=True)
        if not args.peers:
            return
        bins = ggml_peer.fetch(args.peers)
        peer = os.path.join(HERE, "..", "compat", "llama_peer.py")
        small = os.path.join(home, "small.gguf")
        quantizer, _ = best(args.runs, [sys.executable, peer, bins, out, small,
                                        "Q4_K_M", "2"], small)
        os.remove(out)
        ours, memory = best(args.runs, [args.program, model, small, "q4_k_m",
                                        "llama-bpe"], small)
        both = theirs + quantizer
        print(f"Q4_K_M  python + quantizer {both:6.2f}s   hug {ours:6.2f}s "
              f"{memory:4.0f} MiB   ratio {ours / both:.3f}")


main()

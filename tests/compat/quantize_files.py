"""Whole files against llama.cpp's: the same bytes for every mixture, with and
without an importance matrix (both of its file formats), whatever the number of
threads, and after kill -9."""
import argparse
import filecmp
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import peers
import ggml_peer
import llama_peer

TYPES = ["Q4_0", "Q8_0", "Q4_K_M", "Q5_K_M", "Q6_K", "Q3_K_L", "Q2_K",
         "IQ4_XS", "Q4_K_S", "Q3_K_M", "Q5_1", "IQ4_NL", "F16", "BF16",
         "TQ1_0", "TQ2_0"]
N_LAYER = 8


def write_model(gguf, np, path, n_embd, experts=0, seed=1):
    """A llama of eight layers with grouped queries and random weights."""
    rng = np.random.default_rng(seed)
    w = gguf.GGUFWriter(path, "llama")
    n_ff, n_vocab, n_head, n_kv = 5 * n_embd // 2, 1000, 8, 2
    w.add_name("random")
    w.add_block_count(N_LAYER)
    w.add_context_length(128)
    w.add_embedding_length(n_embd)
    w.add_feed_forward_length(n_ff)
    w.add_head_count(n_head)
    w.add_head_count_kv(n_kv)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_file_type(1)
    w.add_tokenizer_model("none")
    if experts:
        w.add_expert_count(experts)
        w.add_expert_used_count(2)

    def add(name, *shape):
        data = rng.standard_normal(shape) * 0.03
        w.add_tensor(name, data.astype(np.float16))

    def norm(name, n):
        w.add_tensor(name, (1 + rng.standard_normal(n) / 50).astype(np.float32))

    add("token_embd.weight", n_vocab, n_embd)
    norm("output_norm.weight", n_embd)
    add("output.weight", n_vocab, n_embd)
    kv = n_embd * n_kv // n_head
    for i in range(N_LAYER):
        blk = f"blk.{i}."
        norm(blk + "attn_norm.weight", n_embd)
        add(blk + "attn_q.weight", n_embd, n_embd)
        add(blk + "attn_k.weight", kv, n_embd)
        add(blk + "attn_v.weight", kv, n_embd)
        add(blk + "attn_output.weight", n_embd, n_embd)
        norm(blk + "ffn_norm.weight", n_embd)
        if experts:
            w.add_tensor(blk + "ffn_gate_inp.weight",
                         rng.standard_normal((experts, n_embd)).astype(
                             np.float32))
            add(blk + "ffn_gate_exps.weight", experts, n_ff, n_embd)
            add(blk + "ffn_up_exps.weight", experts, n_ff, n_embd)
            add(blk + "ffn_down_exps.weight", experts, n_embd, n_ff)
        else:
            add(blk + "ffn_gate.weight", n_ff, n_embd)
            add(blk + "ffn_up.weight", n_ff, n_embd)
            add(blk + "ffn_down.weight", n_embd, n_ff)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def make_matrix(gguf, np, path):
    """Importance of every matrix's columns, by name."""
    rng = np.random.default_rng(5)
    out = {}
    for t in gguf.GGUFReader(path).tensors:
        shape = [int(n) for n in t.shape]
        if len(shape) < 2 or "norm" in t.name:
            continue
        n = shape[0] * (shape[2] if len(shape) > 2 else 1)
        out[t.name] = (rng.random(n) ** 2 * 3 + 0.01).astype(np.float32)
    return out


def write_dat(np, path, matrix):
    """The legacy format, with five calls behind every entry."""
    with open(path, "wb") as f:
        f.write(struct.pack("<i", len(matrix)))
        for name, values in matrix.items():
            f.write(struct.pack("<i", len(name)) + name.encode())
            f.write(struct.pack("<ii", 4, values.size))
            f.write((values * np.float32(4)).tobytes())


def write_gguf_matrix(gguf, np, path, matrix, shapes):
    w = gguf.GGUFWriter(path, "")
    w.add_string("general.type", "imatrix")
    w.add_array("imatrix.datasets", ["words.txt"])
    w.add_uint32("imatrix.chunk_count", 3)
    w.add_uint32("imatrix.chunk_size", 512)
    for name, values in matrix.items():
        n = shapes[name]
        w.add_tensor(name + ".in_sum2",
                     (values * np.float32(8)).reshape(-1, n))
        w.add_tensor(name + ".counts",
                     np.full((values.size // n, 1), 8, np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def tensor_bytes(gguf, path):
    return {t.name: (t.tensor_type, t.data.tobytes())
            for t in gguf.GGUFReader(path).tensors}


def kill_and_resume(args, home, source, want):
    """Kills a run again and again; the last one ends with equal bytes."""
    target = os.path.join(home, "killed.gguf")
    words = [args.program, source, target, "Q4_K_M", "1"]
    kills = 0
    for attempt in range(200):
        run = subprocess.Popen(words, stdout=subprocess.PIPE)
        time.sleep(0.02 + 0.03 * attempt)
        if run.poll() is not None:
            line = run.stdout.read().split()
            break
        run.send_signal(signal.SIGKILL)
        run.wait()
        kills += 1
        if os.path.exists(target):
            print("a killed run left a file under the final name")
            return 1
    if not filecmp.cmp(target, want, shallow=False):
        print("after kills the file differs")
        return 1
    print(f"killed {kills} times, {int(line[1])} of {int(line[0])} bytes "
          "were reused")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    peers.run_again_with(args.peers, "gguf",
                         ["numpy==1.26.4", "gguf==0.17.1"])
    import gguf
    import numpy as np
    llama = llama_peer.Llama(ggml_peer.fetch(args.peers))
    bad = 0

    def hug(source, target, ftype, *more):
        subprocess.run([args.program, source, target, ftype, *more],
                       stdout=subprocess.DEVNULL, check=True)

    with tempfile.TemporaryDirectory() as home:
        ours = os.path.join(home, "ours.gguf")
        theirs = os.path.join(home, "theirs.gguf")
        dense = os.path.join(home, "dense.gguf")
        write_model(gguf, np, dense, 512)
        llama.quantize(dense, theirs, "Q4_K_M")
        bad += kill_and_resume(args, home, dense, theirs)
        # Smaller, with rows of 640 that fall back, for all the mixtures.
        write_model(gguf, np, dense, 256)
        for ftype in TYPES:
            llama.quantize(dense, theirs, ftype)
            for threads in ("1", "3"):
                hug(dense, ours, ftype, threads)
                if not filecmp.cmp(ours, theirs, shallow=False):
                    bad += 1
                    print(f"{ftype} on {threads} threads: files differ")
        # From a quantized source, where both must decode first.
        llama.quantize(dense, ours, "Q5_K_M")
        os.rename(ours, dense)
        llama.quantize(dense, theirs, "Q3_K_M", requantize=True)
        hug(dense, ours, "Q3_K_M", "2", "-", "-", "requantize")
        if not filecmp.cmp(ours, theirs, shallow=False):
            bad += 1
            print("Q5_K_M to Q3_K_M: files differ")
        write_model(gguf, np, dense, 256)
        moe = os.path.join(home, "moe.gguf")
        write_model(gguf, np, moe, 256, experts=4)
        llama.quantize(moe, theirs, "MXFP4_MOE")
        hug(moe, ours, "MXFP4_MOE", "2")
        if not filecmp.cmp(ours, theirs, shallow=False):
            bad += 1
            print("MXFP4_MOE: files differ")
        for source, kinds in ((dense, ("Q4_K_M", "Q4_0", "IQ4_XS", "Q2_K")),
                              (moe, ("Q5_K_M", "Q6_K", "Q3_K_L"))):
            matrix = make_matrix(gguf, np, source)
            dat = os.path.join(home, "matrix.dat")
            write_dat(np, dat, matrix)
            other = os.path.join(home, "matrix.gguf")
            shapes = {t.name: int(t.shape[0])
                      for t in gguf.GGUFReader(source).tensors}
            write_gguf_matrix(gguf, np, other, matrix, shapes)
            for ftype in kinds:
                llama.quantize(source, theirs, ftype, matrix=matrix)
                want = tensor_bytes(gguf, theirs)
                for file in (dat, other):
                    hug(source, ours, ftype, "2", file)
                    if tensor_bytes(gguf, ours) != want:
                        bad += 1
                        print(f"{ftype} with {os.path.basename(file)}: "
                              "tensors differ")
    print(f"{bad} differences")
    sys.exit(1 if bad else 0)


main()

"""Files of the converter: read by the gguf package, and killed on the way.

    python3 tests/compat/convert.py --program hug_convert_model --peers DIR
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
from safetensors_file import llama_shapes, write_safetensors  # noqa: E402

DATA = os.path.join(HERE, "..", "data")


def assemble(name, to):
    """A complete model folder, as the README of the data says."""
    for group in ("arch", "arch2"):
        folder = os.path.join(DATA, group, name)
        if os.path.isdir(folder):
            break
    index = json.load(open(os.path.join(DATA, group, "index.json")))
    kind = [row["tokenizer"] for row in index if row["name"] == name][0]
    tokenizer = os.path.join(DATA, group, "tokenizers", kind)
    if not os.path.isdir(tokenizer):
        tokenizer = os.path.join(DATA, "arch", "tokenizers", kind)
    out = os.path.join(to, name)
    for source in (tokenizer, folder):
        shutil.copytree(source, out, dirs_exist_ok=True)
    golden = json.load(open(os.path.join(folder, "gguf.json")))
    pre = golden["pre"]["name"] if isinstance(golden["pre"], dict) else ""
    return out, golden, pre


def check_reading(program, work):
    import numpy as np
    from gguf import GGUFReader
    from gguf.quants import dequantize
    for name in ("llama_gqa_llama3rope", "deepseek_v2", "gpt_oss_mxfp4",
                 "xlm_roberta"):
        folder, golden, pre = assemble(name, work)
        for kind in ("f16", "q4_k_m"):
            path = os.path.join(work, f"{name}-{kind}.gguf")
            subprocess.run([program, folder, path, kind, pre], check=True,
                           stdout=subprocess.DEVNULL)
            reader = GGUFReader(path)
            want = {e["key"] for e in golden["kv"]}
            got = {key for key in reader.fields if not key.startswith("GGUF.")}
            assert want <= got, (name, want - got)
            ours = {key for key in got - want if not key.startswith("hug.")}
            assert not ours, (name, ours)
            assert "hug.recipe" in got
            assert reader.fields["hug.recipe"].contents() == kind
            names = {t.name: t for t in reader.tensors}
            assert set(names) == {t["name"] for t in golden["f32"]["tensors"]}
            for t in golden["f32"]["tensors"]:
                shape = [int(x) for x in names[t["name"]].shape]
                # The quantizer's form has no dimensions of 1 at the end.
                assert shape == t["shape"] or shape + [1] == t["shape"], \
                    (name, t["name"], shape)
                values = dequantize(names[t["name"]].data,
                                    names[t["name"]].tensor_type)
                assert np.isfinite(values).all(), (name, t["name"])
        print("read by gguf:", name)


def big_model(work):
    """A llama of 600 MB, so that there is time to interrupt it."""
    folder, _, pre = assemble("llama_gqa_llama3rope", work)
    out = os.path.join(work, "big")
    shutil.copytree(folder, out)
    config = json.load(open(os.path.join(out, "config.json")))
    config.update(hidden_size=1024, intermediate_size=8192,
                  num_hidden_layers=11, num_attention_heads=16,
                  num_key_value_heads=8, head_dim=64, torch_dtype="bfloat16")
    json.dump(config, open(os.path.join(out, "config.json"), "w"))
    v, n, f, kv = config["vocab_size"], 1024, 8192, 512
    import numpy as np
    random = np.random.RandomState(1)

    def noise(size):
        for at in range(0, size // 2, 1 << 24):
            k = min(size // 2 - at, 1 << 24)
            bits = random.randn(k).astype(np.float32).view(np.uint32) >> 16
            yield bits.astype(np.uint16).tobytes()

    write_safetensors(os.path.join(out, "model.safetensors"),
                      llama_shapes(config["num_hidden_layers"], n, f, kv, v),
                      data=noise)
    return out, pre


def digest(path):
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 22):
            hasher.update(piece)
    return hasher.hexdigest()


def check_killing(program, work):
    folder, pre = big_model(work)
    whole = os.path.join(work, "whole.gguf")
    command = [program, folder, whole, "q8_0", pre]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    path = os.path.join(work, "killed.gguf")
    command[2] = path
    kills = 0
    for size in (1 << 20, 60 << 20, 150 << 20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        journal = path + ".part.journal"
        # Each block is a record of 32 bytes in the journal.
        while process.poll() is None:
            if os.path.exists(journal) and \
                    os.path.getsize(journal) > 64 + size // (1 << 20) * 32:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
        if process.wait() == -signal.SIGKILL:
            kills += 1
            assert not os.path.exists(path), "a file that is not complete"
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert digest(path) == digest(whole), "other bytes after a kill"
    assert kills > 0
    print("killed", kills, "times, then:", done.stdout.strip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    os.makedirs(args.peers, exist_ok=True)
    peers.run_again_with(args.peers, "gguf19",
                         ["numpy==1.26.4", "gguf==0.19.0"])
    work = tempfile.mkdtemp()
    try:
        check_reading(args.program, work)
        check_killing(args.program, work)
    finally:
        shutil.rmtree(work)


main()

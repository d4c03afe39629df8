"""Every model of the data as PyTorch would have saved it: the gguf file is the
recorded one, and the engine computes the recorded logits from the folder.

    python3 tests/compat/torch_checkpoints.py --convert hug_convert_model
        --hug hug
"""
import argparse
import hashlib
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import torch_files  # noqa: E402
from torch_files import Parameter, Storage, Tensor  # noqa: E402

DATA = os.path.join(HERE, "..", "data")
TYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16",
         "I64": "int64", "U8": "uint8", "BOOL": "bool", "I32": "int32"}


def read_safetensors(path):
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    header.pop("__metadata__", None)
    return {name: (TYPES[e["dtype"]], e["shape"],
                   data[slice(*e["data_offsets"])])
            for name, e in header.items()}


def strides(shape):
    out, step = [], 1
    for d in reversed(shape):
        out.insert(0, step)
        step *= d
    return out


def plain(tensors):
    return {name: Tensor(Storage(dtype, data), 0, shape, strides(shape))
            for name, (dtype, shape, data) in tensors.items()}


def as_parameters(tensors):
    return {name: Parameter(t) for name, t in plain(tensors).items()}


def nested(tensors):
    return {"state_dict": plain(tensors), "step": 7}


def shared(tensors):
    """One storage of a type for all of them, with gaps between."""
    pieces, places = {}, {}
    for name, (dtype, shape, data) in tensors.items():
        whole = pieces.setdefault(dtype, bytearray())
        size = torch_files.DTYPES[dtype][1]
        whole += bytes(3 * size)
        places[name] = len(whole) // size
        whole += data
    storages = {t: Storage(t, bytes(b)) for t, b in pieces.items()}
    return {name: Tensor(storages[dtype], places[name], shape, strides(shape))
            for name, (dtype, shape, _) in tensors.items()}


def transposed(tensors):
    """Matrices lie the other way round in their storages."""
    out = plain(tensors)
    for name, (dtype, shape, data) in tensors.items():
        if len(shape) != 2:
            continue
        size = torch_files.DTYPES[dtype][1]
        rows, columns = shape
        turned = b"".join(
            data[(r * columns + c) * size:(r * columns + c + 1) * size]
            for c in range(columns) for r in range(rows))
        out[name] = Tensor(Storage(dtype, turned), 0, shape, [1, rows])
    return out


FORMS = [plain, as_parameters, nested, shared, transposed]


def make_torch(folder, number):
    """Replaces the weights; one file, or shards with an index."""
    files = sorted(f for f in os.listdir(folder) if f.endswith(".safetensors"))
    parts = [read_safetensors(os.path.join(folder, f)) for f in files]
    if len(parts) == 1 and number % 2 == 1:
        names = sorted(parts[0])
        half = len(names) // 2
        parts = [{n: parts[0][n] for n in some}
                 for some in (names[:half], names[half:])]
    for f in files + ["model.safetensors.index.json"]:
        if os.path.exists(os.path.join(folder, f)):
            os.remove(os.path.join(folder, f))
    form = FORMS[number % len(FORMS)]
    index = {}
    for i, part in enumerate(parts):
        name = "pytorch_model.bin" if len(parts) == 1 else \
            f"pytorch_model-{i + 1:05d}-of-{len(parts):05d}.bin"
        index.update({tensor: name for tensor in part})
        path = os.path.join(folder, name)
        if form is plain and number % 3 == 2:
            torch_files.save_legacy(path, form(part))
        else:
            torch_files.save(path, form(part), root=f"archive{i}")
    if len(parts) > 1 and form is not nested:
        with open(os.path.join(folder, "pytorch_model.bin.index.json"),
                  "w") as f:
            json.dump({"metadata": {}, "weight_map": index}, f)
    return form.__name__, len(parts)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def floats(path):
    with open(path, "rb") as f:
        data = f.read()
    return struct.unpack(f"<{len(data) // 4}f", data)


def check_logits(hug, folder, golden, source, work):
    prompt = golden["prompts"][0]
    if "logits" not in prompt or "decoder_input_ids" in prompt:
        return False
    out = os.path.join(work, "logits.f32")
    ids = ",".join(str(i) for i in prompt["input_ids"])
    subprocess.run([hug, "eval", "logits", folder, "--ids", ids, "-o", out],
                   check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, HUG_ISA="scalar"))
    got, want = floats(out), floats(os.path.join(source, prompt["logits"]))
    assert len(got) == len(want), (len(got), len(want))
    mean = sum(want) / len(want)
    deviation = math.sqrt(sum((x - mean) ** 2 for x in want) / len(want))
    if len(want) == 1:  # which has no deviation of its own
        deviation = abs(want[0])
    worst = max(abs(a - b) for a, b in zip(got, want))
    assert worst <= 1e-4 * deviation, (folder, worst, deviation)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--convert", required=True)
    parser.add_argument("--hug", required=True)
    args = parser.parse_args()
    work = tempfile.mkdtemp()
    env = dict(os.environ, HUG_PLAIN="1")
    models = computed = number = 0
    try:
        for group in ("arch", "arch2"):
            home = os.path.join(DATA, group)
            for row in json.load(open(os.path.join(home, "index.json"))):
                source = os.path.join(home, row["name"])
                tokenizer = os.path.join(home, "tokenizers", row["tokenizer"])
                if not os.path.isdir(tokenizer):
                    tokenizer = os.path.join(DATA, "arch", "tokenizers",
                                             row["tokenizer"])
                folder = os.path.join(work, row["name"])
                for part in (tokenizer, source):
                    shutil.copytree(part, folder, dirs_exist_ok=True)
                recorded = json.load(open(os.path.join(source, "gguf.json")))
                golden = json.load(open(os.path.join(source, "golden.json")))
                pre = recorded["pre"]
                pre = pre["name"] if isinstance(pre, dict) else ""
                gguf = os.path.join(work, "model.gguf")
                convert = [args.convert, folder, gguf, "f32", pre]
                # One exponential is rounded in another way there.
                want = recorded["f32"]["file_sha256"]
                if row["name"] == "mamba":
                    subprocess.run(convert, check=True, env=env,
                                   stdout=subprocess.DEVNULL)
                    want = sha256(gguf)
                form, parts = make_torch(folder, number)
                subprocess.run(convert, check=True, env=env,
                               stdout=subprocess.DEVNULL)
                assert sha256(gguf) == want, (row["name"], form, parts)
                computed += check_logits(args.hug, folder, golden, source, work)
                models += 1
                number += 1
                print(row["name"], form, parts, "file(s)")
                shutil.rmtree(folder)
    finally:
        shutil.rmtree(work)
    print(models, "models,", computed, "computed")
    assert models == 53 and computed >= 44
    return 0


if __name__ == "__main__":
    sys.exit(main())

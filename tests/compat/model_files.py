"""gguf against the `gguf` package, safetensors against `safetensors`, PyTorch
files against their documented layout. Files that the packages write are read
as they were meant, and written again by us byte for byte; ours are read by
them."""
import argparse
import glob
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import peers  # noqa: E402

PACKAGES = ["gguf==0.17.1", "safetensors==0.6.2", "numpy==2.2.6"]
FAILED = []


def check(what, good):
    if not good:
        FAILED.append(what)
        print("FAILED", what)


def read(tool, verb, path):
    out = subprocess.run([tool, verb, path], stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout)


def same(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        return f.read() == g.read()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def write_gguf(path, rng, alignment, n_tensors, np, gguf):
    T = gguf.GGUFValueType
    w = gguf.GGUFWriter(path, "llama")
    if alignment != 32:
        w.add_custom_alignment(alignment)
    meant = {}
    scalars = {T.UINT8: 255, T.INT8: -128, T.UINT16: 65535, T.INT16: -32768,
               T.UINT32: 2**32 - 1, T.INT32: -2**31, T.UINT64: 2**64 - 1,
               T.INT64: -2**63, T.FLOAT32: 0.5, T.FLOAT64: -1e300, T.BOOL: True,
               T.STRING: "tëxt\n"}
    for kind, value in scalars.items():
        w.add_key_value(f"x.{kind.name}", value, kind)
        meant[f"x.{kind.name}"] = value
        items = [value] * rng.randrange(1, 9)
        w.add_key_value(f"a.{kind.name}", items, T.ARRAY, kind)
        meant[f"a.{kind.name}"] = items
    tokens = ["".join(rng.choice("abcdé▁") for _ in range(rng.randrange(0, 9)))
              for _ in range(rng.randrange(1, 3000))]
    w.add_token_list(tokens)
    meant["tokenizer.ggml.tokens"] = tokens
    tensors = {}
    for i in range(n_tensors):
        shape = [rng.randrange(1, 7) for _ in range(rng.randrange(1, 4))]
        kind = rng.choice(["float32", "float16", "int8", "int32", "int64", "float64", "q8_0"])
        name = f"blk.{i}.weight"
        if kind == "q8_0":
            data = np.frombuffer(rng.randbytes(shape[0] * 34 * 2), np.uint8).reshape(shape[0], 68)
            w.add_tensor(name, data, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
            tensors[name] = ([64, shape[0]], data.tobytes())
            continue
        data = np.frombuffer(rng.randbytes(int(np.prod(shape)) * np.dtype(kind).itemsize),
                             kind).reshape(shape)
        w.add_tensor(name, data)
        tensors[name] = (shape[::-1], data.tobytes())
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return meant, tensors


def plain(value):
    """Our JSON of a value as Python's."""
    def text(x):
        return bytes.fromhex(x).decode()
    if isinstance(value, list):
        return [text(x) if value[0] == "str" else x for x in value[1:]]
    return text(value) if isinstance(value, str) else value


def test_gguf(tool, folder):
    import gguf
    import numpy as np
    rng = random.Random(7)
    for i, alignment in enumerate([32, 8, 16, 64, 4096, 32, 32, 32]):
        path = os.path.join(folder, f"{i}.gguf")
        meant, tensors = write_gguf(path, rng, alignment, rng.randrange(0 if i > 4 else 1, 9), np, gguf)
        ours = read(tool, "gguf", path)
        check(f"gguf {i} alignment", ours["alignment"] == alignment)
        values = {k: plain(v) for k, _, v in ours["metadata"]}
        for key, value in meant.items():
            check(f"gguf {i} {key}", values.get(key) == value)
        found = {t[0]: t for t in ours.get("tensors", []) or []}
        check(f"gguf {i} names", set(found) == set(tensors))
        for name, (shape, data) in tensors.items():
            check(f"gguf {i} {name}", found[name][2] == shape and found[name][3] == sha(data))
        again = path + ".again"
        subprocess.run([tool, "rewrite", path, again], check=True)
        check(f"gguf {i} written again", same(path, again))
        test_split(tool, folder, path, i, tensors, gguf)


def test_split(tool, folder, path, i, tensors, gguf):
    prefix = os.path.join(folder, f"split{i}")
    subprocess.run([tool, "split", path, prefix], check=True)
    parts = sorted(glob.glob(prefix + "-*.gguf"))
    found = {}
    for n, part in enumerate(parts):
        reader = gguf.GGUFReader(part)
        check(f"split {i} count", reader.get_field("split.count").contents() == len(parts))
        check(f"split {i} no", reader.get_field("split.no").contents() == n)
        for t in reader.tensors:
            found[t.name] = t.data.tobytes()
    check(f"split {i} tensors", found == {k: v[1] for k, v in tensors.items()})
    merged = prefix + ".merged.gguf"
    subprocess.run([tool, "rewrite", parts[0], merged], check=True)
    reader = gguf.GGUFReader(merged)
    check(f"merge {i}", {t.name: t.data.tobytes() for t in reader.tensors}
          == {k: v[1] for k, v in tensors.items()})


def test_safetensors(tool, folder):
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import save_file
    rng = random.Random(8)
    kinds = ["bool", "uint8", "int8", "int16", "uint16", "float16", "int32", "uint32",
             "float32", "float64", "int64", "uint64"]
    for i in range(12):
        tensors = {}
        for n in range(rng.randrange(0, 20)):
            kind = rng.choice(kinds)
            shape = [rng.randrange(0, 5) for _ in range(rng.randrange(0, 4))]
            count = int(np.prod(shape))
            raw = bytes(rng.randrange(2) for _ in range(count)) if kind == "bool" else rng.randbytes(
                count * np.dtype(kind).itemsize)
            tensors[f"t{rng.randrange(10**6)}é\"{n}"] = np.frombuffer(raw, kind).reshape(shape)
        path = os.path.join(folder, f"{i}.safetensors")
        save_file(tensors, path, metadata={"format": "np\n"} if i % 2 else None)
        ours = read(tool, "checkpoint", path)
        check(f"safetensors {i}", {t[0]: (t[2], t[3]) for t in ours}
              == {k: (list(v.shape), sha(v.tobytes())) for k, v in tensors.items()})
        again = path + ".again"
        subprocess.run([tool, "rewrite", path, again], check=True)
        check(f"safetensors {i} written again", same(path, again))
        with safe_open(again, "numpy") as f:
            check(f"safetensors {i} read", sorted(f.keys()) == sorted(tensors))


def materialize(storage, offset, size, stride, item):
    out = b""

    def walk(at, dim):
        nonlocal out
        if dim == len(size):
            out += storage[at * item:(at + 1) * item]
            return
        for n in range(size[dim]):
            walk(at + n * stride[dim], dim + 1)
    walk(offset, 0)
    return out


def test_torch(tool, folder):
    import pickle_corpus
    import torch_files as tf

    def tensors_of(state, prefix=""):
        if isinstance(state, tf.Parameter):
            state = state.tensor
        if isinstance(state, tf.Tensor):
            yield prefix, state
        elif isinstance(state, (dict, list)):
            for key, value in (state.items() if isinstance(state, dict) else enumerate(state)):
                yield from tensors_of(value, f"{prefix}.{key}" if prefix else str(key))

    for name, state in pickle_corpus.states().items():
        inner = state
        for wrapper in ("state_dict", "model"):
            inner = inner.get(wrapper, inner)
        meant = {}
        for key, tensor in tensors_of(inner):
            storage, offset, size, stride = tensor.args
            data = materialize(storage.data, offset, size, stride, tf.DTYPES[storage.dtype][1])
            meant[key.removeprefix("module.")] = (list(size), sha(data))
        for how in ("2", "4", "legacy"):
            path = os.path.join(folder, f"torch-{name}-{how}.bin")
            if how == "legacy":
                tf.save_legacy(path, state)
            else:
                tf.save(path, state, root=name, protocol=int(how))
            ours = read(tool, "checkpoint", path)
            check(f"torch {name} {how}", isinstance(ours, list)
                  and {t[0]: (t[2], t[3]) for t in ours} == meant)
    # Nothing is read from a pickle that names anything else.
    for name, data, _ in pickle_corpus.malicious():
        if not name.startswith(("global-", "zip-data", "inst", "stack-", "ext", "obj")):
            continue
        path = os.path.join(folder, "evil.bin")
        body = data if data.startswith(b"PK") else pickle_corpus.zip_of({"a/data.pkl": data})
        with open(path, "wb") as f:
            f.write(body)
        ours = read(tool, "checkpoint", path)
        check(f"torch refuses {name}", isinstance(ours, dict) and "error" in ours)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    peers.run_again_with(args.peers, "model-files", PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        test_torch(args.tool, folder)
        test_gguf(args.tool, folder)
        test_safetensors(args.tool, folder)
    print("model files:", "FAILED" if FAILED else "all equal")
    sys.exit(bool(FAILED))


main()

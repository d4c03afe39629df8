"""Checkpoints whose weights are stored in few bits (FP8, GPTQ, AWQ,
compressed-tensors), made with numpy, against the same checkpoints with the
numbers that numpy makes of them: equal gguf files, equal logits.

    python3 tests/compat/stored_weights.py --convert hug_convert_model
        --hug hug --peers DIR
"""
import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
from safetensors_file import write_safetensors  # noqa: E402

DATA = os.path.join(HERE, "..", "data", "arch")


def read_safetensors(folder):
    import numpy as np
    out = {}
    for name in os.listdir(folder):
        if not name.endswith(".safetensors"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            size, = struct.unpack("<Q", f.read(8))
            header = json.loads(f.read(size))
            data = f.read()
        header.pop("__metadata__", None)
        for tensor, e in header.items():
            raw = data[slice(*e["data_offsets"])]
            if e["dtype"] == "BF16":
                bits = np.frombuffer(raw, np.uint16).astype(np.uint32) << 16
                values = bits.view(np.float32)
            else:
                kind = {"F32": np.float32, "F16": np.float16,
                        "I64": np.int64}[e["dtype"]]
                values = np.frombuffer(raw, kind).astype(np.float32)
            out[tensor] = values.reshape(e["shape"])
    return out


def write_tensors(path, tensors):
    """(dtype, array) by name."""
    write_safetensors(path, {n: a.shape for n, (_, a) in tensors.items()},
                      {n: dtype for n, (dtype, _) in tensors.items()},
                      lambda _: (a.tobytes() for _, a in tensors.values()))


def bf16(values):
    """The nearest, as bits and as numbers."""
    import numpy as np
    bits = values.astype(np.float32).view(np.uint32)
    bits = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16
    bits = bits.astype(np.uint16)
    return bits, (bits.astype(np.uint32) << 16).view(np.float32)


def e4m3_values():
    import numpy as np
    out = []
    for code in range(256):
        sign = -1.0 if code & 128 else 1.0
        exponent, fraction = (code >> 3) & 15, code & 7
        if exponent == 15 and fraction == 7:
            out.append(np.nan)
        elif exponent == 0:
            out.append(sign * fraction / 8 * 2.0 ** -6)
        else:
            out.append(sign * (1 + fraction / 8) * 2.0 ** (exponent - 7))
    return np.array(out, np.float32)


def to_e4m3(values):
    """The nearest code of each."""
    import numpy as np
    table = e4m3_values()
    order = np.argsort(np.where(np.isnan(table), np.inf, table), kind="stable")
    order = order[:254]
    sorted_values = table[order]
    at = np.clip(np.searchsorted(sorted_values, values), 1, 253)
    left, right = sorted_values[at - 1], sorted_values[at]
    at = np.where(np.abs(values - left) <= np.abs(right - values), at - 1, at)
    return order[at].astype(np.uint8)


# Each makes tensors of a matrix and the numbers that they stand for.

def fp8_blocks(name, w, block=16):
    import numpy as np
    rows, columns = -(-w.shape[0] // block), -(-w.shape[1] // block)
    scale = np.zeros((rows, columns), np.float32)
    codes = np.zeros(w.shape, np.uint8)
    out = np.zeros(w.shape, np.float32)
    table = e4m3_values()
    for r in range(rows):
        for c in range(columns):
            part = np.s_[r * block:(r + 1) * block, c * block:(c + 1) * block]
            scale[r, c] = np.abs(w[part]).max() / 448
            codes[part] = to_e4m3(w[part] / scale[r, c])
            out[part] = table[codes[part]] * scale[r, c]
    return {name: ("F8_E4M3", codes), name + "_scale_inv": ("F32", scale)}, out


def fp8_tensor(name, w):
    import numpy as np
    bits, scale = bf16(np.array([np.abs(w).max() / 448]))
    codes = to_e4m3(w / scale)
    stem = name[:-len("weight")]
    return {name: ("F8_E4M3", codes), name + "_scale": ("BF16", bits),
            stem + "input_scale": ("F32", np.ones(1, np.float32))}, \
        e4m3_values()[codes] * scale


def fp8_rows(name, w):
    import numpy as np
    bits, scale = bf16(np.abs(w).max(axis=1, keepdims=True) / 448)
    codes = to_e4m3(w / scale)
    return {name: ("F8_E4M3", codes), name + "_scale": ("BF16", bits)}, \
        e4m3_values()[codes] * scale


def int8_rows(name, w):
    import numpy as np
    scale = (np.abs(w).max(axis=1, keepdims=True) / 127).astype(np.float32)
    codes = np.round(w / scale).astype(np.int8)
    return {name: ("I8", codes), name + "_scale": ("F32", scale)}, \
        codes.astype(np.float32) * scale


def pack(codes, bits, order=None):
    """Along the first axis, the first in the low bits."""
    import numpy as np
    per = 32 // bits
    order = order or list(range(per))
    codes = codes.reshape(codes.shape[0] // per, per, *codes.shape[1:])
    out = np.zeros((codes.shape[0], *codes.shape[2:]), np.uint32)
    for place, k in enumerate(order):
        out |= codes[:, k].astype(np.uint32) << np.uint32(place * bits)
    return out.view(np.int32)


def groups_of(w, group_index, n_group, bits):
    """Scale and zero point of (group, out) for a matrix (in, out)."""
    import numpy as np
    scale = np.zeros((n_group, w.shape[1]), np.float16)
    zero = np.zeros((n_group, w.shape[1]), np.int64)
    most = 2 ** bits - 1
    for g in range(n_group):
        part = w[group_index == g]
        low, high = np.minimum(part.min(0), 0), np.maximum(part.max(0), 0)
        scale[g] = ((high - low) / most).astype(np.float16)
        zero[g] = np.clip(np.round(-low / scale[g].astype(np.float32)), 1, most)
    s = scale.astype(np.float32)[group_index]
    z = zero[group_index]
    codes = np.clip(np.round(w / s) + z, 0, most).astype(np.int64)
    return scale, zero, codes, (codes - z).astype(np.float32) * s


def gptq(name, w, bits=4, group=16, shuffled=False, shift=1):
    import numpy as np
    t = np.ascontiguousarray(w.T)  # (in, out)
    index = np.arange(t.shape[0]) // group
    if shuffled:
        index = np.random.RandomState(5).permutation(index)
    scale, zero, codes, out = groups_of(t, index, t.shape[0] // group, bits)
    stem = name[:-len("weight")]
    return {stem + "qweight": ("I32", pack(codes, bits)),
            stem + "qzeros": ("I32", np.ascontiguousarray(
                pack((zero - shift).T, bits).T)),
            stem + "scales": ("F16", scale),
            stem + "g_idx": ("I32", index.astype(np.int32))}, \
        np.ascontiguousarray(out.T)


def gptq_shuffled(name, w):
    return gptq(name, w, shuffled=True)


def gptq_8_bits(name, w):
    return gptq(name, w, bits=8)


def gptq_v2(name, w):
    return gptq(name, w, shift=0)


def awq(name, w, group=16):
    import numpy as np
    t = np.ascontiguousarray(w.T)
    index = np.arange(t.shape[0]) // group
    scale, zero, codes, out = groups_of(t, index, t.shape[0] // group, 4)
    order = [0, 2, 4, 6, 1, 3, 5, 7]

    def columns(m):
        return np.ascontiguousarray(pack(m.T, 4, order).T)
    stem = name[:-len("weight")]
    return {stem + "qweight": ("I32", columns(codes)),
            stem + "qzeros": ("I32", columns(zero)),
            stem + "scales": ("F16", scale)}, np.ascontiguousarray(out.T)


def packed_rows(name, w, group=16):
    import numpy as np
    grouped = w.reshape(w.shape[0], -1, group)
    bits, scale = bf16(np.abs(grouped).max(axis=2) / 7)
    codes = np.clip(np.round(grouped / scale[:, :, None]), -8, 7)
    codes = codes.astype(np.int64)  # which knows no negative zero
    out = (codes.astype(np.float32) * scale[:, :, None]).reshape(w.shape)
    codes = codes.reshape(w.shape) + 8
    stem = name[:-len("weight")]
    return {stem + "weight_packed": ("I32", np.ascontiguousarray(
                pack(codes.T, 4).T)),
            stem + "weight_scale": ("BF16", bits),
            stem + "weight_shape": ("I64", np.array(w.shape, np.int64))}, out


def compressed(form, **weights):
    return {"quant_method": "compressed-tensors", "format": form,
            "config_groups": {"group_0": {"targets": ["Linear"],
                                          "weights": weights}}}


CASES = [
    ("deepseek_v3", fp8_blocks, {"quant_method": "fp8", "fmt": "e4m3",
                                 "weight_block_size": [16, 16]}),
    ("qwen3_moe", fp8_blocks, {"quant_method": "fp8",
                               "weight_block_size": [16, 16]}),
    ("llama_gqa_llama3rope", fp8_tensor, {"quant_method": "modelopt",
                                          "quant_algo": "FP8"}),
    ("llama", fp8_rows, compressed("float-quantized", num_bits=8)),
    ("qwen2", int8_rows, compressed("int-quantized", num_bits=8)),
    ("llama", gptq, {"quant_method": "gptq", "bits": 4, "group_size": 16}),
    ("qwen2", gptq_shuffled, {"quant_method": "gptq", "bits": 4,
                              "group_size": 16, "desc_act": True}),
    ("mistral", gptq_8_bits, {"quant_method": "gptq", "bits": 8,
                              "group_size": 16}),
    ("qwen3", gptq_v2, {"quant_method": "gptq", "bits": 4, "group_size": 16,
                        "checkpoint_format": "gptq_v2"}),
    ("llama", awq, {"quant_method": "awq", "bits": 4, "group_size": 16,
                    "version": "gemm", "zero_point": True}),
    ("mixtral", awq, {"quant_method": "awq", "bits": 4, "group_size": 16}),
    ("phi3_longrope", packed_rows, compressed(
        "pack-quantized", num_bits=4, symmetric=True, group_size=16)),
]


def is_stored(name, array):
    """Matrices of layers but routers and embeddings, as tools choose them."""
    return array.ndim == 2 and ".layers." in name and \
        name.endswith(".weight") and not name.endswith("mlp.gate.weight") and \
        not name.endswith("block_sparse_moe.gate.weight")


def make_folders(model, store, quantization, work):
    """The stored checkpoint, and the one with its numbers in f32."""
    row = [r for r in json.load(open(os.path.join(DATA, "index.json")))
           if r["name"] == model][0]
    out = []
    for kind in ("stored", "plain"):
        folder = os.path.join(work, kind, model)
        for source in (os.path.join(DATA, "tokenizers", row["tokenizer"]),
                       os.path.join(DATA, model)):
            shutil.copytree(source, folder, dirs_exist_ok=True)
        for name in os.listdir(folder):
            if name.endswith((".safetensors", ".f32", ".index.json")):
                os.remove(os.path.join(folder, name))
        out.append(folder)
    stored, numbers, n = {}, {}, 0
    for name, array in sorted(read_safetensors(
            os.path.join(DATA, model)).items()):
        numbers[name] = ("F32", array)
        if not is_stored(name, array):
            stored[name] = ("F32", array)
            continue
        parts, values = store(name, array)
        stored.update(parts)
        numbers[name] = ("F32", values)
        assert abs(values - array).max() < 0.3 * abs(array).max(), name
        n += 1
    assert n > 5
    write_tensors(os.path.join(out[0], "model.safetensors"), stored)
    write_tensors(os.path.join(out[1], "model.safetensors"), numbers)
    for folder, more in zip(out, ({"quantization_config": quantization}, {})):
        path = os.path.join(folder, "config.json")
        config = json.load(open(path))
        # Else the engine would compute with the numbers in 16 bits.
        config.pop("dtype", None)
        config.update(more, torch_dtype="float32")
        with open(path, "w") as f:
            json.dump(config, f)
    recorded = json.load(open(os.path.join(DATA, model, "gguf.json")))["pre"]
    return *out, recorded["name"] if isinstance(recorded, dict) else ""


def gguf_of(convert, folder, pre, work):
    path = os.path.join(work, "a.gguf")
    subprocess.run([convert, folder, path, "f32", pre], check=True,
                   stdout=subprocess.DEVNULL,
                   env=dict(os.environ, HUG_PLAIN="1"))
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def logits_of(hug, folder, model, work):
    golden = json.load(open(os.path.join(DATA, model, "golden.json")))
    ids = ",".join(str(i) for i in golden["prompts"][0]["input_ids"])
    path = os.path.join(work, "logits.f32")
    subprocess.run([hug, "eval", "logits", folder, "--ids", ids, "-o", path],
                   check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, HUG_ISA="scalar"))
    with open(path, "rb") as f:
        return f.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--convert", required=True)
    parser.add_argument("--hug", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    os.makedirs(args.peers, exist_ok=True)
    peers.run_again_with(args.peers, "numpy", ["numpy==1.26.4"])
    for model, store, quantization in CASES:
        work = tempfile.mkdtemp()
        try:
            stored, plain, pre = make_folders(model, store, quantization, work)
            assert gguf_of(args.convert, stored, pre, work) == \
                gguf_of(args.convert, plain, pre, work), (model, store)
            assert logits_of(args.hug, stored, model, work) == \
                logits_of(args.hug, plain, model, work), (model, store)
            print(model, store.__name__)
        finally:
            shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())

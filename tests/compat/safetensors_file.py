"""Checkpoints in the safetensors format: a length, a JSON header that gives
each tensor's type, shape and place, then the numbers."""
import json
import struct

SIZES = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "I8": 1, "I32": 4,
         "I64": 8}


def llama_shapes(layers, width, inner, kv, vocabulary, tied=False):
    """Names and shapes of a llama's weights."""
    shapes = {"model.embed_tokens.weight": [vocabulary, width],
              "model.norm.weight": [width]}
    if not tied:
        shapes["lm_head.weight"] = [vocabulary, width]
    for i in range(layers):
        for name, shape in (("input_layernorm", [width]),
                            ("post_attention_layernorm", [width]),
                            ("self_attn.q_proj", [width, width]),
                            ("self_attn.k_proj", [kv, width]),
                            ("self_attn.v_proj", [kv, width]),
                            ("self_attn.o_proj", [width, width]),
                            ("mlp.gate_proj", [inner, width]),
                            ("mlp.up_proj", [inner, width]),
                            ("mlp.down_proj", [width, inner])):
            shapes[f"model.layers.{i}.{name}.weight"] = shape
    return shapes


def write_safetensors(path, shapes, dtype="BF16", data=None):
    """`dtype` is one for all or one by name; `data(size)` yields pieces of
    size bytes together. Without it all is zero and nearly nothing on disk."""
    header, at = {}, 0
    for name, shape in shapes.items():
        kind = dtype if isinstance(dtype, str) else dtype[name]
        size = SIZES[kind]
        for n in shape:
            size *= n
        header[name] = {"dtype": kind, "shape": list(shape),
                        "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for piece in data(at) if data else ():
            file.write(piece)
        assert data is None or file.tell() == 8 + len(text) + at, path
        file.truncate(8 + len(text) + at)

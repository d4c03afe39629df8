"""A llama of 1.2 billion random weights: 16 layers of 2048, 32 heads over 8,
feed-forward 8192, vocabulary 128256 (tied), f16. What it says is noise; what it
costs is what the real one costs.

    llama_shape.py OUT.gguf        (needs numpy and gguf)
"""
import sys


def byte_letters():
    """The letters that byte-level BPE has for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    out, extra = [], 0
    for byte in range(256):
        if byte in plain:
            out.append(chr(byte))
        else:
            out.append(chr(256 + extra))
            extra += 1
    return out


def write_model(path):
    import gguf
    import numpy as np
    rng = np.random.default_rng(0)
    pool = (rng.standard_normal(40_000_000) * 0.02).astype(np.float16)
    at = 0

    def weights(*shape):
        nonlocal at
        n = int(np.prod(shape))
        at = (at + 7_654_321) % 1_000_003
        return np.resize(pool[at:], n).reshape(shape)

    w = gguf.GGUFWriter(path, "llama")
    n_embd, n_ff, n_vocab, n_layer = 2048, 8192, 128256, 16
    w.add_block_count(n_layer)
    w.add_context_length(131072)
    w.add_embedding_length(n_embd)
    w.add_feed_forward_length(n_ff)
    w.add_head_count(32)
    w.add_head_count_kv(8)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_freq_base(500000.0)
    w.add_file_type(1)
    tokens = byte_letters()
    tokens += [f"word{i}" for i in range(n_vocab - len(tokens) - 1)]
    tokens.append("<|end|>")
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("llama-bpe")
    w.add_token_list(tokens)
    w.add_token_types([1] * (n_vocab - 1) + [3])
    w.add_token_merges(["w o", "r d"])
    w.add_eos_token_id(n_vocab - 1)
    w.add_bos_token_id(n_vocab - 1)
    w.add_add_bos_token(False)
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


if __name__ == "__main__":
    write_model(sys.argv[1])

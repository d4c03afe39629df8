"""gguf back to a folder: what the tokenizers library makes of tokenizer.json,
and SentencePiece of its model, against the ids of the gguf file's tokenizer.

    python3 tests/compat/back_tokenizers.py --convert hug_convert_model
        --encode hug_encode_texts --peers DIR
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
import tokenizer_ids  # noqa: E402
import tokenizer_peers  # noqa: E402
from safetensors_file import llama_shapes, write_safetensors  # noqa: E402

DATA = os.path.join(HERE, "..", "data")
# Real vocabularies that gguf has a kind for.
REAL = ["deepseek_v3", "gemma3", "gpt4o", "gptoss", "llama2", "llama3", "qwen3"]


def own_models():
    """A complete folder for every model of the data: (name, folders, pre)."""
    for group in ("arch", "arch2"):
        home = os.path.join(DATA, group)
        for row in json.load(open(os.path.join(home, "index.json"))):
            folder = os.path.join(home, row["name"])
            tokenizer = os.path.join(home, "tokenizers", row["tokenizer"])
            if not os.path.isdir(tokenizer):
                tokenizer = os.path.join(DATA, "arch", "tokenizers",
                                         row["tokenizer"])
            golden = json.load(open(os.path.join(folder, "gguf.json")))
            pre = golden["pre"]
            yield (row["name"], [tokenizer, folder],
                   pre["name"] if isinstance(pre, dict) else "")


def real_model(name, tokenizer, to):
    """The smallest llama that has this vocabulary."""
    out = os.path.join(to, "real-" + name)
    os.makedirs(out)
    shutil.copy(tokenizer, os.path.join(out, "tokenizer.json"))
    content = json.load(open(tokenizer))
    ids = list(content["model"]["vocab"].values())
    ids += [t["id"] for t in content["added_tokens"]]
    n = max(ids) + 1
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
              "hidden_size": 2, "intermediate_size": 2, "vocab_size": n,
              "num_hidden_layers": 1, "num_attention_heads": 1,
              "num_key_value_heads": 1, "rms_norm_eps": 1e-5,
              "max_position_embeddings": 64, "torch_dtype": "bfloat16"}
    json.dump(config, open(os.path.join(out, "config.json"), "w"))
    write_safetensors(os.path.join(out, "model.safetensors"),
                      llama_shapes(1, 2, 2, 2, n, tied=True))
    return out


def there_and_back(args, name, folder, pre, work):
    gguf = os.path.join(work, name + ".gguf")
    back = os.path.join(work, name + "-back")
    for command in ([args.convert, folder, gguf, "f16", pre],
                    [args.convert, gguf, back, "f16"]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, (name, done.stderr)
    return gguf, back


def check_library(name, gguf, back, args, texts):
    from tokenizers import Tokenizer
    peer = Tokenizer.from_file(os.path.join(back, "tokenizer.json"))
    kind = json.loads(peer.to_str())["model"]["type"]
    if kind == "WordPiece":
        # The reference parts words at U+0085 and takes U+2581 for the mark of
        # a word's beginning; the library knows neither.
        texts = [t for t in texts if "\x85" not in t and "▁" not in t]
    if kind == "Unigram":
        # The library looks up whole graphemes, SentencePiece the longest
        # prefix: they differ where a ligature carries an accent.
        texts = [t for t in texts
                 if not any(unicodedata.combining(c) for c in t)]
    if any(t["lstrip"] or t["rstrip"]
           for t in json.loads(peer.to_str())["added_tokens"]):
        # Readers of gguf strip only ASCII's spaces beside such a token.
        texts = [t for t in texts
                 if not any(c.isspace() and ord(c) > 127 for c in t)]
    wrong = 0
    for text, mine in zip(texts, tokenizer_ids.ours(args.encode, gguf, texts)):
        plain = peer.encode(text, add_special_tokens=False).ids
        special = peer.encode(text, add_special_tokens=True).ids
        if mine.get("ids") == plain and mine.get("special") == special:
            continue
        wrong += 1
        if wrong <= 3:
            print(f"{name}: {text!r}\n  library {special}\n  hug     "
                  f"{mine.get('special', mine)}")
    print(f"{name}: {len(texts)} texts, {wrong} differ")
    return wrong


def check_sentencepiece(name, gguf, back, args, texts):
    """Without control tokens, which only the library cuts out."""
    import sentencepiece
    found = [f for f in ("tokenizer.model", "spiece.model")
             if os.path.exists(os.path.join(back, f))]
    if not found:
        return 0
    model = sentencepiece.SentencePieceProcessor(
        model_file=os.path.join(back, found[0]))
    plain = [t for t in texts if "<" not in t and "▁" not in t and "\0" not in t]
    wrong = 0
    for text, mine in zip(plain, tokenizer_ids.ours(args.encode, gguf, plain)):
        ids = model.encode(text)
        # The same pieces in another order: a tie, which rounding decides.
        if sorted(ids) != sorted(mine.get("ids", [])):
            wrong += 1
            if wrong <= 3:
                print(f"{name}: {text!r}\n  pieces {ids}\n  hug    "
                      f"{mine.get('ids', mine)}")
    print(f"{name}: {found[0]}, {len(plain)} texts, {wrong} differ")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--convert", required=True)
    parser.add_argument("--encode", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--only")
    args = parser.parse_args()
    os.makedirs(args.peers, exist_ok=True)
    real = tokenizer_peers.fetch(
        args.peers, [n for n in REAL if args.only in (None, n)] or ["llama2"])
    peers.run_again_with(args.peers, "back",
                         ["tokenizers==0.23.3", "sentencepiece==0.2.1"])
    rng = random.Random(20261201)
    texts = ["", " ", "\n"] + [tokenizer_ids.random_text(rng)
                               for _ in range(args.texts - 3)]
    work = tempfile.mkdtemp()
    wrong = 0
    try:
        seen = set()
        for name, folders, pre in own_models():
            if args.only not in (None, name) or \
                    (folders[0] in seen and args.only is None):
                continue
            seen.add(folders[0])
            folder = os.path.join(work, name)
            for source in folders:
                shutil.copytree(source, folder, dirs_exist_ok=True)
            gguf, back = there_and_back(args, name, folder, pre, work)
            wrong += check_library(name, gguf, back, args, texts)
            wrong += check_sentencepiece(name, gguf, back, args, texts)
        for name, path in sorted(real.items()):
            if args.only not in (None, name):
                continue
            folder = real_model(name, path, work)
            gguf, back = there_and_back(args, "real-" + name, folder, "", work)
            wrong += check_library(name, gguf, back, args, texts)
    finally:
        shutil.rmtree(work)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Ids, offsets and decoded texts against the tokenizers library, over real
tokenizer.json files and over the small ones of our own, on random and
adversarial strings."""
import argparse
import glob
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers
import tokenizer_peers

HERE = os.path.dirname(os.path.abspath(__file__))
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789",
    " \t\n\r\u00a0\u2028\u3000\u200b\u180e\ufeff", ".,;:!?'\"-_()[]{}<>/\\|@#$%^&*+=~`",
    "àéîõüßñçøåÀÉÎÕÜſK", "абвгдежзАБВГД", "αβγδεΑΒΓ", "你好世界中文日本語漢字",
    "ひらがなカタカナー", "안녕하세요한국어", "مرحبا", "שלום", "नमस्ते", "ไทยภาษา",
    "🦙🚀😀👨‍👩‍👧🏳️‍🌈👍🏽", "e\u0301a\u0308o\u0302\u0323", "ﬁﬂ①②Ⅷ½²",
    "\u0000\u0001\u007f\u0085\u00ad\u202e", "𝒳𝓎𝔄", "\ufffd\U0010fffd\ue000",
]
WORDS = ["the", " The", "hello", "World", "don't", "I'LL", "we've", "it's",
         "'S", "N'T", "def f(x):\n    return x", "http://a.b/c?d=e", "1234567",
         "3.14", "\n\n\n", "    ", "\r\n", "<|im_start|>", "<|endoftext|>",
         "<s>", "</s>", "<unk>", "<bos>", "[CLS]", "[MASK]", "<0x0A>", "▁", "▁▁",
         "Ġ", "ï¿½", "'s", "==", "...", "---", "naïve", "ÀÉcole", "DON'T"]


def random_text(rng):
    kind = rng.random()
    if kind < 0.1:
        return "".join(chr(c) for c in (rng.randrange(1, 0x2ffff)
                       for _ in range(rng.randrange(1, 12)))
                       if not 0xd800 <= c < 0xe000)
    parts = []
    for _ in range(rng.randrange(1, 14)):
        if rng.random() < 0.45:
            parts.append(rng.choice(WORDS))
        else:
            a = rng.choice(ALPHABETS)
            parts.append("".join(rng.choice(a)
                                 for _ in range(rng.randrange(1, 8))))
        if rng.random() < 0.4:
            parts.append(" " * rng.randrange(1, 4))
    return "".join(parts)


def ours(program, path, texts):
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    done = subprocess.run([program, path], input=lines.encode(),
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(l) for l in done.stdout.splitlines()]


def char_offsets(text, offsets):
    """Offsets in bytes as offsets in characters."""
    at = {}
    position = 0
    for i, c in enumerate(text):
        for k in range(len(c.encode())):
            at[position + k] = i
        position += len(c.encode())
    at[position] = len(text)
    starts = {}
    position = 0
    for i, c in enumerate(text):
        position += len(c.encode())
        starts[position] = i + 1
    out = []
    for b, e in offsets:
        end = starts.get(e, at.get(e, 0) + (0 if e in (0,) else 1))
        out.append((at[b], end if e > b else at[b]))
    return out


def check(name, path, program, texts):
    from tokenizers import Tokenizer
    peer = Tokenizer.from_file(path)
    peer.no_truncation()
    peer.no_padding()
    wrong = 0
    moved = 0
    for text, mine in zip(texts, ours(program, path, texts)):
        plain = peer.encode(text, add_special_tokens=False)
        special = peer.encode(text, add_special_tokens=True)
        decoded = peer.decode(plain.ids)
        good = (mine.get("ids") == plain.ids
                and mine.get("special") == special.ids
                and mine.get("decoded") == decoded)
        if not good:
            wrong += 1
            if wrong <= 3:
                print(f"{name}: {text!r}\n  peer {plain.ids} {decoded!r}\n"
                      f"  hug  {mine}")
        elif char_offsets(text, mine["offsets"]) != plain.offsets:
            moved += 1
            if moved <= 2 and os.environ.get("HUG_SHOW_OFFSETS"):
                print(f"{name}: offsets of {text!r}\n  peer {plain.offsets}\n"
                      f"  hug  {char_offsets(text, mine['offsets'])}")
    print(f"{name}: {len(texts)} texts, {wrong} differ, offsets of {moved}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--texts", type=int, default=10000)
    parser.add_argument("--only")
    args = parser.parse_args()
    files = tokenizer_peers.fetch(
        args.peers, [args.only] if args.only else None)
    peers.run_again_with(args.peers, "tokenizers", ["tokenizers==0.23.3"])
    rng = random.Random(20261124)
    texts = ["", " ", "\n"] + [random_text(rng) for _ in range(args.texts - 3)]
    wrong = 0
    for name, path in sorted(files.items()):
        wrong += check(name, path, args.program, texts)
    own = os.path.join(HERE, "..", "data", "arch", "tokenizers", "*",
                       "tokenizer.json")
    for path in [] if args.only else sorted(glob.glob(own)):
        wrong += check(os.path.basename(os.path.dirname(path)), path,
                       args.program, texts[:args.texts // 5])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

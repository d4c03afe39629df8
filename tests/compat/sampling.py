"""The samplers against llama.cpp's, through its library: on the same logits,
the same tokens are left, with the same probabilities."""
import argparse
import ctypes
import json
import math
import random
import subprocess
import sys

import ggml_peer
import llama_peer

DEFAULTS = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


class Token(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int32), ("logit", ctypes.c_float),
                ("p", ctypes.c_float)]


class Array(ctypes.Structure):
    _fields_ = [("data", ctypes.POINTER(Token)), ("size", ctypes.c_size_t),
                ("selected", ctypes.c_int64), ("sorted", ctypes.c_bool)]


class Bias(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int32), ("bias", ctypes.c_float)]


class Peer:
    """The chain that llama.cpp's programs build of the same options."""

    def __init__(self, bins):
        self.lib = llama_peer.Llama(bins).lib
        self.lib.llama_sampler_apply.argtypes = [ctypes.c_void_p,
                                                 ctypes.POINTER(Array)]
        self.lib.llama_sampler_accept.argtypes = [ctypes.c_void_p,
                                                  ctypes.c_int32]

    def make(self, name, *args):
        kinds = {int: ctypes.c_int32, float: ctypes.c_float}
        call = getattr(self.lib, "llama_sampler_init_" + name)
        call.restype = ctypes.c_void_p
        return ctypes.c_void_p(call(*[
            kinds[type(a)](a) if type(a) in kinds else a for a in args]))

    def chain(self, o, n):
        keep = ctypes.c_size_t(o.get("min_keep", 0))
        get = lambda name, default: float(o.get(name, default))
        if o.get("logit_bias"):
            pairs = (Bias * len(o["logit_bias"]))(
                *[Bias(*pair) for pair in o["logit_bias"]])
            yield self.make("logit_bias", n, len(pairs), pairs)
        if o.get("mirostat"):
            yield self.make("temp", get("temperature", 0.8))
            tau, eta = get("mirostat_tau", 5), get("mirostat_eta", 0.1)
            if o["mirostat"] == 1:
                yield self.make("mirostat", n, 1, tau, eta, 100)
            else:
                yield self.make("mirostat_v2", 1, tau, eta)
            return
        yield self.make("penalties", n, o.get("repeat_last_n", 64),
                        get("repeat_penalty", 1), get("frequency_penalty", 0),
                        get("presence_penalty", 0))
        yield self.make("top_n_sigma", get("top_n_sigma", -1))
        yield self.make("top_k", o.get("top_k", 40))
        yield self.make("typical", get("typical_p", 1), keep)
        yield self.make("top_p", get("top_p", 0.95), keep)
        yield self.make("min_p", get("min_p", 0.05), keep)
        yield self.make("xtc", get("xtc_probability", 0),
                        get("xtc_threshold", 0.1), keep, 1)
        yield self.make("temp_ext", get("temperature", 0.8),
                        get("dynatemp_range", 0), get("dynatemp_exponent", 1))
        if "adaptive_target" in o:
            yield self.make("adaptive_p", get("adaptive_target", -1),
                            get("adaptive_decay", 0.9), 1)

    def left(self, case):
        """{id: probability}"""
        logits = case["logits"]
        data = (Token * len(logits))(*[(i, x, 0.0)
                                       for i, x in enumerate(logits)])
        array = Array(data, len(logits), -1, False)
        for sampler in self.chain(case["options"], len(logits)):
            for token in case["said"]:
                self.lib.llama_sampler_accept(sampler, token)
            self.lib.llama_sampler_apply(sampler, ctypes.byref(array))
        tokens = [(array.data[i].id, array.data[i].logit)
                  for i in range(array.size)
                  if array.data[i].logit != -math.inf]
        most = max(x for _, x in tokens)
        total = sum(math.exp(x - most) for _, x in tokens)
        return {i: math.exp(x - most) / total for i, x in tokens}


def cases(rng):
    singles = [
        {"top_k": 1}, {"top_k": 7}, {"top_k": 40}, {"top_p": 0.5},
        {"top_p": 0.9, "min_keep": 5}, {"top_p": 0.999}, {"min_p": 0.05},
        {"min_p": 0.4, "min_keep": 3}, {"typical_p": 0.5}, {"typical_p": 0.9},
        {"typical_p": 0.2, "min_keep": 4}, {"top_n_sigma": 1.0},
        {"top_n_sigma": 2.5}, {"xtc_probability": 1.0, "xtc_threshold": 0.05},
        {"xtc_probability": 1.0, "xtc_threshold": 0.02, "min_keep": 8},
        {"xtc_probability": 1.0, "xtc_threshold": 0.6}, {"temperature": 0.3},
        {"temperature": 1.7}, {"temperature": 0.0, "top_k": 5},
        {"temperature": 0.8, "dynatemp_range": 0.5},
        {"temperature": 0.5, "dynatemp_range": 0.9, "dynatemp_exponent": 2.0,
         "top_k": 30},
        {"repeat_penalty": 1.3}, {"repeat_penalty": 0.8, "repeat_last_n": 3},
        {"frequency_penalty": 0.7}, {"presence_penalty": 1.1},
        {"repeat_penalty": 1.2, "frequency_penalty": 0.2,
         "presence_penalty": 0.4, "repeat_last_n": 10},
        {"logit_bias": [[3, 2.5], [5, -math.inf], [3, 1.0]]},
        {"mirostat": 1}, {"mirostat": 1, "mirostat_tau": 2.0},
        {"mirostat": 2}, {"mirostat": 2, "mirostat_tau": 1.0},
        {"mirostat": 2, "mirostat_tau": 2.0, "temperature": 0.6},
        {"adaptive_target": 0.3}, {"adaptive_target": 0.05, "min_p": 0.01},
        {"top_k": 40, "top_p": 0.95, "min_p": 0.05, "temperature": 0.8},
        # Not sigma and typical together: the peer's entropy is no number then.
        {"top_k": 40, "typical_p": 0.7, "top_p": 0.8, "min_p": 0.02,
         "temperature": 1.2, "repeat_penalty": 1.1, "xtc_probability": 1.0},
        {"top_k": 40, "top_p": 0.8, "min_p": 0.02, "temperature": 1.2,
         "frequency_penalty": 0.1, "top_n_sigma": 2.0, "xtc_probability": 1.0},
    ]
    for n in (12, 300, 5000):
        for spread in (1.0, 4.0):
            logits = [rng.gauss(0, spread) for _ in range(n)]
            said = [rng.randrange(min(n, 30)) for _ in range(80)]
            for options in singles:
                yield {"logits": logits, "said": said,
                       "options": {**DEFAULTS, **options}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    peer = Peer(ggml_peer.fetch(args.peers))
    done = failed = 0
    all_cases = list(cases(random.Random(5)))
    run = subprocess.run(
        [args.program], capture_output=True, text=True, check=True,
        input="".join(json.dumps(c).replace("-Infinity", "-1e39") + "\n"
                      for c in all_cases))
    for case, line in zip(all_cases, run.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        ours = dict(zip(answer["ids"], answer["p"]))
        theirs = peer.left(case)
        done += 1
        # Sums of thousands of floats end a cut one token earlier or later.
        differ = set(ours) ^ set(theirs)
        loose = len(case["logits"]) > 1000
        worst = max((abs(ours[i] - theirs[i]) for i in ours if i in theirs),
                    default=1)
        if len(differ) > (2 if loose else 0) or worst > 2e-4:
            failed += 1
            print(f"{len(case['logits'])} logits, {case['options']}: "
                  f"{len(ours)} left, {len(theirs)} at the peer, "
                  f"probabilities differ by {worst:.2g}")
    print(f"{done} cases, {failed} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Our encoders and decoders against the reference's, byte for byte.

Every type that we encode, on every instruction set that this machine has, over
rows of ten distributions, with and without an importance matrix; every type
that we decode, over random blocks. HUG_COMPAT_ROWS sets the rows of each
distribution (default 24; more for a long run).
"""
import argparse
import os
import subprocess
import sys
import tempfile

import peers
import ggml_peer

WIDTH = 1536


def distributions(np, rng, n):
    """Ten kinds of rows, each (n, WIDTH)."""
    shape = (n, WIDTH)
    normal = rng.standard_normal(shape)
    yield "normal", normal * 0.02
    yield "uniform", rng.uniform(-1, 1, shape)
    yield "heavy tails", rng.standard_t(2, shape) * 0.01
    outliers = normal * 0.02
    outliers[rng.random(shape) < 0.002] *= 100
    yield "outliers", outliers
    groups = normal.copy()
    groups[np.repeat(rng.random((n, WIDTH // 16)) < 0.4, 16, axis=1)] = 0
    yield "zero groups", groups
    yield "one side", -np.abs(normal) - rng.random((n, 1))
    yield "ternary", rng.integers(-1, 2, shape) * 0.7
    scale = 10.0 ** rng.uniform(-12, 2, (n, WIDTH // 32))
    yield "mixed scales", normal * np.repeat(scale, 32, axis=1)
    yield "tiny", normal * 10.0 ** rng.uniform(-43, -7, (n, 1))
    steps = np.round(normal * 4) / 4 + rng.integers(0, 2, (n, 1))
    yield "few values", steps


def run(program, *words):
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, check=True)
    return done.stdout


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y),
                min(len(a), len(b)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    peers.run_again_with(args.peers, "numpy", ["numpy==1.26.4"])
    import numpy as np
    ggml = ggml_peer.Ggml(ggml_peer.fetch(args.peers))
    n = int(os.environ.get("HUG_COMPAT_ROWS", "24"))
    rng = np.random.default_rng(int(os.environ.get("HUG_COMPAT_SEED", "7")))
    names, parts = zip(*distributions(np, rng, n))
    rows = np.concatenate(parts).astype(np.float32)
    matrix = (rng.random(WIDTH) ** 3 * 4 + 1e-4).astype(np.float32)
    bad = 0
    with tempfile.TemporaryDirectory() as home:
        rows_file = os.path.join(home, "rows")
        matrix_file = os.path.join(home, "matrix")
        rows.tofile(rows_file)
        matrix.tofile(matrix_file)
        for name, type_id, weighted in ggml_peer.TYPES:
            if args.only and name != args.only:
                continue
            for importance in (None, matrix) if weighted else (None,):
                if name in ("f16", "bf16"):
                    want = plain(np, name, rows)
                else:
                    want = ggml.encode(type_id, rows, importance)
                for isa in ("scalar", "avx2", "avx512"):
                    got = run(args.program, name, isa, str(WIDTH), rows_file,
                              "-" if importance is None else matrix_file)
                    if got == want:
                        continue
                    bad += 1
                    at = first_difference(got, want)
                    size = len(want) // len(rows)
                    a = np.frombuffer(got, np.uint8).reshape(len(rows), -1)
                    b = np.frombuffer(want, np.uint8).reshape(len(rows), -1)
                    wrong = np.nonzero((a != b).any(axis=1))[0]
                    print(f"{name} {isa}"
                          f"{' with matrix' if importance is not None else ''}:"
                          f" {len(wrong)} rows differ, first "
                          f"{wrong[0]} ({names[wrong[0] // n]}), "
                          f"byte {at % size}")
        bad += compare_decoders(np, args, ggml, rng, home)
    print(f"{bad} differences")
    sys.exit(1 if bad else 0)


def plain(np, name, rows):
    if name == "f16":
        with np.errstate(all="ignore"):
            return rows.astype(np.float16).tobytes()
    bits = rows.view(np.uint32)
    odd = (bits >> 16) & 1
    return ((bits + 0x7FFF + odd) >> 16).astype(np.uint16).tobytes()


def compare_decoders(np, args, ggml, rng, home):
    sizes = {"q4_0": (32, 18), "q4_1": (32, 20), "q5_0": (32, 22),
             "q5_1": (32, 24), "q8_0": (32, 34), "q2_K": (256, 84),
             "q3_K": (256, 110), "q4_K": (256, 144), "q5_K": (256, 176),
             "q6_K": (256, 210), "iq2_xxs": (256, 66), "iq2_xs": (256, 74),
             "iq3_xxs": (256, 98), "iq1_s": (256, 50), "iq4_nl": (32, 18),
             "iq3_s": (256, 110), "iq2_s": (256, 82), "iq4_xs": (256, 136),
             "iq1_m": (256, 56), "tq1_0": (256, 54), "tq2_0": (256, 66),
             "mxfp4": (32, 17), "nvfp4": (64, 36), "q1_0": (128, 18),
             "q2_0": (64, 18), "q8_K": (256, 292)}
    bad = 0
    path = os.path.join(home, "blocks")
    for name, (block, size) in sizes.items():
        if args.only and name != args.only:
            continue
        count = 2000
        data = rng.integers(0, 256, count * size, dtype=np.uint8).tobytes()
        with open(path, "wb") as file:
            file.write(data)
        want = ggml.decode(name, data, count * block)
        for isa in ("scalar", "avx2", "avx512"):
            got = np.frombuffer(
                run(args.program, "--decode", name, isa, path,
                    str(count * block)), np.float32)
            same = (got.view(np.uint32) == want.view(np.uint32)) | (
                np.isnan(got) & np.isnan(want))
            if not same.all():
                bad += 1
                at = np.nonzero(~same)[0]
                print(f"decode {name} {isa}: {len(at)} values differ, first "
                      f"{at[0]}: {got[at[0]]} is not {want[at[0]]}")
    return bad


main()

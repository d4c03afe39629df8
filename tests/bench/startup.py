"""Start-up of hug beside hf in the same run: wall time of `version` and of
`auth whoami` against one embedded hub, and peak memory of `version`.

    python3 tests/bench/startup.py --hug build/release/cli/hug \
        --peers build/peers [--runs 15]
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
import peers  # noqa: E402


def best(command, env, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, env=env, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def peak_kib(command, env):
    """As the kernel counts it. A small program starts the measured one, since
    a child begins with the peak of whoever made it."""
    script = ("import os,sys; "
              "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, "
              "file_actions=[(os.POSIX_SPAWN_OPEN, 1, '/dev/null', 1, 0)]); "
              "print(os.wait4(pid, 0)[2].ru_maxrss)")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script, *command],
                          env=env, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    hug = os.path.abspath(options.hug)
    python = peers.python_with(options.peers, "hf-cli",
                               ["huggingface_hub==2.4.0"])
    hf = os.path.join(os.path.dirname(os.path.abspath(python)), "hf")
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": "/usr/bin:/bin",
               "HF_HUB_DISABLE_UPDATE_CHECK": "1",
               "HF_HUB_DISABLE_TELEMETRY": "1"}
        hub = os.path.join(home, "hub")
        env["HF_TOKEN"] = subprocess.run(
            [hug, "hub", "token", "create", "bench", "--dir", hub, "-q"],
            env=env, capture_output=True, text=True, check=True).stdout.strip()
        server = subprocess.Popen(
            [hug, "hub", "serve", "--dir", hub, "--port", "0"], env=env,
            stdout=subprocess.PIPE, text=True)
        env["HF_ENDPOINT"] = server.stdout.readline().strip()
        try:
            for words, bar in ((["version"], 0.03), (["auth", "whoami"], 0.06)):
                ours = best([hug, *words], env, options.runs)
                theirs = best([hf, *words], env, max(3, options.runs // 3))
                print(f"{' '.join(words):12}  hug {ours * 1000:6.1f} ms  "
                      f"hf {theirs * 1000:6.1f} ms  ratio "
                      f"{ours / theirs:.3f} (bar {bar})")
        finally:
            server.terminate()
            server.wait()
        print(f"peak memory   {peak_kib([hug, 'version'], env) / 1024:.1f} MiB"
              " (bar 12)")


if __name__ == "__main__":
    main()

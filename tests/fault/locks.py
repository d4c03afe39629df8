"""Sixteen processes on one cache. With working locks the bytes come over the
wire once; on file systems whose locks, links or renames lie all finish all the
same, and nothing is corrupt."""

import os
import shutil
import subprocess

from faultlib import (Hub, Proxy, Source, Workplace, arguments, check_cache, fail,
                      make_tree, report)

args = arguments(__doc__, rounds=(1, 50))
PROCESSES = 16
SHIMS = ["flock=ok", "flock=ENOSYS", "flock=ENOLCK", "symlink=EPERM",
         "symlink=EPERM@2", "rename=EINTR@3", "fallocate=EOPNOTSUPP",
         "link=EPERM", "openat2=ENOSYS", "flock=ok,openat2=ENOSYS"]


def together(place, source, env, shim):
    home = place.path("home-locks")
    env = place.environment(HF_HOME=home, SHIM=shim, LD_PRELOAD=args.shim,
                            **env)
    command = [args.hug, "download", "alice/demo", "-q", "--progress", "none"]
    children = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
                for _ in range(PROCESSES)]
    outputs = []
    for child in children:
        try:
            out, err = child.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            for other in children:
                other.kill()
            fail("%s: hang" % shim)
        if child.returncode != 0:
            fail("%s: exit %d: %s" % (shim, child.returncode, err))
        outputs.append(out.strip())
    for folder in set(outputs):
        source.check(folder, complete=True)
    check_cache(home)
    left = [name for folder, _, names in os.walk(home) for name in names
            if name.endswith(".incomplete")]
    shutil.rmtree(home)
    return len(left)


def wire_bytes(place, source, hub, shim):
    """What sixteen processes fetch, in sizes of the repository."""
    total = sum(os.path.getsize(os.path.join(source.root, name))
                for name in source.digests)
    proxy = Proxy(place, hub)
    together(place, source, hub.env(proxy.endpoint), shim)
    proxy.stop()
    fetched = sum(int(line[5]) for line in proxy.lines()
                  if "/resolve/" in line[2])
    return fetched / total


with Workplace(args) as place:
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 1, large=[24_000_000],
                              small=6))
    place.must("upload", "alice/demo", source.root, **hub.env())
    left = 0
    for shim in SHIMS:
        # The first is the one that production lost files to.
        for _ in range(args.rounds * (3 if shim == "flock=ok" else 1)):
            left += together(place, source, hub.env(), shim)
    once = wire_bytes(place, source, hub, "")
    if once > 1.05:
        fail("with working locks %.2f times the size was fetched" % once)
    often = wire_bytes(place, source, hub, "flock=ok")
    report("locks", processes=PROCESSES, shims=len(SHIMS),
           rounds=args.rounds, corrupt=0, partial_files_left=left,
           fetched_with_locks="%.2f" % once,
           fetched_without="%.2f" % often)

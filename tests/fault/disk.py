"""Full disks: whatever write fails, the exit says so, nothing corrupt has a
final name, and with room again the same command finishes."""

import os
import random
import shutil
import subprocess

from faultlib import (HONEST, Hub, Source, Workplace, arguments, check_cache,
                      fail, make_tree, report)

args = arguments(__doc__, sizes=(10, 300), writes=(16, 300))
QUIET = ["--progress", "none"]


def can_mount():
    """Whether this user may mount a file system of a given size."""
    done = subprocess.run(["unshare", "-Urm", "true"], capture_output=True)
    return done.returncode == 0


def full_tmpfs(place, hub, source, total):
    """Downloads into file systems from tiny to almost large enough."""
    step = max(1, total // args.sizes)
    script = """
      mount -t tmpfs -o size=$SIZE none "$MOUNT" || exit 77
      "$HUG" download alice/demo --local-dir "$MOUNT/out" --progress none
      code=$?
      rm -rf "$COPY"; mkdir "$COPY"
      (cd "$MOUNT" && tar cf - . 2>/dev/null) | tar xf - -C "$COPY"
      if [ $code -ne 0 ]; then
        mount -o remount,size=1g "$MOUNT" || exit 77
        "$HUG" download alice/demo --local-dir "$MOUNT/out" -q || exit 98
        cp -r "$MOUNT/out" "$COPY.done"
      fi
      exit $code
    """
    mount = place.path("mount")
    os.makedirs(mount)
    done = 0
    for size in range(65536, total, step):
        copy = place.path("copy")
        env = place.environment(SIZE=size, MOUNT=mount, HUG=args.hug,
                                COPY=copy, **hub.env())
        run = subprocess.run(["unshare", "-Urm", "sh", "-c", script],
                             capture_output=True, text=True, env=env,
                             timeout=120)
        if run.returncode == 77:
            print("SKIP: tmpfs cannot be mounted here")
            return None
        if run.returncode != 7:
            fail("%d bytes of disk: exit %d instead of 7: %s"
                 % (size, run.returncode, run.stderr))
        if "space" not in run.stderr:
            fail("the message does not say that the disk is full: "
                 + run.stderr)
        source.check(os.path.join(copy, "out"), complete=False)
        source.check(copy + ".done", complete=True)
        shutil.rmtree(copy)
        shutil.rmtree(copy + ".done")
        done += 1
    return done


def failing_writes(place, hub, source):
    """From the n-th write on the disk is full."""
    rng = random.Random(5)
    hits = 0
    for i in range(args.writes):
        nth = rng.choice([rng.randrange(1, 30), rng.randrange(1, 1500)])
        home = place.path("write-home")
        env = dict(hub.env(), HF_HOME=home)
        code, _, err = place.run("download", "alice/demo", "-q", *QUIET,
                                 preload=args.shim,
                                 SHIM="write=ENOSPC@%d" % nth, **env)
        check_cache(home)
        if code != 0:
            hits += 1
            if code != 7:
                fail("write %d: exit %d instead of 7: %s" % (nth, code, err))
        out = place.must("download", "alice/demo", "-q", *QUIET, **env)
        source.check(out.strip(), complete=True)
        check_cache(home)
        shutil.rmtree(home)
    return hits


with Workplace(args) as place:
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 1, large=[12_000_000]))
    total = sum(os.path.getsize(os.path.join(source.root, name))
                for name in source.digests)
    place.must("upload", "alice/demo", source.root, **hub.env())
    sizes = full_tmpfs(place, hub, source, total) if can_mount() else None
    hits = failing_writes(place, hub, source)
    report("disk", tmpfs_sizes=sizes, failing_writes=args.writes,
           refused=hits, corrupt=0)

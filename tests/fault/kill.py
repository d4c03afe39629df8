"""kill -9 at random points: of downloads (cache and folder), of uploads, of
the hub while it is written to. What has a final name is right, the next run
goes on, and fetches again at most a part a stream."""

import json
import os
import random
import shutil
import subprocess
import time
import urllib.request

from faultlib import (Hub, Proxy, Source, Workplace, arguments, check_cache,
                      fail, make_tree, report)

args = arguments(__doc__, points=(14, 500), uploads=(8, 500), hubs=(6, 100))
PART = 8 << 20
STREAMS = 2
FLAGS = ["--streams", str(STREAMS), "--max-workers", "2", "--progress",
         "none"]
# What lay in socket buffers when the program died was sent but not received.
BUFFERS = 2 * STREAMS * (6 << 20)


def start(place, *words, **env):
    return subprocess.Popen([place.args.hug, *words],
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL,
                            env=place.environment(**env))


def kill_after(child, seconds):
    """True when the child was still running."""
    try:
        child.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return True


def measure(place, *words, **env):
    begin = time.monotonic()
    place.must(*words, **env)
    return time.monotonic() - begin


def data_bytes(proxy):
    return sum(int(line[5]) for line in proxy.lines()
               if "/resolve/" in line[2])


def kill_downloads(place, hub, source, rng):
    total = sum(os.path.getsize(os.path.join(source.root, name))
                for name in source.digests)
    took = measure(place, "download", "alice/demo", "--local-dir",
                   place.path("warm"), *FLAGS, **hub.env())
    killed = worst = 0
    for point in range(args.points):
        proxy = Proxy(place, hub)
        env = dict(hub.env(proxy.endpoint), HF_HOME=place.path("kill-home"))
        to_folder = point % 2 == 0
        target = place.path("kill-out")
        words = ["download", "alice/demo", *FLAGS]
        if to_folder:
            words += ["--local-dir", target]
        child = start(place, *words, **env)
        killed += kill_after(child, rng.uniform(0, took * 1.5))
        if to_folder and os.path.isdir(target):
            source.check(target, complete=False)
        check_cache(env["HF_HOME"])
        out = place.must(*words, "-q", **env)
        source.check(target if to_folder else out.strip(), complete=True)
        check_cache(env["HF_HOME"])
        proxy.stop()
        again = data_bytes(proxy) - total
        worst = max(worst, again)
        # Two files at once, each with its streams.
        if again > 2 * STREAMS * PART + BUFFERS:
            fail("point %d: %d bytes fetched again" % (point, again))
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(env["HF_HOME"], ignore_errors=True)
    report("kill.download", points=args.points, killed=killed, corrupt=0,
           worst_refetch="%.1fMiB" % (worst / (1 << 20)))


def count_commits(hub, repo):
    request = urllib.request.Request(
        hub.endpoint + "/api/models/%s/commits/main" % repo,
        headers={"Authorization": "Bearer " + hub.token})
    with urllib.request.urlopen(request) as answer:
        return len(json.load(answer))


def verify_upload(place, hub, repo, source):
    target = place.path("check-out")
    place.must("download", repo, "--local-dir", target, **hub.env())
    source.check(target, complete=True)
    shutil.rmtree(target)


def kill_uploads(place, hub, source, rng):
    took = measure(place, "upload", "alice/warm", source.root, **hub.env())
    killed = 0
    for point in range(args.uploads):
        repo = "alice/kill-%d" % point
        place.must("repos", "create", repo, **hub.env())
        before = count_commits(hub, repo)
        child = start(place, "upload", repo, source.root, "--progress",
                      "none", **hub.env())
        killed += kill_after(child, rng.uniform(0, took * 1.3))
        place.must("upload", repo, source.root, **hub.env())
        verify_upload(place, hub, repo, source)
        made = count_commits(hub, repo) - before
        if made > 1:
            fail("point %d: %d commits for one upload" % (point, made))
        place.must("repos", "delete", repo, "--yes", **hub.env())
    report("kill.upload", points=args.uploads, killed=killed, corrupt=0)


def kill_hubs(place, source, rng):
    hub = Hub(place, "fragile")
    took = measure(place, "upload", "alice/first", source.root, **hub.env())
    killed = 0
    for point in range(args.hubs):
        repo = "alice/hub-%d" % point
        child = start(place, "upload", repo, source.root, "--progress",
                      "none", "--retries", "1", **hub.env())
        try:
            child.wait(timeout=rng.uniform(0, took * 1.3))
        except subprocess.TimeoutExpired:
            killed += 1
        hub.kill()
        child.wait()
        place.must("hub", "fsck", "--dir", hub.dir)
        hub.start()
        place.must("upload", repo, source.root, **hub.env())
        verify_upload(place, hub, repo, source)
    hub.kill()
    place.must("hub", "fsck", "--dir", hub.dir)
    report("kill.hub", points=args.hubs, killed=killed, fsck="clean")


with Workplace(args) as place:
    rng = random.Random(args.first_seed)
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 1,
                              large=[60_000_000, 30_000_000]))
    place.must("upload", "alice/demo", source.root, **hub.env())
    kill_downloads(place, hub, source, rng)
    small = Source(make_tree(place.path("small"), 2,
                             large=[20_000_000, 12_000_000]))
    kill_uploads(place, hub, small, rng)
    kill_hubs(place, small, rng)

"""Copies between repositories of a hub that cannot duplicate large objects, and
through a proxy that breaks things: what is copied is right or not there."""

import shutil

from faultlib import (HONEST, Hub, Proxy, Source, Workplace, arguments, fail,
                      make_tree, report)

args = arguments(__doc__, seeds=(6, 100))
QUICK = ["--timeout", "2s", "--retries", "8", "--progress", "none"]


def refusing(status):
    return ["--rule", "POST */lfs-files/duplicate status %d" % status]


def check(place, hub, repo, source):
    target = place.path("back")
    place.must("download", repo, "--local-dir", target, **hub.env())
    source.check(target, complete=True)
    shutil.rmtree(target)


def user(place, hub, name):
    """What somebody sets who has not sent anything to the hub yet: only then
    has an object to pass that the hub cannot duplicate."""
    place.must("hub", "user", "add", name, "--dir", hub.dir)
    return place.must("hub", "token", "create", name, "--role", "write",
                      "--dir", hub.dir, "-q").strip()


def copy(place, hub, proxy, name, run):
    """Into a new repository of a new user."""
    env = dict(hub.env(proxy.endpoint), HF_TOKEN=user(place, hub, name))
    repo = name + "/copy"
    place.must("repos", "create", repo, **dict(env, HF_ENDPOINT=hub.endpoint))
    return repo, run("cp", "hf://alice/demo", "hf://" + repo, *QUICK, **env)


with Workplace(args) as place:
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 3,
                              large=[21_000_000, 9_000_000, 9_000_000]))
    large = 39_000_000
    place.must("upload", "alice/demo", source.root, **hub.env())
    # The hub does it: no large object passes.
    for status in (None, 404, 405, 501):
        proxy = Proxy(place, hub, *(refusing(status) if status else []))
        repo, _ = copy(place, hub, proxy, "user-%s" % status, place.must)
        proxy.stop()
        passed = sum(int(line[5]) for line in proxy.lines()
                     if "/resolve/" in line[2])
        if (passed >= large) != (status is not None):
            fail("status %s: %d bytes passed" % (status, passed))
        check(place, hub, repo, source)
    # What is refused for another reason is no reason to send.
    proxy = Proxy(place, hub, *refusing(403))
    _, (code, _, err) = copy(place, hub, proxy, "refused", place.run)
    proxy.stop()
    if code != 4:
        fail("a refused copy: exit %d: %s" % (code, err))
    done = 0
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        proxy = Proxy(place, hub, *refusing(404), seed=seed, rate=0.1)
        repo, (code, _, err) = copy(place, hub, proxy, "seed-%d" % seed,
                                    place.run)
        proxy.stop()
        if code == 0:
            check(place, hub, repo, source)
            done += 1
        elif code not in HONEST:
            fail("seed %d: exit %d: %s" % (seed, code, err))
        target = place.path("partly")
        place.must("download", repo, "--local-dir", target, **hub.env())
        source.check(target, complete=False)
        shutil.rmtree(target)
    report("copies", seeds=args.seeds, done=done, corrupt=0)

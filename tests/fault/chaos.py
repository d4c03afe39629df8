"""Downloads and uploads through a proxy that breaks things: nothing corrupt is
ever published, nothing hangs, no upload is committed twice."""

import json
import os
import shutil
import urllib.request

from faultlib import (HONEST, Hub, Proxy, Source, Workplace, arguments,
                      check_cache, fail, make_tree, report)

args = arguments(__doc__, seeds=(10, 200), uploads=(5, 60))
QUICK = ["--timeout", "2s", "--retries", "8", "--progress", "none"]


def download(place, hub, source, seed, faults):
    proxy = Proxy(place, hub, seed=seed, rate=0.25, budget=2)
    env = hub.env(proxy.endpoint)
    target = place.path("out-%d" % seed)
    if seed % 2 == 0:
        code, _, err = place.run("download", "alice/demo", "--local-dir",
                                 target, *QUICK, **env)
        source.check(target, complete=code == 0)
    else:
        home = place.path("home-%d" % seed)
        code, out, err = place.run("download", "alice/demo", "-q", *QUICK,
                                   HF_HOME=home, **env)
        check_cache(home)
        if code == 0:
            source.check(out.strip(), complete=True)
        shutil.rmtree(home, ignore_errors=True)
    proxy.stop()
    for line in proxy.lines():
        faults[line[0]] = faults.get(line[0], 0) + 1
    if code != 0 and code not in HONEST:
        fail("seed %d: exit %d: %s" % (seed, code, err))
    shutil.rmtree(target, ignore_errors=True)
    return code


def commits(hub, repo):
    request = urllib.request.Request(
        hub.endpoint + "/api/models/%s/commits/main" % repo,
        headers={"Authorization": "Bearer " + hub.token})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def upload(place, hub, source, seed):
    repo = "alice/up-%d" % seed
    place.must("repos", "create", repo, **hub.env())
    before = len(commits(hub, repo))
    proxy = Proxy(place, hub, seed=seed, rate=0.25, budget=1)
    code = 1
    for _ in range(4):  # the same command again is how a user goes on
        code, _, err = place.run("upload", repo, source.root, *QUICK,
                                 **hub.env(proxy.endpoint))
        if code == 0:
            break
        if code not in HONEST:
            fail("upload, seed %d: exit %d: %s" % (seed, code, err))
    proxy.stop()
    if code != 0:
        fail("upload, seed %d: never done: %s" % (seed, err))
    made = len(commits(hub, repo)) - before
    if made != 1:
        fail("upload, seed %d: %d commits instead of one" % (seed, made))
    target = place.path("back-%d" % seed)
    place.must("download", repo, "--local-dir", target, **hub.env())
    source.check(target, complete=True)
    shutil.rmtree(target)


with Workplace(args) as place:
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 1,
                              large=[40_000_000, 11_000_000]))
    place.must("upload", "alice/demo", source.root, **hub.env())
    small = Source(make_tree(place.path("small"), 2, large=[12_000_000]))
    faults = {}
    codes = {}
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        code = download(place, hub, source, seed, faults)
        codes[code] = codes.get(code, 0) + 1
    for seed in range(args.first_seed, args.first_seed + args.uploads):
        upload(place, hub, small, seed)
    hits = sum(n for name, n in faults.items() if name != "none")
    if hits == 0:
        fail("the proxy broke nothing")
    print("faults:", dict(sorted(faults.items())))
    report("chaos", seeds=args.seeds, uploads=args.uploads, faults=hits,
           corrupt=0, hangs=0, exits=codes)

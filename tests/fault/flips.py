"""Every flipped bit is found: with one flip a file the files come out right at
the second try, with flips at every try no file comes out at all."""

import os
import random

from faultlib import (Hub, Proxy, Source, Workplace, arguments, fail,
                      files_below, report)

args = arguments(__doc__, files=(150, 1000))
QUICK = ["--timeout", "5s", "--progress", "none"]

with Workplace(args) as place:
    hub = Hub(place)
    rng = random.Random(7)
    root = place.path("src")
    os.makedirs(root)
    for i in range(args.files):
        size = rng.choice([1, 2, 17, 1000, 65_536, 65_537, 200_000])
        # Half of them large objects (sha256), half git blobs (sha1).
        name = "f%d.%s" % (i, "bin" if i % 2 else "txt")
        with open(os.path.join(root, name), "wb") as file:
            data = rng.randbytes(size)
            file.write(data if i % 2 else data.hex().encode()[:size])
    source = Source(root)
    place.must("upload", "alice/flips", root, **hub.env())

    proxy = Proxy(place, hub, "--only", "flip", seed=3, rate=1, budget=1)
    place.must("download", "alice/flips", "--local-dir", place.path("out"),
               *QUICK, timeout=300, **hub.env(proxy.endpoint))
    proxy.stop()
    source.check(place.path("out"), complete=True)
    flips = sum(1 for line in proxy.lines() if line[0] == "flip")
    if flips < args.files:
        fail("only %d of %d files were flipped" % (flips, args.files))

    proxy = Proxy(place, hub, "--only", "flip", seed=4, rate=1, budget=1000)
    code, _, err = place.run(
        "download", "alice/flips", "--include", "f1*", "--retries", "1",
        "--local-dir", place.path("never"), *QUICK, timeout=300,
        **hub.env(proxy.endpoint))
    if code != 6:
        fail("exit %d instead of 6: %s" % (code, err))
    published = [name for name, _ in files_below(place.path("never"))]
    if published:
        fail("published though always flipped: %s" % published[:3])
    report("flips", flips=flips, found=flips, published=0)

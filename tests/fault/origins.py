"""The token of a download goes to the hub it is for and to nobody else,
however a redirect is written."""

import http.server
import threading

from faultlib import (Hub, Proxy, Source, Workplace, arguments, fail,
                      make_tree, report)

args = arguments(__doc__)
seen = []


class Foreign(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append((self.path, dict(self.headers)))
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


def shapes(hub_port, foreign_port):
    h = "127.0.0.1:%d" % hub_port
    f = "127.0.0.1:%d" % foreign_port
    return [
        "http://%s/x" % f, "//%s/x" % f, "HTTP://%s/x" % f,
        "http://localhost:%d/x" % foreign_port,
        "http://127.0.0.1.:%d/x" % foreign_port,
        "http://127.1:%d/x" % foreign_port,
        "http://2130706433:%d/x" % foreign_port,
        "http://0x7f.0.0.1:%d/x" % foreign_port,
        "http://0177.0.0.1:%d/x" % foreign_port,
        "http://[::ffff:127.0.0.1]:%d/x" % foreign_port,
        "http://user:pw@%s/x" % f, "http://%s@%s/x" % (h, f),
        "http://%s%%2f@%s/x" % (h, f), "http://%s\\@%s/x" % (h, f),
        "http://%s\\@%s/x" % (f, h), "http://%s#@%s/x" % (f, h),
        "http://%s?@%s/x" % (f, h), "http://%s/@%s/x" % (f, h),
        "http:\\\\%s\\x" % f, "/\\%s/x" % f, "\\\\%s/x" % f,
        "///%s/x" % f, "http:/%s/x" % f, "http:%s/x" % f,
        "https://%s/x" % f, "ftp://%s/x" % f, "file:///etc/passwd",
        "javascript:alert(1)", "http://%s:%d/x" % (h, foreign_port),
        "http://127.0.0.1%%2f:%d/x" % foreign_port,
    ]


with Workplace(args) as place:
    hub = Hub(place)
    source = Source(make_tree(place.path("src"), 1, small=2,
                              large=[200_000]))
    place.must("repos", "create", "alice/demo", "--private", **hub.env())
    place.must("upload", "alice/demo", source.root, **hub.env())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    count = 0
    for i, shape in enumerate(shapes(hub.port, port)):
        proxy = Proxy(place, hub, "--rule",
                      "GET */resolve/* redirect " + shape)
        code, _, err = place.run(
            "download", "alice/demo", "--local-dir", place.path("o%d" % i),
            "--retries", "0", "--timeout", "3s", "--progress", "none",
            **hub.env(proxy.endpoint))
        proxy.stop()
        source.check(place.path("o%d" % i), complete=code == 0)
        if code == 0:
            fail("%s: nothing can have come from there" % shape)
        if not any(line[4] == "token" for line in proxy.lines()):
            fail("the hub itself saw no token")
        if hub.token in err:
            fail("the token is in the message: " + err)
        count += 1
    leaks = [entry for entry in seen if hub.token in str(entry)
             or "Authorization" in entry[1]]
    if leaks:
        fail("token leaked: %s" % leaks[:2])
    if not seen:
        fail("no redirect was followed at all")
    report("origins", shapes=count, foreign_requests=len(seen), tokens=0)

"""A hub that means harm with every word it says: whatever command asks it,
on a terminal and in every format, nothing steers the terminal, and no line of
the output is the hub's own."""

import hashlib
import http.server
import json
import threading
import urllib.parse

from faultlib import Workplace, arguments, fail, report

args = arguments(__doc__)
# A forged line, a title, a cleared screen, a clipboard (OSC 52), an 8-bit CSI,
# right-to-left, a line written over.
POISON = ("x\nFORGED\x1b]0;owned\x07\x1b[2J\x1b]52;c;b3duZWQ=\x07\x9b31m"
          "\u009b31m\u202e\u2066\u200b\rFORGED\x7f\x00")
COMMIT = "a" * 40
BODY = b"hello\n"
OID = hashlib.sha1(b"blob %d\0" % len(BODY) + BODY).hexdigest()
CARD = "---\nlicense: mit\n---\n# A card\x1b[2J\x9b31m\u009b\n"


def repo():
    return {"_id": POISON, "id": "evil/" + POISON, "modelId": POISON,
            "author": POISON, "sha": COMMIT, "createdAt": POISON,
            "lastModified": POISON, "private": False, "gated": POISON,
            "downloads": 1, "likes": 1, "tags": [POISON, POISON],
            "pipeline_tag": POISON, "library_name": POISON, "sdk": POISON,
            "visibility": POISON, "updatedAt": POISON, "type": "model",
            "siblings": [{"rfilename": POISON, "size": 1, "blobId": OID}],
            "cardData": {"license": POISON, POISON: [POISON]},
            "config": {POISON: POISON}, "trendingScore": 1,
            "runtime": {"stage": POISON, "hardware": POISON}}


def file(path, **more):
    return {"type": "file", "path": path, "size": len(BODY), "oid": OID,
            "lastCommit": {"id": POISON, "title": POISON, "date": POISON},
            **more}


def answer(method, path):
    """Status and JSON for an address of the API."""
    ref = [{"name": POISON, "ref": POISON, "targetCommit": COMMIT}]
    if "/tree/" in path:
        return 200, [file(POISON), file("README.md"),
                     {"type": "directory", "path": POISON + "d", "oid": OID}]
    if path.endswith("/refs"):
        return 200, {"branches": ref, "tags": ref, "converts": ref,
                     "pullRequests": ref}
    if "/commits/" in path:
        return 200, [{"id": POISON, "title": POISON, "message": POISON,
                      "date": POISON, "authors": [{"user": POISON}]}]
    if path.endswith("/whoami-v2"):
        return 200, {"type": "user", "name": POISON, "fullname": POISON,
                     "email": POISON, "orgs": [{"name": POISON}],
                     "auth": {"accessToken": {"displayName": POISON,
                                              "role": POISON}}}
    if path.endswith("/leaderboard"):
        return 200, [{"rank": 1, "modelId": POISON, "value": 1,
                      "source": {"name": POISON}, "author": POISON}]
    if "/preupload/" in path:
        return 200, {"files": [{"path": "a.txt", "uploadMode": "regular",
                                "shouldIgnore": False}]}
    if "/commit/" in path:
        return 200, {"commitOid": POISON, "commitUrl": POISON,
                     "pullRequestUrl": POISON}
    if path.endswith("/validate-yaml"):
        return 200, {"warnings": [{"message": POISON}], "errors": []}
    if path.endswith("/oauth/device"):
        return 200, {"device_code": POISON, "user_code": POISON,
                     "verification_uri": POISON, "interval": 1,
                     "expires_in": 1}
    if path.endswith("/oauth/token"):
        return 400, {"error": POISON, "error_description": POISON}
    if path.endswith(("/semantic-search", "/templates")) or (
            method == "GET" and path.count("/") == 2):
        return 200, [repo(), repo()]
    if path.endswith("/duplicate") and "/lfs-files/" in path:
        return 500, {"error": POISON}
    if method != "GET" and path.endswith("/paths-info/" + COMMIT):
        return 200, [file(POISON)]
    if method != "GET":
        return 200, {"url": POISON, "name": POISON, "id": POISON}
    return 200, repo()


class Evil(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status, "OK \x1b[2J")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", "id\x1b[2J")
        self.send_header("X-Error-Message", "say\x1b[2J\x9b31m")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urllib.parse.urlparse(self.path).path
        if server.refusing:
            body = json.dumps({"error": POISON, "errors": [{"message": POISON}]})
            return self.reply(server.refusing, body.encode(),
                              Content_Type="application/json",
                              X_Error_Code="Odd\x1b[2J")
        if path.startswith(("/api/", "/oauth/")):
            status, body = answer(self.command, path)
            return self.reply(status, json.dumps(body).encode(),
                              Content_Type="application/json")
        body = CARD.encode() if path.endswith("README.md") else BODY
        self.reply(200, body, X_Repo_Commit=COMMIT, ETag='"%s"' % hashlib.sha1(
            b"blob %d\0" % len(body) + body).hexdigest())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def log_message(self, *_):
        pass


COMMANDS = [
    ["models", "ls"], ["models", "ls", "evil/x"],
    ["models", "ls", "evil/x", "--tree"], ["models", "info", "evil/x"],
    ["models", "ls", "evil/x", "--recursive"], ["models", "card", "evil/x"],
    ["datasets", "ls"], ["datasets", "info", "evil/x"],
    ["datasets", "leaderboard", "evil/x"], ["datasets", "card", "evil/x"],
    ["spaces", "ls"], ["spaces", "info", "evil/x"],
    ["spaces", "search", "word"], ["spaces", "templates"],
    ["repos", "ls"], ["repos", "create", "evil/x"],
    ["repos", "delete", "evil/x", "--yes"],
    ["repos", "move", "evil/x", "evil/y"], ["repos", "duplicate", "evil/x"],
    ["repos", "settings", "evil/x", "--private"],
    ["repos", "tag", "list", "evil/x"],
    ["repos", "tag", "create", "evil/x", "v1"],
    ["repos", "tag", "delete", "evil/x", "v1", "--yes"],
    ["repos", "branch", "create", "evil/x", "b"],
    ["repos", "branch", "delete", "evil/x", "b"],
    ["repos", "delete-files", "evil/x", "*"],
    ["auth", "whoami"], ["auth", "login", "--token", "hf_abc"],
    ["download", "evil/x"], ["download", "evil/x", "README.md"],
    ["download", "evil/x", "--dry-run"], ["cache", "verify", "evil/x"],
    ["cp", "hf://evil/x", "hf://evil/y"],
    ["inspect", "hf://evil/x"], ["scan", "hf://evil/x"], ["fit", "evil/x"],
    ["run", "evil/x", "hello"], ["env"],
]
FORMATS = [[], ["--format", "agent"], ["--json"], ["-q"]]


def check(text, what):
    text = text.replace("\r\n", "\n")  # what a terminal makes of a line's end
    bad = [c for c in text if (ord(c) < 32 and c not in "\n\t")
           or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066\u200b\ufffd"]
    if bad:
        fail("%s: raw %r reaches the terminal: %r" % (what, bad[0], text))
    if any(line.startswith("FORGED") for line in text.split("\n")):
        fail("%s: a forged line: %r" % (what, text))


with Workplace(args) as place:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    server.refusing = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {"HF_ENDPOINT": "http://127.0.0.1:%d" % server.server_address[1],
           "HF_TOKEN": "hf_abc"}
    source = place.path("a.txt")
    with open(source, "w") as out:
        out.write("hello\n")
    commands = COMMANDS + [["upload", "evil/x", source],
                           ["upload", "evil/x", source, "--create-pr"],
                           ["cp", source, "hf://evil/x/a.txt"],
                           ["cp", "hf://evil/x/README.md",
                            place.path("here.md")]]
    runs = worked = 0
    for refusing in (0, 400, 401, 403, 404, 409):
        server.refusing = refusing
        for words in commands:
            for form in FORMATS if refusing == 0 else [[]]:
                line = [*words, *form]
                # Bars move by escapes of our own.
                code, text = place.run_on_terminal(
                    *line, "--retries", "0", "--progress", "plain", **env,
                    HF_HOME=place.path("home-%d" % refusing))
                runs += 1
                worked += code == 0
                check(text, " ".join(line))
    if worked < runs // 4:
        fail("only %d of %d commands came far enough to print" % (worked, runs))
    report("words", runs=runs, worked=worked, escapes=0)

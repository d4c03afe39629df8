"""A hub that means harm: paths that lead out of the folder are refused, and
nothing it says reaches the terminal raw."""

import hashlib
import http.server
import json
import os
import threading
import urllib.parse

from faultlib import Workplace, arguments, fail, report

args = arguments(__doc__)
BODY = b"you have been had\n"
OID = hashlib.sha1(b"blob %d\0" % len(BODY) + BODY).hexdigest()
ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\r"

PATHS = [
    "../evil", "../../evil", "a/../../evil", "/tmp/hug-fault-evil", "./../evil",
    "a//../../../evil", "..", ".", "", "a/..", "../", "//evil", "a/./../../evil",
    "C:\\evil", "C:/evil", "..\\..\\evil", "\\\\host\\share\\evil", "a\\..\\..\\e",
    "evil\x00.txt", "e\nvil", "e\x1b[31mvil", "a/" + "x" * 300, "x/" * 3000 + "y",
    ".git/hooks/post-checkout", ".GIT/config", "a/.git/config",
    ".cache/huggingface/../../../evil", "\x7fdel", "ok/../ok/../../evil",
]
# A commit of its own for each: listings are kept by commit.
current = {"path": "", "message": "", "commit": "0" * 40}


class Evil(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        if current["message"]:
            body = json.dumps({"error": current["message"]}).encode()
            return self.reply(400, body, Content_Type="application/json",
                              X_Error_Message="bad \x1b[31m thing")
        entry = {"type": "file", "path": current["path"], "size": len(BODY),
                 "oid": OID}
        if "/tree/" in path:
            return self.reply(200, json.dumps([entry]).encode(),
                              Content_Type="application/json")
        if path.startswith("/api/"):
            info = {"id": "evil/repo", "sha": current["commit"], "private": False,
                    "siblings": [{"rfilename": current["path"]}],
                    "tags": [], "downloads": 0, "likes": 0}
            return self.reply(200, json.dumps(info).encode(),
                              Content_Type="application/json")
        return self.reply(200, BODY, ETag='"%s"' % OID, 
                          X_Repo_Commit=current["commit"])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def check_clean(text, what, said):
    text = text.replace("\r\n", "\n")  # what a terminal makes of a line's end
    second = said.partition("\n")[2][:1]
    if second and any(line.startswith(second) for line in text.split("\n")):
        fail("%s: a line of it stands by itself: %r" % (what, text))
    bad = [c for c in text if (ord(c) < 32 and c not in "\n\t")
           or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066\u200b"]
    if bad:
        fail("%s: raw %r reaches the terminal: %r" % (what, bad[0], text))


def everything_below(root):
    return {os.path.join(folder, name) for folder, _, names in os.walk(root)
            for name in names}


with Workplace(args) as place:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {"HF_ENDPOINT": "http://127.0.0.1:%d" % server.server_address[1]}
    runs = 0
    for number, path in enumerate(PATHS):
        current.update(path=path, message="", commit="%040x" % number)
        outside = everything_below(place.root)
        folder = place.path("in", "deep", "out")
        os.makedirs(folder, exist_ok=True)
        for words in (["--local-dir", folder], []):
            code, text = place.run_on_terminal(
                "download", "evil/repo", *words, "--retries", "0",
                "--progress", "none", **env)
            runs += 1
            check_clean(text, repr(path), path)
            # What a hub must not say is corrupt, as wrong content is.
            if code != 6:
                fail("%r: exit %d: %s" % (path, code, text))
        home = place.path("home")
        for found in everything_below(place.root) - outside:
            inside = found.startswith((folder + os.sep, home + os.sep))
            if not inside or "/.git/" in found.lower():
                fail("%r wrote %s" % (path, found))
            if os.path.basename(found) in ("evil", "post-checkout"):
                fail("%r wrote %s" % (path, found))
        if os.path.exists("/tmp/hug-fault-evil"):
            fail("wrote to an absolute path")
    for message in ("bad " + ESCAPES, "a\nb\r" + ESCAPES * 10):
        current["message"] = message
        for words in (["download", "evil/repo"], ["models", "info", "evil/x"],
                      ["auth", "whoami", "--token", "hf_abc"]):
            code, text = place.run_on_terminal(*words, "--retries", "0", **env)
            runs += 1
            check_clean(text, " ".join(words), message)
            if code == 0:
                fail("%s worked" % words)
    report("names", paths=len(PATHS), runs=runs, escapes=0)

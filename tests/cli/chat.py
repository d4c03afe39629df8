"""The chat under a pseudo-terminal: editing, commands, Ctrl-C, UTF-8; and
other engines: an endpoint that replays a stream, programs that note how they
were called."""
import argparse
import http.server
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import fcntl

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
LIMIT = 60


class Terminal:
    """The program in a terminal of 80 columns."""

    def __init__(self, words, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 80, 0, 0))
        self.raw = ""
        self.at = 0

    def text(self):
        return ANSI.sub("", self.raw)

    def read_some(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, wanted):
        """Up to a pattern behind what was waited for before."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            found = re.compile(wanted).search(self.text(), self.at)
            if found:
                self.at = found.end()
                return found
            self.read_some(0.2)
        raise AssertionError(f"no {wanted!r} in {self.text()[self.at:]!r}")

    def type(self, text):
        os.write(self.fd, text.encode())

    def leave(self):
        """The exit status, or minus the signal."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            self.read_some(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("does not end: " + self.text()[-300:])


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Replays a recorded stream and keeps what was asked."""
    asked = []
    status = 200

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Endpoint.asked.append((self.path, self.headers.get("Authorization"),
                               json.loads(body)))
        self.send_response(Endpoint.status)
        if Endpoint.status != 200:
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"error": {"message": "no such key"}}')
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chat = self.path.endswith("/chat/completions")
        for piece in ["<think>hm", "</think>\n\n", "Gr\u00fc\u00df ", "dich."]:
            choice = {"delta": {"content": piece}} if chat else {"text": piece}
            self.event({"choices": [{"index": 0, **choice}]})
        self.event({"choices": [{"index": 0, "delta": {},
                                 "finish_reason": "stop"}]})
        self.event({"choices": [], "usage": {"prompt_tokens": 9,
                                             "completion_tokens": 4}})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, value):
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def log_message(self, *_):
        pass


def check(ok, what):
    if not ok:
        raise AssertionError(what)


class Tests:
    def __init__(self, hug, data, place):
        self.hug = hug
        self.place = place
        self.model = os.path.join(place, "tiny.gguf")
        self.env = {"HOME": place, "XDG_STATE_HOME": place + "/state",
                    "PATH": os.environ["PATH"], "TERM": "xterm",
                    "LC_ALL": "C.UTF-8", "HF_HOME": place + "/hf",
                    "NO_PROXY": "*"}
        self.run("convert", data + "/tiny-llama", "-o", self.model, "--type",
                 "q8_0")

    def run(self, *words, stdin=b"", status=0, **env):
        done = subprocess.run([self.hug, *words], input=stdin,
                              env={**self.env, **env}, capture_output=True,
                              timeout=LIMIT, cwd=self.place)
        check(done.returncode == status,
              f"{words}: {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def open(self, *words):
        return Terminal([self.hug, "run", self.model, "--temp", "0", *words],
                        self.env)

    def test_talk(self):
        t = self.open()
        t.wait_for("ctx 512 .*/help for commands")
        t.wait_for("> ")
        t.type("What is 3 plus 4?\r")
        t.wait_for(r"3 plus 4 is 7\.")
        t.wait_for(r"\d+ tokens, [\d.]+ t/s, first after [\d.]+ s")
        t.wait_for("> ")
        # Editing: two characters too many, taken away again.
        t.type("What is 9 minus 5?xy\x7f\x7f\r")
        t.wait_for(r"9 minus 5 is 4\.")
        t.wait_for("> ")
        # History: the question before the last one.
        t.type("\x1b[A\x1b[A\r")
        t.wait_for(r"3 plus 4 is 7\.")
        t.wait_for("> ")
        t.type("/save talk.json\r".replace("talk", self.place + "/talk"))
        t.wait_for("> ")
        t.type("\x04")
        check(t.leave() == 0, "Ctrl-D leaves with 0")
        said = json.load(open(self.place + "/talk.json"))
        check([m["role"] for m in said] == ["user", "assistant"] * 3,
              f"the conversation is kept: {said}")
        check(said[3]["content"] == "9 minus 5 is 4.", said)
        history = open(self.place + "/state/hug/chat_history").read()
        check("3" in history, "history is written")

    def test_commands(self):
        t = self.open("--system", "Be short.")
        t.wait_for("> ")
        t.type("/he\t\r")
        t.wait_for("/system TEXT")
        t.wait_for("> ")
        t.type("/set nothing 1\r")
        t.wait_for("there is no setting 'nothing'")
        t.wait_for("> ")
        t.type("/set top-k x\r")
        t.wait_for("'x' is not a whole number")
        t.wait_for("> ")
        t.type("/set temp -1\r")
        t.wait_for("'-1' is not between 0 and 100")
        t.wait_for("> ")
        t.type("/what\r")
        t.wait_for("there is no command '/what'")
        t.wait_for("> ")
        t.type("/set predict 2\r")
        t.wait_for("> ")
        t.type("What is 3 plus 4?\r")
        t.wait_for("the answer ends here")
        t.wait_for("> ")
        t.type(f"/save {self.place}/two.json\r")
        t.wait_for("> ")
        t.type("/reset\r")
        t.wait_for("> ")
        t.type(f"/save {self.place}/none.json\r")
        t.wait_for("> ")
        t.type(f"/load {self.place}/two.json\r")
        t.wait_for("going on after 3 messages")
        t.wait_for("> ")
        t.type("/exit\r")
        check(t.leave() == 0, "/exit leaves with 0")
        two = json.load(open(self.place + "/two.json"))
        check(two[0] == {"role": "system", "content": "Be short."}, two)
        none = json.load(open(self.place + "/none.json"))
        check(none == two[:1], none)

    def test_end_ahead(self):
        t = self.open("--ignore-eos", "--predict", "400")
        t.wait_for("> ")
        t.type("What is 3 plus 4?\r")
        t.wait_for("3 plus 4 is 7")
        t.type("\x04")
        check(t.leave() == 0, "Ctrl-D during an answer leaves after it")

    def test_lines(self):
        t = self.open()
        t.wait_for("> ")
        t.type("What is\\\r")
        t.wait_for(r"\. ")
        t.type("3 plus 4?\r")
        t.wait_for(r"\d+ tokens")
        t.wait_for("> ")
        t.type('"""Gr\u00fc\u00df\r')
        t.wait_for(r"\. ")
        t.type('\u4f60\u597d \U0001f917"""\r')
        t.wait_for(r"\d+ tokens")
        t.wait_for("> ")
        t.type(f"/save {self.place}/lines.json\r")
        t.wait_for("> ")
        t.type("\x04")
        check(t.leave() == 0, "leaves with 0")
        said = json.load(open(self.place + "/lines.json"))
        check(said[0]["content"] == "What is\n3 plus 4?", said)
        check(said[2]["content"] ==
              "Gr\u00fc\u00df\n\u4f60\u597d \U0001f917", said)

    def test_interrupt(self):
        # A context that no answer fills soon.
        t = self.open("--ctx", "1000000", "--ignore-eos")
        t.wait_for("> ")
        t.type("Tell me something.\r")
        t.wait_for("Bees make honey")
        t.type("\x03")
        t.wait_for(r"\d+ tokens")
        t.wait_for("> ")
        # Before the answer began: it is meant for the answer, too.
        t.type("Tell me more.\r")
        t.wait_for(r"more\.\n")
        t.type("\x03")
        t.wait_for("> ")
        t.type("/reset\r")
        t.wait_for("> ")
        t.type("half a line")
        t.type("\x03")
        t.wait_for("> ")
        t.type("/set ignore-eos off\r")
        t.wait_for("> ")
        t.type("/reset\r")
        t.wait_for("> ")
        t.type("What is 3 plus 4?\r")
        t.wait_for(r"3 plus 4 is 7\.")
        t.wait_for("> ")
        t.type("\x03")
        t.wait_for("again")
        t.wait_for("> ")
        t.type("\x03")
        status = t.leave()
        check(status == -signal.SIGINT, f"Ctrl-C twice: {status}")

    def test_twice(self):
        t = self.open("--ctx", "1000000", "--ignore-eos", "Tell me something.")
        t.wait_for(r"[a-z]{3}")
        t.type("\x03")
        check(t.leave() == -signal.SIGINT, "a single answer ends by Ctrl-C")

    def test_plain(self):
        out, err = self.run("chat", self.model, "--temp", "0",
                            stdin=b"What is 3 plus 4?\nWhat is 9 minus 5?\n")
        check(out == "3 plus 4 is 7.\n9 minus 5 is 4.\n", out)
        check("\x1b" not in out + err, "no colours without a terminal")
        self.run("chat", self.model, "--json", status=2)

    def test_session(self):
        words = ["run", self.model, "--temp", "0", "--session", "s"]
        self.run(*words, "What is 3 plus 4?")
        out, _ = self.run(*words, "--json", "What is 9 minus 5?")
        answer = json.loads(out)
        check(answer["text"] == "9 minus 5 is 4.", answer)
        check(answer["timings"]["reused_tokens"] > 10, answer)
        # Cut files are refused, and stay as they are.
        whole = open(self.place + "/s", "rb").read()
        open(self.place + "/s", "wb").write(whole[:len(whole) // 2])
        _, err = self.run(*words, "Hello", status=6)
        check("damaged" in err, err)
        check(open(self.place + "/s", "rb").read() == whole[:len(whole) // 2],
              "the file is as it was")
        self.run("run", self.model, "--session", "/nowhere/x", "Hello",
                 status=3)

    def test_kept(self):
        # What was answered is there even when the program ends suddenly.
        words = ["--temp", "0", "--session", "kept"]
        talk = subprocess.Popen(
            [self.hug, "chat", self.model, *words], cwd=self.place,
            env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for question, answer in ((b"What is 3 plus 4?", b"3 plus 4 is 7."),
                                 (b"What is 9 minus 5?", b"9 minus 5 is 4.")):
            talk.stdin.write(question + b"\n")
            talk.stdin.flush()
            line = talk.stdout.readline()
            check(line == answer + b"\n", line)
        talk.kill()
        talk.communicate()
        out, _ = self.run("run", self.model, *words, "--json",
                          "What is 2 plus 2?")
        check(json.loads(out)["timings"]["reused_tokens"] > 10, out)

    def test_full_disk(self):
        folder = os.path.join(self.place, "full")
        os.makedirs(folder)
        script = """mount -t tmpfs -o size=64k none "$1" || exit 77
            "$2" run "$3" --temp 0 --session "$1/s" "What is 3 plus 4?"
            code=$?; ls -A "$1"; exit $code"""
        done = subprocess.run(
            ["unshare", "-Urm", "sh", "-c", script, "sh", folder, self.hug,
             self.model], env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=LIMIT)
        if done.returncode in (1, 77):
            print("skip test_full_disk: no file system can be mounted here")
            return
        check(done.returncode == 7 and "space" in done.stderr and
              "hint: " in done.stderr, done.stderr)
        check(done.stdout == "3 plus 4 is 7.\n", done.stdout)

    def test_cut_model(self):
        """The file becomes shorter while the model answers."""
        cut = os.path.join(self.place, "cut.gguf")
        with open(self.model, "rb") as file:
            bytes_ = file.read()
        with open(cut, "wb") as file:
            file.write(bytes_)
        t = Terminal([self.hug, "run", cut, "--ctx", "1000000",
                      "--ignore-eos", "Tell me something."], self.env)
        t.wait_for(r"[a-z]{3}")
        os.truncate(cut, len(bytes_) // 3)
        t.wait_for("became shorter while it was read")
        t.wait_for("hint: leave the file alone")
        check(t.leave() == 6, "a clear error, no crash")

    def test_context(self):
        _, err = self.run("run", self.model, "word " * 600, status=2)
        check("tokens and the context only 512" in err and
              "hint: shorten the prompt" in err, err)
        lines = b"".join(b"What is %d plus 4?\n" % (i % 9) for i in range(60))
        out, err = self.run("chat", self.model, "--temp", "0", stdin=lines)
        check(out.count("\n") == 60, out)
        check("forgotten" in err, err)

    def test_endpoint(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        words = ["run", "acme/huge", "Hi", "--system", "Be kind.", "--engine"]
        out, _ = self.run(*words, url + "/v1", "--top-k", "5", "-n", "7",
                          HUG_ENGINE_TOKEN="secret")
        check(out == "Gr\u00fc\u00df dich.\n", out)
        path, token, body = Endpoint.asked[-1]
        check(path == "/v1/chat/completions", path)
        check(token == "Bearer secret", token)
        check(body == {"model": "acme/huge", "stream": True, "top_k": 5,
                       "max_tokens": 7, "messages": [
                           {"role": "system", "content": "Be kind."},
                           {"role": "user", "content": "Hi"}]}, body)
        out, _ = self.run(*words, url, "--json")
        answer = json.loads(out)
        check(answer["text"] == "Gr\u00fc\u00df dich.", answer)
        check(answer["reasoning"] == "hm", answer)
        check(answer["finish_reason"] == "stop", answer)
        check(answer["timings"]["tokens"] == 4, answer)
        check(Endpoint.asked[-1][1] is None, "no token is sent without one")
        out, _ = self.run("run", "acme/huge", "Hi", "--raw", "--engine", url)
        check(Endpoint.asked[-1][0] == "/v1/completions", Endpoint.asked[-1])
        check(Endpoint.asked[-1][2]["prompt"] == "Hi", Endpoint.asked[-1])
        Endpoint.status = 401
        _, err = self.run(*words, url, status=4)
        check("no such key" in err and "HUG_ENGINE_TOKEN" in err, err)
        Endpoint.status = 200
        server.shutdown()
        server.server_close()
        _, err = self.run(*words, url, status=5)
        check("asking " + url in err, err)
        self.run(*words, url, "--ban", "x", status=2)
        self.run(*words, "elsewhere", status=2)

    def test_programs(self):
        bins = os.path.join(self.place, "bin")
        os.makedirs(bins)
        nothing = {"PATH": bins}
        words = ["run", self.model, "Hi there", "--engine"]
        for engine in ["llama.cpp", "vllm"]:
            _, err = self.run(*words, engine, status=3, **nothing)
            check("is not installed" in err and "hint:" in err, err)
        # llama-cli takes over: it notes how it was called.
        self.script(bins, "llama-cli", """
import json, sys
print(json.dumps(sys.argv[1:]))
""")
        path = {"PATH": bins + ":" + self.env["PATH"]}
        out, _ = self.run(*words, "llama.cpp", "--temp", "0.5", "-n", "9",
                          "--system", "Be kind.", "--kv-type", "q8_0", **path)
        check(json.loads(out) == [
            "-m", self.model, "-p", "Hi there", "--no-display-prompt", "-st",
            "-sys", "Be kind.", "-n", "9", "--temp", "0.5", "-ctk", "q8_0",
            "-ctv", "q8_0"], out)
        _, err = self.run(*words, "llama.cpp", "--json", status=10, **path)
        # vllm serves for as long as it is needed.
        self.script(bins, "vllm", f"""
import http.server, sys
sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
import chat
open({self.place!r} + "/vllm", "w").write(" ".join(sys.argv[1:4]))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])),
                       chat.Endpoint).serve_forever()
""")
        out, _ = self.run(*words, "vllm", **path)
        check(out == "Gr\u00fc\u00df dich.\n", out)
        called = open(self.place + "/vllm").read()
        check(called.startswith(f"serve {self.model} "), called)
        # One that ends at once.
        self.script(bins, "vllm", "raise SystemExit(3)")
        _, err = self.run(*words, "vllm", status=1, **path)
        check("ended instead of serving" in err, err)

    @staticmethod
    def script(folder, name, text):
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(f"#!{sys.executable}\n{text}")
        os.chmod(path, 0o755)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hug", required=True)
    parser.add_argument("--data", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "data"))
    parser.add_argument("tests", nargs="*")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        tests = Tests(os.path.abspath(args.hug), os.path.abspath(args.data),
                      os.path.realpath(place))
        names = [n for n in dir(Tests) if n.startswith("test_")]
        for name in args.tests or names:
            try:
                getattr(tests, name)()
                print("ok  ", name)
            except AssertionError as error:
                failed += 1
                print("FAIL", name, error)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

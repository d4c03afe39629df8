"""Whom the program trusts over TLS: certificates made on the spot, a server
for each, and what the environment may say about them."""

import http.server
import os
import ssl
import subprocess
import threading
import warnings

from faultlib import Workplace, arguments, fail, report

args = arguments(__doc__)
WHOAMI = b'{"type":"user","name":"alice","fullname":"Alice","auth":{' \
    b'"type":"access_token","accessToken":{"displayName":"t","role":"read"}},' \
    b'"orgs":[]}'
seen = []
warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1, on purpose


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Certificates:
    def __init__(self, place):
        self.dir = place.path("tls")
        os.makedirs(self.dir)
        self.authority("ca")
        self.authority("other")

    def path(self, name):
        return os.path.join(self.dir, name)

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-keyout", self.path(name + ".key"), "-out",
                self.path(name + ".pem"), "-subj", "/CN=test " + name,
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def leaf(self, name, names, authority="ca", expired=False):
        """A certificate and key in one file."""
        key, request = self.path(name + ".key"), self.path(name + ".csr")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                request, "-subj", "/CN=" + name)
        with open(self.path("ext"), "w") as file:
            file.write("subjectAltName=%s\n" % names)
        certificate = self.path(name + ".crt")
        # openssl refuses to sign for the past; a negative number of days ends
        # before it begins, which no client accepts either.
        openssl("x509", "-req", "-in", request, "-CA",
                self.path(authority + ".pem"), "-CAkey",
                self.path(authority + ".key"), "-CAcreateserial", "-days",
                "-1" if expired else "30", "-extfile", self.path("ext"),
                "-out", certificate)
        return self.joined(name, certificate, key)

    def self_signed(self, name):
        key, certificate = self.path(name + ".key"), self.path(name + ".crt")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        return self.joined(name, certificate, key)

    def joined(self, name, certificate, key):
        out = self.path(name + ".both")
        with open(out, "w") as file:
            for part in (certificate, key):
                with open(part) as source:
                    file.write(source.read())
        return out


class Handler(http.server.BaseHTTPRequestHandler):
    location = None

    def do_GET(self):
        seen.append((self.server.server_address[1],
                     self.headers.get("Authorization")))
        if self.location and self.path.startswith("/api/"):
            self.send_response(302)
            self.send_header("Location", self.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(WHOAMI)))
        self.end_headers()
        self.wfile.write(WHOAMI)

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass


def serve(certificate=None, location=None, old=False):
    handler = type("H", (Handler,), {"location": location})
    server = Quiet(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket,
                                            server_side=True,
                                            do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


with Workplace(args) as place:
    made = Certificates(place)
    ca, other = made.path("ca.pem"), made.path("other.pem")
    hashed = place.path("hashed")
    os.makedirs(hashed)
    os.symlink(ca, os.path.join(hashed, subprocess.run(
        ["openssl", "x509", "-in", ca, "-noout", "-hash"], check=True,
        capture_output=True, text=True).stdout.strip() + ".0"))
    empty = place.path("empty")
    os.makedirs(empty)
    good = serve(made.leaf("good", "DNS:localhost,IP:127.0.0.1"))
    wrong = serve(made.leaf("wrong", "DNS:elsewhere.example"))
    late = serve(made.leaf("late", "DNS:localhost,IP:127.0.0.1",
                           expired=True))
    stranger = serve(made.leaf("stranger", "DNS:localhost",
                               authority="other"))
    alone = serve(made.self_signed("alone"))
    old = serve(made.leaf("old", "DNS:localhost"), old=True)
    plain = serve()
    down = serve(made.leaf("down", "DNS:localhost"),
                 location="http://localhost:%d/x" % plain)
    away = serve(made.leaf("away", "DNS:localhost"),
                 location="https://localhost:%d/x" % good)

    trust = {"SSL_CERT_FILE": ca}
    cases = [  # name, port, host, environment, works
        ("SSL_CERT_FILE", good, "localhost", trust, True),
        ("by address", good, "127.0.0.1", trust, True),
        ("SSL_CERT_DIR", good, "localhost", {"SSL_CERT_DIR": hashed}, True),
        ("CURL_CA_BUNDLE", good, "localhost", {"CURL_CA_BUNDLE": ca}, True),
        ("REQUESTS_CA_BUNDLE", good, "localhost",
         {"REQUESTS_CA_BUNDLE": ca}, True),
        ("nothing said", good, "localhost", {}, False),
        ("empty is the default, not off", good, "localhost",
         {"SSL_CERT_FILE": "", "CURL_CA_BUNDLE": "",
          "REQUESTS_CA_BUNDLE": ""}, False),
        ("another authority", good, "localhost", {"SSL_CERT_FILE": other},
         False),
        ("an empty directory", good, "localhost", {"SSL_CERT_DIR": empty},
         False),
        ("a missing file", good, "localhost",
         {"SSL_CERT_FILE": place.path("absent.pem")}, False),
        ("another host", wrong, "localhost", trust, False),
        ("expired", late, "localhost", trust, False),
        ("signed by a stranger", stranger, "localhost", trust, False),
        ("self-signed", alone, "localhost", trust, False),
        ("TLS 1.1", old, "localhost", trust, False),
        ("https to http", down, "localhost", trust, False),
        ("https to another https", away, "localhost", trust, True),
    ]
    token = "hf_" + "CANARY" * 5
    for name, port, host, env, works in cases:
        seen.clear()
        code, out, err = place.run(
            "auth", "whoami", "--retries", "0", "--timeout", "5s",
            HF_ENDPOINT="https://%s:%d" % (host, port), HF_TOKEN=token, **env)
        if (code == 0) != works:
            fail("%s: exit %d: %s%s" % (name, code, out, err))
        for reached, shown in seen:
            if shown and reached != port:
                fail("%s: the token went to another origin" % name)
            if shown and not works and port not in (down,):
                fail("%s: the token was sent without trust" % name)
        if plain in [reached for reached, _ in seen]:
            fail("%s: encryption was given up" % name)
    report("tls", cases=len(cases))

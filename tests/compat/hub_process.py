"""An embedded hub in a throw-away directory, for tests."""
import json
import os
import subprocess


class Hub:
    def __init__(self, program, folder, *options):
        self.program, self.folder, self.options = program, folder, options
        self.process = None

    def token(self, user, role):
        done = subprocess.run([self.program, "token", self.folder, user, role],
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(self, port=0):
        self.process = subprocess.Popen(
            [self.program, "serve", self.folder, "--port", str(port),
             *self.options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]
        return self.endpoint

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        assert status == 0, f"the hub ended with {status}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def fsck(self, *options):
        done = subprocess.run(
            [self.program, "fsck", self.folder, *options],
            capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def client_environment(endpoint, token, home):
    """Nothing of the caller's own setup; no Xet; no way out."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("HF_", "HUGGING"))}
    env.update(HF_ENDPOINT=endpoint, HF_TOKEN=token, HF_HOME=home,
               HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1",
               HF_HUB_DISABLE_PROGRESS_BARS="1", NO_COLOR="1")
    return env

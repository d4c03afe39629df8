"""Peers from package registries, by pinned version, in a throw-away folder."""
import os
import subprocess
import sys
import venv

SKIP = 77


def python_with(folder, name, packages):
    """The interpreter of a virtual environment that has the packages."""
    home = os.path.join(folder, name)
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
    import zipfile
    home = os.path.join(folder, f"{package}-{version}")
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

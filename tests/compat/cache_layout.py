"""Our cache and the Python client's are one: each reads what the other made."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers
from hub_process import Hub, client_environment

PACKAGES = ["huggingface_hub==2.4.0"]

parser = argparse.ArgumentParser()
parser.add_argument("--tool", required=True)
parser.add_argument("--serve")
parser.add_argument("--peers", required=True)
args = parser.parse_args()
peers.run_again_with(args.peers, "hub-python", PACKAGES)

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
from huggingface_hub import constants, scan_cache_dir, snapshot_download
from huggingface_hub import _CACHED_NO_EXIST, try_to_load_from_cache
from huggingface_hub import _local_folder, _tree_cache
from huggingface_hub.utils import _shared_blobs

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
XET = "ab" + "7" * 62


def tool(*words):
    done = subprocess.run([args.tool, *map(str, words)], stdout=subprocess.PIPE)
    assert done.returncode == 0, (words, done.returncode)
    return json.loads(done.stdout)


def python_scan(root):
    info = scan_cache_dir(root)
    repos = {}
    for repo in info.repos:
        repos[repo.repo_path.name] = {
            "id": repo.repo_id,
            "size": repo.size_on_disk,
            "n_files": repo.nb_files,
            "revisions": {
                r.commit_hash: {
                    "refs": sorted(r.refs),
                    "size": r.size_on_disk,
                    "files": {
                        str(f.file_path.relative_to(r.snapshot_path)):
                            f.size_on_disk for f in r.files},
                } for r in repo.revisions},
        }
    return info, {"size": info.size_on_disk, "repos": repos,
                  "incomplete": len(info.incomplete_files),
                  "unreferenced":
                      len(_shared_blobs.unreferenced_shared_blobs(root)),
                  "warnings": [str(w) for w in info.warnings]}


def same_scan(root):
    info, theirs = python_scan(root)
    ours = tool("scan", root)
    assert theirs["warnings"] == [], theirs["warnings"]
    assert ours == theirs, (ours, theirs)
    return info, ours


def check_our_cache(root):
    tool("make", root)
    info, scan = same_scan(root)
    assert len(scan["repos"]) == 3 and scan["incomplete"] == 1
    assert scan["size"] == 100000 + 3 + 9 + 14
    snapshots = root / "models--me--m.x" / "snapshots"
    assert try_to_load_from_cache(
        "me/m.x", "config.json", cache_dir=root) == str(
            snapshots / TWO / "config.json")
    assert try_to_load_from_cache(
        "me/m.x", "deep/er/m.bin", cache_dir=root,
        revision="refs/pr/1") == str(snapshots / ONE / "deep/er/m.bin")
    assert try_to_load_from_cache(
        "me/m.x", "not/here.txt", cache_dir=root) is _CACHED_NO_EXIST
    assert snapshot_download("me/m.x", cache_dir=root) == str(snapshots / TWO)
    assert snapshot_download("me/m.x", revision="refs/pr/1",
                             cache_dir=root) == str(snapshots / ONE)
    assert tool("check", root) == []
    # The listing: read by Python, and byte-equal to what Python writes.
    trees = root / "models--me--m.x" / "trees"
    entries = _tree_cache.read_tree_cache(str(trees.parent), ONE)
    assert entries["deep/er/m.bin"].lfs_size == 100000
    ours = (trees / f"{ONE}.json").read_bytes()
    _tree_cache.write_tree_cache(str(root / "again"), ONE, entries)
    assert (root / "again" / "trees" / f"{ONE}.json").read_bytes() == ours
    shutil.rmtree(root / "again")
    tag = (root / "CACHEDIR.TAG").read_bytes()
    _local_folder._create_cachedir_tag(root / "models--me--m.x")
    assert (root / "models--me--m.x" / "CACHEDIR.TAG").read_bytes() == tag
    (root / "models--me--m.x" / "CACHEDIR.TAG").unlink()


def check_shared_store(root):
    """Python links to what we shared, and we to what Python shared."""
    payload = _shared_blobs.shared_blob_path(root, XET)
    etag = next((root / "datasets--squad" / "blobs").iterdir()).name
    references = _shared_blobs._read_valid_manifest_references(payload, root)
    assert len(references) == 2, references
    blobs = root / "models--me--linked" / "blobs"
    blobs.mkdir(parents=True)
    assert _shared_blobs.try_link_from_shared_store(
        xet_hash=XET, blob_path=blobs / etag, cache_dir=root,
        expected_size=14)
    # A commit of its own: the Python client looks revisions up by commit alone.
    snapshot = blobs.parent / "snapshots" / THREE
    snapshot.mkdir(parents=True)
    os.symlink(f"../../blobs/{etag}", snapshot / "z")
    same_scan(root)
    freed = tool("remove", root, "datasets/squad", "spaces/me/app")
    assert freed == {"planned": 0, "freed": 0}, freed
    assert payload.read_bytes() == b"shared payload"
    same_scan(root)
    info = scan_cache_dir(root)
    strategy = info.delete_revisions(
        *[r.commit_hash for repo in info.repos
          if repo.repo_id == "me/linked" for r in repo.revisions])
    assert strategy.expected_freed_size == 14
    strategy.execute()
    assert not payload.exists()
    same_scan(root)

    other = "cd" + "8" * 62
    blob = root / "models--me--m.x" / "blobs" / ("f" * 64)
    blob.write_bytes(b"theirs")
    _shared_blobs.publish_blob_to_shared_store(
        xet_hash=other, blob_path=blob, cache_dir=root, expected_size=6)
    assert blob.is_symlink()
    os.symlink(f"../../blobs/{'f' * 64}",
               root / "models--me--m.x" / "snapshots" / ONE / "shared")
    _, scan = same_scan(root)
    assert scan["unreferenced"] == 0
    shutil.copytree(root, str(root) + "-b", symlinks=True)
    shutil.rmtree(Path(str(root) + "-b") / "models--me--m.x")
    _, scan = same_scan(Path(str(root) + "-b"))
    assert scan["unreferenced"] == 1
    assert tool("prune", str(root) + "-b")["freed"] == 6
    _, scan = same_scan(Path(str(root) + "-b"))
    assert scan["size"] == 0


def check_removal(root):
    """The same revisions go, with the same figures, on equal copies."""
    copy = Path(str(root) + "-copy")
    shutil.copytree(root, copy, symlinks=True)
    info = scan_cache_dir(root)
    strategy = info.delete_revisions(TWO)
    freed = tool("remove", copy, TWO)
    assert freed["planned"] == strategy.expected_freed_size == 9, freed
    assert freed["freed"] == 9
    strategy.execute()
    assert python_scan(root)[1] == python_scan(copy)[1]
    same_scan(copy)
    # A prune of ours leaves nothing that Python would complain of.
    tool("prune", copy)
    _, scan = same_scan(copy)
    assert scan["incomplete"] == 0


def check_local_dir(folder):
    tool("local", folder)
    metadata = _local_folder.read_download_metadata(folder, "sub/config.json")
    assert metadata is not None and metadata.commit_hash == ONE
    assert metadata.etag == "0967ef424bce6791893e9a57bb952f80fd536e93"
    (folder / "b.txt").write_text("b")
    _local_folder.write_download_metadata(folder, "b.txt", TWO, "abc")
    ours = tool("metadata", folder, "b.txt")
    assert ours["commit"] == TWO and ours["etag"] == "abc"
    assert abs(ours["time"] - os.path.getmtime(folder / "b.txt")) < 60
    paths = _local_folder.get_local_download_paths(folder, "sub/config.json")
    assert paths.metadata_path.exists()


def check_their_cache(folder):
    """Python fills a cache from an embedded hub; we read it."""
    root, cache = folder / "hub", folder / "cache"
    hub = Hub(args.serve, str(root))
    token = hub.token("alice", "write")
    endpoint = hub.start()
    try:
        script = """
from huggingface_hub import HfApi, snapshot_download, hf_hub_download
api = HfApi()
for kind, name in (("model", "alice/m"), ("dataset", "alice/d")):
    api.create_repo(name, repo_type=kind)
    for path, data in (("config.json", b"{}"), ("a/b/c.txt", b"text"),
                       ("big.safetensors", b"x" * 3000000)):
        api.upload_file(path_or_fileobj=data, path_in_repo=path,
                        repo_id=name, repo_type=kind)
    snapshot_download(name, repo_type=kind)
    api.upload_file(path_or_fileobj=b"{2}", path_in_repo="config.json",
                    repo_id=name, repo_type=kind)
    snapshot_download(name, repo_type=kind)
try:
    hf_hub_download("alice/m", "absent.txt")
except Exception as error:
    print(type(error).__name__)
"""
        env = client_environment(endpoint, token, str(folder / "home"))
        env["HF_HUB_CACHE"] = str(cache)
        subprocess.run([sys.executable, "-c", script], env=env, check=True,
                       stdout=subprocess.DEVNULL)
    finally:
        hub.stop()
    _, scan = same_scan(cache)
    model = scan["repos"]["models--alice--m"]
    assert len(model["revisions"]) == 2
    assert model["size"] >= 3000000 + 2 + 3 + 4
    assert tool("check", cache) == []
    found = tool("find", cache, "alice/m", "main", "a/b/c.txt")
    assert found["state"] == 1 and Path(found["path"]).read_text() == "text"
    assert tool("find", cache, "alice/m", "main", "absent.txt")["state"] == 2
    assert tool("find", cache, "alice/m", "main", "other.txt")["state"] == 0
    before = scan["size"]
    freed = tool("prune", cache)
    _, scan = same_scan(cache)
    assert before - scan["size"] == freed["freed"] == 4
    assert all(len(r["revisions"]) == 1 for r in scan["repos"].values())


with tempfile.TemporaryDirectory() as temp:
    temp = Path(os.path.realpath(temp))
    check_our_cache(temp / "ours")
    check_shared_store(temp / "ours")
    check_removal(temp / "ours")
    check_local_dir(temp / "local")
    if args.serve:
        (temp / "theirs").mkdir()
        check_their_cache(temp / "theirs")
print("the layouts agree")

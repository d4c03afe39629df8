"""The embedded hub against huggingface_hub and its command `hf`."""
import argparse
import hashlib
import io
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers
from hub_process import Hub, client_environment

PACKAGES = ["huggingface_hub==2.4.0"]
MIB = 1 << 20

parser = argparse.ArgumentParser()
parser.add_argument("--serve", required=True)
parser.add_argument("--peers", required=True)
args = parser.parse_args()
peers.run_again_with(args.peers, "hub-python", PACKAGES)


def blob(size, seed):
    return random.Random(seed).randbytes(size)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def check_names_and_account(api):
    who = api.whoami()
    assert who["name"] == "alice" and who["type"] == "user"
    assert who["auth"]["accessToken"]["role"] == "write"


def check_small_files(api, errors):
    url = api.create_repo("small")
    assert url.repo_id == "alice/small"
    again = api.create_repo("small", exist_ok=True)
    assert again.repo_id == "alice/small"
    error = raises(errors.HfHubHTTPError, lambda: api.create_repo("small"))
    assert error.response.status_code == 409
    card = b"---\nlicense: mit\ntags:\n- tiny\npipeline_tag: text-generation\n---\n# x\n"
    done = api.upload_file(path_or_fileobj=card, path_in_repo="README.md",
                           repo_id="alice/small")
    assert done.commit_url.endswith(done.oid)
    api.upload_file(path_or_fileobj=b"", path_in_repo="empty.bin",
                    repo_id="alice/small")
    strange = "sub dir/to?/a%b #ü.txt"
    api.upload_file(path_or_fileobj=b"odd", path_in_repo=strange,
                    repo_id="alice/small")
    info = api.model_info("alice/small", files_metadata=True)
    assert "license:mit" in info.tags and "tiny" in info.tags
    assert info.pipeline_tag == "text-generation"
    assert info.card_data.license == "mit"
    sizes = {s.rfilename: s.size for s in info.siblings}
    assert sizes["README.md"] == len(card) and sizes[strange] == 3
    path = api.hf_hub_download("alice/small", strange)
    assert open(path, "rb").read() == b"odd"
    assert os.path.getsize(api.hf_hub_download("alice/small", "empty.bin")) == 0
    raises(errors.EntryNotFoundError,
           lambda: api.hf_hub_download("alice/small", "absent"))
    raises(errors.RevisionNotFoundError,
           lambda: api.model_info("alice/small", revision="absent"))
    raises(errors.RepositoryNotFoundError,
           lambda: api.model_info("alice/absent"))
    assert api.repo_exists("alice/small") and not api.repo_exists("alice/no")
    assert api.file_exists("alice/small", "README.md")
    same = api.upload_file(path_or_fileobj=card, path_in_repo="README.md",
                           repo_id="alice/small")
    assert same.oid == api.model_info("alice/small").sha, "not a no-op"


def check_large_files(api, name, size):
    api.create_repo(name, repo_type="dataset")
    content = blob(size, name)
    api.upload_file(path_or_fileobj=io.BytesIO(content),
                    path_in_repo="data/big.bin", repo_id=f"alice/{name}",
                    repo_type="dataset")
    entry = api.get_paths_info(f"alice/{name}", ["data/big.bin"],
                               repo_type="dataset", expand=True)[0]
    assert entry.lfs.sha256 == hashlib.sha256(content).hexdigest()
    assert entry.lfs.size == entry.size == size
    assert entry.lfs.pointer_size == 125 + len(str(size))
    assert entry.last_commit.oid == api.dataset_info(f"alice/{name}").sha
    path = api.hf_hub_download(f"alice/{name}", "data/big.bin",
                               repo_type="dataset")
    assert open(path, "rb").read() == content


def check_folders(api, work):
    files = {f"part{i % 7}/file{i}.txt": b"%d\n" % i for i in range(120)}
    files["weights.gguf"] = blob(11 * MIB, 3)
    files["skipped.tmp"] = b"x"
    files[".gitignore"] = b"*.tmp\n"
    for path, content in files.items():
        write(f"{work}/folder/{path}", content)
    api.create_repo("folder")
    api.upload_folder(folder_path=f"{work}/folder", repo_id="alice/folder",
                      commit_message="All of it")
    listed = {e.path: e for e in
              api.list_repo_tree("alice/folder", recursive=True)}
    assert "skipped.tmp" not in listed
    assert listed["weights.gguf"].lfs is not None, "by size, without a rule"
    attributes = open(api.hf_hub_download("alice/folder", ".gitattributes"))
    assert "weights.gguf filter=lfs" in attributes.read()
    top = [e.path for e in api.list_repo_tree("alice/folder")]
    assert "part0" in top and "part0/file0.txt" not in top
    below = [e.path for e in api.list_repo_tree("alice/folder", "part0")]
    assert below and all(p.startswith("part0/") for p in below)
    home = api.snapshot_download("alice/folder")
    for path, content in files.items():
        if path != "skipped.tmp":
            assert open(f"{home}/{path}", "rb").read() == content, path
    api.upload_folder(folder_path=f"{work}/folder", repo_id="alice/folder",
                      path_in_repo="copy", allow_patterns="part1/*",
                      delete_patterns="*.none")
    api.delete_file("part0/file0.txt", "alice/folder")
    api.delete_folder("part1", "alice/folder")
    names = set(api.list_repo_files("alice/folder"))
    assert "part0/file0.txt" not in names
    assert not any(n.startswith("part1/") for n in names)
    assert any(n.startswith("copy/part1/") for n in names)
    assert len(api.list_repo_commits("alice/folder")) == 5


def check_commits(api, hub, errors):
    api.create_repo("commits")
    base = api.model_info("alice/commits").sha
    big = blob(11 * MIB, 9)
    first = api.create_commit(
        "alice/commits", commit_message="One", parent_commit=base,
        operations=[hub.CommitOperationAdd("a/one.txt", b"1"),
                    hub.CommitOperationAdd("big.safetensors", big)])
    error = raises(errors.HfHubHTTPError, lambda: api.create_commit(
        "alice/commits", commit_message="Late", parent_commit=base,
        operations=[hub.CommitOperationAdd("b", b"2")]))
    assert error.response.status_code == 412
    api.create_commit(
        "alice/commits", commit_message="Two", commit_description="More.",
        parent_commit=first.oid[:10],
        operations=[hub.CommitOperationCopy("big.safetensors", "copy.safetensors"),
                    hub.CommitOperationCopy("a/one.txt", "b/one.txt"),
                    hub.CommitOperationDelete("a/one.txt")])
    names = api.list_repo_files("alice/commits")
    assert "copy.safetensors" in names and "b/one.txt" in names
    assert "a/one.txt" not in names
    raises(errors.EntryNotFoundError, lambda: api.create_commit(
        "alice/commits", commit_message="No",
        operations=[hub.CommitOperationDelete("absent")]))
    pull = api.create_commit(
        "alice/commits", commit_message="Asked", create_pr=True,
        operations=[hub.CommitOperationAdd("pr.txt", b"pr")])
    assert pull.pr_revision == "refs/pr/1" and pull.pr_num == 1
    assert "pr.txt" in api.list_repo_files("alice/commits", revision="refs/pr/1")
    assert "pr.txt" not in api.list_repo_files("alice/commits")
    details = api.get_discussion_details("alice/commits", 1)
    assert details.is_pull_request and details.status == "open"
    api.merge_pull_request("alice/commits", 1)
    assert "pr.txt" in api.list_repo_files("alice/commits")
    history = api.list_repo_commits("alice/commits")
    assert [c.title for c in history] == ["Asked", "Two", "One",
                                          "initial commit"]
    assert history[1].message == "More." and history[0].authors == ["alice"]
    api.super_squash_history("alice/commits")
    assert len(api.list_repo_commits("alice/commits")) == 1


def check_refs(api, errors):
    api.create_branch("alice/commits", branch="side/way")
    raises(errors.HfHubHTTPError,
           lambda: api.create_branch("alice/commits", branch="side/way"))
    api.create_branch("alice/commits", branch="side/way", exist_ok=True)
    api.upload_file(path_or_fileobj=b"s", path_in_repo="side.txt",
                    repo_id="alice/commits", revision="side/way")
    assert "side.txt" not in api.list_repo_files("alice/commits")
    path = api.hf_hub_download("alice/commits", "side.txt",
                               revision="side/way")
    assert open(path).read() == "s"
    api.create_tag("alice/commits", tag="v1", revision="side/way",
                   tag_message="First")
    refs = api.list_repo_refs("alice/commits", include_pull_requests=True)
    assert [b.name for b in refs.branches] == ["main", "side/way"]
    assert [t.name for t in refs.tags] == ["v1"]
    assert [p.ref for p in refs.pull_requests] == ["refs/pr/1"]
    assert api.model_info("alice/commits", revision="v1").sha == \
        refs.branches[1].target_commit
    api.delete_branch("alice/commits", branch="side/way")
    api.delete_tag("alice/commits", tag="v1")
    refs = api.list_repo_refs("alice/commits")
    assert len(refs.branches) == 1 and not refs.tags


def check_lists(api):
    for i in range(5):
        api.create_repo(f"list-{i}")
    names = [m.id for m in api.list_models(author="alice", search="list-")]
    assert len(names) == 5
    assert len(list(api.list_models(author="alice", limit=2))) == 2
    assert [m.id for m in api.list_models(filter="tiny")] == ["alice/small"]
    assert [d.id for d in api.list_datasets(search="basic")] == ["alice/basic"]
    assert list(api.list_models(author="nobody")) == []
    created = [m.id for m in api.list_models(search="list-", sort="created_at")]
    assert created == sorted(names, reverse=True)
    api.create_repo("room", repo_type="space", space_sdk="static")
    assert [s.id for s in api.list_spaces(author="alice")] == ["alice/room"]


def check_rights(api, hub_module, endpoint, tokens, errors):
    api.create_repo("secret", private=True)
    api.upload_file(path_or_fileobj=b"s", path_in_repo="s.txt",
                    repo_id="alice/secret")
    url = hub_module.hf_hub_url("alice/secret", "s.txt", endpoint=endpoint)
    others = [hub_module.HfApi(endpoint, token=t)
              for t in (tokens["bob"], False)]
    for other in others:
        raises(errors.RepositoryNotFoundError,
               lambda: other.model_info("alice/secret"))
        raises(errors.RepositoryNotFoundError,
               lambda: other.get_hf_file_metadata(url=url))
        assert not [m for m in other.list_models() if "secret" in m.id]
    error = raises(errors.HfHubHTTPError, lambda: others[0].upload_file(
        path_or_fileobj=b"x", path_in_repo="x", repo_id="alice/small"))
    assert error.response.status_code == 403
    reader = hub_module.HfApi(endpoint, token=tokens["reader"])
    assert reader.model_info("alice/secret").private
    error = raises(errors.HfHubHTTPError, lambda: reader.upload_file(
        path_or_fileobj=b"x", path_in_repo="x", repo_id="alice/secret"))
    assert error.response.status_code == 403
    error = raises(errors.HfHubHTTPError, lambda: hub_module.HfApi(
        endpoint, token="hf_" + "x" * 34).whoami())
    assert error.response.status_code == 401
    api.update_repo_settings("alice/secret", visibility="public")
    assert not others[1].model_info("alice/secret").private
    api.update_repo_settings("alice/secret", gated="manual")
    raises(errors.GatedRepoError,
           lambda: others[0].get_hf_file_metadata(url=url))
    assert api.get_hf_file_metadata(url=url).size == 1


def check_moves(api, errors):
    api.move_repo("alice/list-0", "alice/moved")
    assert api.model_info("alice/moved").id == "alice/moved"
    assert api.model_info("alice/list-0").id == "alice/moved", "no redirect"
    path = api.hf_hub_download("alice/list-0", ".gitattributes")
    assert os.path.getsize(path) == 1519
    api.delete_repo("alice/moved")
    raises(errors.RepositoryNotFoundError,
           lambda: api.model_info("alice/moved"))
    raises(errors.RepositoryNotFoundError,
           lambda: api.delete_repo("alice/moved"))
    api.delete_repo("alice/moved", missing_ok=True)


def check_command(env, work):
    hf = os.path.join(os.path.dirname(sys.executable), "hf")

    def run(*words):
        done = subprocess.run([hf, *words], env=env, capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    assert "alice" in run("auth", "whoami")
    write(f"{work}/cli/a.txt", b"a")
    write(f"{work}/cli/big.bin", blob(12 * MIB, 4))
    run("upload", "alice/cli", f"{work}/cli", ".", "--type", "dataset")
    run("download", "alice/cli", "--type", "dataset", "--local-dir",
        f"{work}/down")
    for name in ("a.txt", "big.bin"):
        assert open(f"{work}/down/{name}", "rb").read() == \
            open(f"{work}/cli/{name}", "rb").read()


def main():
    import huggingface_hub
    from huggingface_hub import errors

    work = os.environ["HUG_WORK"]
    endpoint = os.environ["HF_ENDPOINT"]
    tokens = {"bob": os.environ["HUG_BOB"],
              "reader": os.environ["HUG_READER"]}
    api = huggingface_hub.HfApi()
    check_names_and_account(api)
    check_small_files(api, errors)
    check_large_files(api, "basic", 12 * MIB + 5)
    check_large_files(api, "parts", 40 * MIB + 1)
    check_folders(api, work)
    check_commits(api, huggingface_hub, errors)
    check_refs(api, errors)
    check_lists(api)
    check_rights(api, huggingface_hub, endpoint, tokens, errors)
    check_moves(api, errors)
    check_command(dict(os.environ), work)


if "HUG_WORK" in os.environ:
    main()
    sys.exit(0)

with tempfile.TemporaryDirectory() as temp:
    # Above 16 MiB uploads go in parts of 5 MB.
    hub = Hub(args.serve, f"{temp}/hub", "--multipart", str(16 * MIB),
              "--part", "5000000")
    alice = hub.token("alice", "write")
    extra = {"HUG_BOB": hub.token("bob", "write"),
             "HUG_READER": hub.token("alice", "read"),
             "HUG_WORK": f"{temp}/work", "HUG_PEER": "hub-python"}
    env = client_environment(hub.start(), alice, f"{temp}/home")
    try:
        done = subprocess.run([sys.executable, *sys.argv],
                              env={**env, **extra}, timeout=240)
    finally:
        hub.stop()
    assert done.returncode == 0
    status, text = hub.fsck()
    assert status == 0, text
    for repo in os.listdir(f"{temp}/hub/repos"):
        subprocess.run(["git", "-C", f"{temp}/hub/repos/{repo}", "fsck",
                        "--full", "--strict"], check=True)
    print("ok")

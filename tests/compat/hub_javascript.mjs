// The embedded hub against @huggingface/hub: run by hub_javascript.py.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hub from "@huggingface/hub";

const hubUrl = process.env.HF_ENDPOINT;
const accessToken = process.env.HF_TOKEN;
const common = { hubUrl, accessToken };
const MIB = 1 << 20;

function bytes(size, seed) {
  const out = new Uint8Array(size);
  let x = seed >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    x ^= x << 13; x ^= x >>> 17; x ^= x << 5;
    out[i] = x;
  }
  return out;
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

async function all(iterator) {
  const out = [];
  for await (const item of iterator) out.push(item);
  return out;
}

async function content(repo, path, revision) {
  const file = await hub.downloadFile({ repo, path, revision, ...common });
  return file && new Uint8Array(await file.arrayBuffer());
}

const repo = { type: "model", name: "alice/js" };
const who = await hub.whoAmI(common);
assert.equal(who.name, "alice");

const made = await hub.createRepo({ repo, license: "mit", ...common });
assert.ok(made.repoUrl.endsWith("/alice/js"));
assert.ok(await hub.repoExists({ repo, ...common }));
assert.ok(!(await hub.repoExists({
  repo: { type: "model", name: "alice/none" }, ...common })));

// Regular, LFS in one piece, LFS in parts.
const whole = bytes(11 * MIB, 1);
const parts = bytes(23 * MIB + 7, 2);
const sent = await hub.uploadFiles({
  repo, commitTitle: "Three files", ...common,
  files: [
    { path: "dir/a b#.txt", content: new Blob(["hello"]) },
    { path: "whole.bin", content: new Blob([whole]) },
    { path: "parts.bin", content: new Blob([parts]) },
  ],
});
assert.match(sent.commit.oid, /^[0-9a-f]{40}$/);
assert.equal(sha256(await content(repo, "whole.bin")), sha256(whole));
assert.equal(sha256(await content(repo, "parts.bin")), sha256(parts));
assert.equal(await content(repo, "absent"), null);

const files = await all(hub.listFiles({ repo, recursive: true, ...common }));
const byPath = new Map(files.map((f) => [f.path, f]));
assert.equal(byPath.get("parts.bin").lfs.oid, sha256(parts));
assert.equal(byPath.get("dir").type, "directory");
assert.ok(await hub.fileExists({ repo, path: "README.md", ...common }));
assert.ok(!(await hub.fileExists({ repo, path: "no.md", ...common })));
const info = await hub.fileDownloadInfo({ repo, path: "whole.bin", ...common });
assert.equal(info.size, whole.length);
const paths = await hub.pathsInfo({
  repo, paths: ["whole.bin", "none"], expand: true, ...common });
assert.equal(paths.length, 1);
assert.equal(paths[0].lastCommit.id, sent.commit.oid);

const model = await hub.modelInfo({ name: repo.name, ...common,
  additionalFields: ["sha", "tags", "cardData"] });
assert.equal(model.name, repo.name);
assert.equal(model.sha, sent.commit.oid);
assert.equal(model.cardData.license, "mit");

// One commit that adds, edits and deletes; a stale parent is refused.
await hub.commit({
  repo, title: "Change", parentCommit: sent.commit.oid, ...common,
  operations: [
    { operation: "addOrUpdate", path: "new.txt", content: new Blob(["n"]) },
    { operation: "delete", path: "whole.bin" },
  ],
});
await assert.rejects(hub.commit({
  repo, title: "Late", parentCommit: sent.commit.oid, ...common,
  operations: [{ operation: "delete", path: "new.txt" }],
}));
assert.equal(await content(repo, "whole.bin"), null);
assert.equal(Buffer.from(await content(repo, "whole.bin", sent.commit.oid))
  .compare(Buffer.from(whole)), 0);
await hub.deleteFile({ repo, path: "new.txt", ...common });
await hub.deleteFiles({ repo, paths: ["dir/a b#.txt"], ...common });
const commits = await all(hub.listCommits({ repo, ...common, batchSize: 2 }));
assert.equal(commits.length, 5);
assert.equal(commits[4].title, "initial commit");

if (hub.createBranch) {
  await hub.createBranch({ repo, branch: "side", ...common });
  await hub.uploadFile({ repo, branch: "side", ...common,
    file: { path: "s.txt", content: new Blob(["s"]) } });
  assert.equal(new TextDecoder().decode(await content(repo, "s.txt", "side")),
    "s");
  assert.equal(await content(repo, "s.txt"), null);
  await hub.deleteBranch({ repo, branch: "side", ...common });
}

const asked = await hub.uploadFile({ repo, isPullRequest: true, ...common,
  file: { path: "pr.txt", content: new Blob(["pr"]) } });
assert.ok(asked.pullRequestUrl.endsWith("/discussions/1"));
assert.equal(new TextDecoder().decode(
  await content(repo, "pr.txt", "refs/pr/1")), "pr");

const cacheDir = await mkdtemp(join(tmpdir(), "hug-js-"));
const home = await hub.snapshotDownload({ repo, cacheDir, ...common });
assert.equal(sha256(await readFile(join(home, "parts.bin"))), sha256(parts));

const listed = await all(hub.listModels({ search: { owner: "alice" },
  ...common }));
assert.deepEqual(listed.map((m) => m.name), ["alice/js"]);
await assert.rejects(hub.createRepo({ repo, ...common }));
await hub.deleteRepo({ repo, ...common });
assert.ok(!(await hub.repoExists({ repo, ...common })));
console.log("ok");

# What is kept on this machine: list, check, mend, remove.
$ mkdir m && echo '{"a": 1}' > m/config.json && head -c 300000 /dev/zero > m/w.safetensors
$ hug upload acme/tiny m -q > /dev/null && hug download acme/tiny -q > where
$ hug cache ls -q
model/acme/tiny
$ hug cache ls
ID                SIZE LAST_ACCESSED     LAST_MODIFIED     REFS
--------------- ------ ----------------- ----------------- ----
model/acme/tiny 301.5K a few seconds ago a few seconds ago main

Found 1 repo(s) for a total of 1 revision(s) and 301.5K on disk.
$ hug cache ls --filter "size>1MB"
No results found.
$ hug cache ls --filter "size>>"
?2
! invalid filter
$ hug cache verify
✓ Verified 3 file(s) in the cache. All checksums match.
  checked: 3
  bytes: 301528
$ blob=$(readlink -f "$(cat where)/config.json"); chmod u+w "$blob"; echo '{"a": 2}' > "$blob"; hug cache verify -q > /dev/null
?6
! errors in the cache
$ hug cache rm model/acme/tiny --dry-run
About to delete 1 repo(s) totalling [[\S+]].
  - model/acme/tiny (entire repo)
✓ Dry run: no files were deleted.
  dry_run: True
  repos: 1
  revisions: 1
  size: [[\S+]]
$ hug cache rm model/acme/none
Nothing to delete.
! Could not find in cache
$ hug cache rm model/acme/tiny --yes -q
1
$ hug cache prune
No unreferenced revisions, incomplete downloads or shared blobs found. Nothing to prune.

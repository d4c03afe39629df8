# The main job on the hub in a directory: create, upload, list, download, keep.
$ hug repos create acme/tiny --json > made; python3 -c 'import json; print(json.load(open("made"))["repo_id"])'
acme/tiny
$ hug repos create acme/tiny
?8
! error:
$ hug repos create acme/tiny --exist-ok -q
acme/tiny
$ mkdir m && echo '{"a": 1}' > m/config.json && head -c 300000 /dev/zero > m/w.safetensors
$ hug upload acme/tiny m --commit-message First -q
[[hf://models/acme/tiny@[0-9a-f]{40}]]
$ hug models ls acme/tiny -q
.gitattributes
config.json
w.safetensors
$ hug models ls acme/tiny
        1519  [[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d]]  .gitattributes
           9  [[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d]]  config.json
      300000  [[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d]]  w.safetensors
$ hug models ls acme/tiny --tree -h
  1.5 KB  [[\w+ \d+ \d\d:\d\d]]  ├── .gitattributes
     9 B  [[\w+ \d+ \d\d:\d\d]]  ├── config.json
300.0 KB  [[\w+ \d+ \d\d:\d\d]]  └── w.safetensors
$ hug models ls acme/tiny --search x
?2
! '--search' cannot be used when listing files
$ hug models ls --tree
?2
! '--tree' cannot be used when listing models
$ hug download acme/tiny --dry-run
[dry-run] Will download 3 files (out of 3) totalling 301.5K.
FILE           SIZE  
-------------- ------
.gitattributes 1.5K  
config.json    9.0   
w.safetensors  300.0K
$ hug download acme/tiny -q > where; cat "$(cat where)/config.json"
{"a": 1}
$ cmp m/w.safetensors "$(cat where)/w.safetensors"
# A second time nothing is fetched, and a commit needs no request at all.
$ hug download acme/tiny --dry-run | head -1
[dry-run] Will download 0 files (out of 3) totalling 0.0.
$ HF_HUB_OFFLINE=1 hug download acme/tiny config.json -q
[[\$HOME/.cache/huggingface/hub/models--acme--tiny/snapshots/[0-9a-f]{40}/config.json]]
$ HF_HUB_OFFLINE=1 hug download acme/other config.json
?11
! error:
$ hug download acme/tiny absent.bin
?3
! absent.bin
$ hug download acme/none
?3
! error:
$ hug download acme/tiny config.json --local-dir here -q && cat here/config.json
[[\S*here/config.json]]
{"a": 1}
$ hug cp hf://acme/tiny/config.json -
{"a": 1}
$ echo hello | hug cp - hf://acme/tiny/hello.txt --json
{"src": "stdin", "dst": "hf://models/acme/tiny/hello.txt"}
$ hug cp hf://acme/tiny/hello.txt . -q && cat hello.txt
hf://acme/tiny/hello.txt
hello
$ hug cp a b
?2
! error:
# Branches, tags, settings.
$ hug repos branch create acme/tiny dev
✓ Branch created
  branch: dev
  repo_type: model
  repo_id: acme/tiny
$ hug repos tag create acme/tiny v1 -m One --json
{"tag": "v1", "repo_type": "model", "repo_id": "acme/tiny"}
$ hug repos tag create acme/tiny v1
?8
! v1
$ hug repos tag ls acme/tiny -q
v1
$ hug repos tag delete acme/tiny v1 -q
?1
! --yes
$ hug repos tag delete acme/tiny v1 --yes -q
v1
$ hug repos tag ls acme/tiny
No results found.
$ hug repos branch delete acme/tiny dev -q
dev
$ hug repos settings acme/tiny --private -q
acme/tiny
$ hug repos settings acme/tiny
?2
! error:
$ hug models info acme/tiny --expand private --json
{"id": "acme/tiny", "private": true}
$ hug repos delete-files acme/tiny hello.txt -q
acme/tiny
$ hug repos move acme/tiny acme/small -q
acme/tiny
$ hug models ls -q
acme/small
$ hug repos delete acme/small
You are about to permanently delete model 'acme/small'. Proceed? [y/N]: 
?1
$ hug repos delete acme/small --yes
✓ Repo deleted
  repo_id: acme/small
$ hug repos delete acme/small --yes
?3
! error:
$ hug repos delete acme/small --yes --missing-ok -q
acme/small

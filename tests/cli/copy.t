# Files from repository to repository; uploading again and again; what a shell
# is told when the tab key is pressed.
$ mkdir -p m/sub && echo '{"a": 1}' > m/config.json && echo s > m/sub/s.txt && head -c 300000 /dev/zero > m/w.safetensors
$ hug upload acme/from m -q > /dev/null && hug repos create acme/to -q
acme/to
$ hug cp hf://acme/from/w.safetensors hf://acme/to/v.safetensors --json
{"src": "hf://acme/from/w.safetensors", "dst": "hf://models/acme/to/v.safetensors"}
$ hug cp hf://acme/from hf://acme/to/all/ -q
hf://acme/from
$ hug cp hf://acme/from/sub hf://acme/to -q
hf://acme/from/sub
$ hug cp hf://acme/from/none hf://acme/to -q
?3
! no files at 'none'
$ hug download acme/to --local-dir got -q > /dev/null; cd got; find . -type f ! -path './.cache/*' | sort; cmp v.safetensors ../m/w.safetensors && cmp all/w.safetensors ../m/w.safetensors && cat sub/s.txt
./.gitattributes
./all/.gitattributes
./all/config.json
./all/sub/s.txt
./all/w.safetensors
./sub/s.txt
./v.safetensors
s
# The last round comes after the signal.
$ mkdir ev; echo a > ev/a.txt; hug upload acme/ev ev --every 60 > log 2>&1 & pid=$!; while ! grep -q committed log; do sleep 0.05; done; echo b > ev/b.txt; kill -TERM $pid; wait $pid; hug download acme/ev --local-dir back -q > /dev/null; cat back/a.txt back/b.txt
a
b
$ hug upload acme/ev ev -q > /dev/null; hug download acme/ev -q > /dev/null
$ hug repos tag create acme/ev v7 -q; hug __complete -- download acme/ev --revision v; hug __complete -- download acme/ev --revision=v; hug __complete -- cache rm model/acme/e; hug __complete -- download acme/e
v7
v7
--revision=v7
model/acme/ev
acme/ev
$ hug __complete -- run nothing-has-this-name
:files

# A hub of one's own, served: users, tokens, rights, signing in.
$ hug hub user add alice --dir $HUB
✓ User added
  name: alice
$ hug hub user add alice --dir $HUB
?8
! alice
$ hug hub token create alice --role read --dir $HUB -q > reader; hug hub token create alice --dir $HUB -q > writer; wc -l < reader
[[ *1]]
$ hug hub token list --dir $HUB --json | python3 -c 'import json,sys; print([t["role"] for t in json.load(sys.stdin)])'
['read', 'write']
$ unset HF_ENDPOINT; hug hub serve --dir $HUB --port 0 > url & pid=$!; while [ ! -s url ]; do sleep 0.05; done; export HF_ENDPOINT=$(cat url)
> hug auth whoami; echo $?
> HF_TOKEN=$(cat reader) hug auth whoami -q
> HF_TOKEN=$(cat reader) hug repos create alice/a -q; echo $?
> HF_TOKEN=$(cat writer) hug repos create alice/a --private -q
> hug models info alice/a; echo $?
> hug auth login --token "$(cat writer)"; hug auth whoami -q; hug auth list -q | wc -l
> hug models info alice/a -q
> hug auth token -q | cmp - writer
> hug auth logout; hug auth whoami; echo $?
> hug auth login --token not-a-token; echo $?
> kill -TERM $pid; wait $pid; echo $?
4
alice
4
alice/a
[[3|4]]
alice
[[ *1]]
alice/a
4
4
0
! Login successful.
! Successfully logged out
! not signed in
$ hug hub fsck --dir $HUB --json
{"repos": 1, [[.*]]}
$ hug hub gc --dir $HUB --dry-run -q
0
$ hug hub fsck --dir $HOME/nowhere
?3
! error:

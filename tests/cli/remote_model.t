# A large model on a hub is told from little: here 150 files whose index alone
# is longer than what may be read.
$ cat > make.py <<'END'
> import json, os, struct
> os.makedirs("m")
> weights, total = {}, 0
> for i in range(1, 151):
>     file = f"model-{i:05d}-of-00150.safetensors"
>     tensors, at = {}, 0
>     for k in range(90):
>         name = f"model.layers.{i}.mlp.experts.{k}.some_rather_long_projection.weight"
>         tensors[name] = {"dtype": "BF16", "shape": [2, 3], "data_offsets": [at, at + 12]}
>         weights[name] = file
>         at += 12
>     head = json.dumps(tensors).encode()
>     open("m/" + file, "wb").write(struct.pack("<Q", len(head)) + head + bytes(at))
>     total += at
> json.dump({"metadata": {"total_size": total}, "weight_map": weights}, open("m/model.safetensors.index.json", "w"))
> json.dump({"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 150, "hidden_size": 3}, open("m/config.json", "w"))
> END
> python3 make.py
$ hug repos create acme/large -q && hug upload acme/large m -q > where
acme/large
$ hug inspect acme/large | sed 's/[0-9.]* kB of it/N kB of it/'
acme/large  safetensors, LlamaForCausalLM, 81.0 k parameters, [[.*]] MB  (read N kB of it)
  layers 150 · embd 3
  weights  BF16 100 %   [[.*]] bits a weight
  tokens   none  template: no
  checks   [[\d+]] tensors of [[\d]] files in bounds
  unread   14[[\d]] of 150 headers, about [[.*]] MB; --tensors reads them
$ hug inspect acme/large --json > some.json; python3 -c 'import json; d = json.load(open("some.json")); print(d["bytes_fetched"] <= 100000, d["parameters"], [(t["dtype"], t["parameters"]) for t in d["dtypes"]], len(d["files"]), len(d["unread"]) + len(d["tensors"]) // 90)'
True 81000 [('BF16', 81000)] 150 150
# With --tensors all of them are read, and no more than their headers.
$ hug inspect acme/large --tensors --json > all.json; python3 -c 'import json, os; d = json.load(open("all.json")); s = json.load(open("some.json")); n = d["bytes_fetched"]; print(len(d["tensors"]), d["unread"], d["parameters"], n > 1500000, abs(s["unread_bytes"] - n) < 0.5 * n)'
13500 [] 81000 True True
$ hug inspect acme/large --tensors -q | wc -l | tr -d ' '
13500
# Another hub may not count: then it is an estimate.
$ hug inspect m --json > local.json; python3 -c 'import json; a, b = json.load(open("local.json")), json.load(open("all.json")); print(a["parameters"] == b["parameters"], a["tensors"] == b["tensors"])'
True True

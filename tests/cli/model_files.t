# Looking into models: what they are, what fits, what they would run.
$ hug convert $DATA/tiny-llama -o t.gguf --type f16 -q > /dev/null
$ hug inspect t.gguf
t.gguf  gguf v3, llama, 2.9 M parameters, 5.8 MB
  layers 4 · embd 256 · heads 4/2 · ffn 512 · vocab 2048 · context 512 · rope 10000
  weights  f16 100 %  f32 <1 %   16.01 bits a weight
  parts    feed-forward 1.6 M  attention 786.4 k  embedding 524.3 k  norm 2.3 k 
  tokens   llama, pre default, 2048, bos <s>, eos </s>  template: yes 6a8a867ef0e5
  checks   all 38 tensors in bounds, shapes as the architecture wants
$ hug inspect t.gguf --json > i.json; python3 -c 'import json; d = json.load(open("i.json")); print(d["format"], d["architecture"], d["parameters"], d["metadata"]["llama.block_count"], len(d["tensors"]), d["tensors"][0])'
gguf llama 2885888 4 38 {'name': 'token_embd.weight', 'shape': [256, 2048], 'dtype': 'f16', 'bytes': 1048576, 'file': 't.gguf'}
$ hug inspect $DATA/tiny-llama --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["format"], d["architecture"], d["parameters"], d["metadata"]["hidden_size"], d["dtypes"][0]["dtype"])'
safetensors LlamaForCausalLM 2885888 256 BF16
$ hug inspect $DATA/tiny-llama/model.safetensors | head -1 | cut -d ' ' -f 3-
safetensors, 2.9 M parameters, 5.8 MB
$ hug inspect t.gguf --tensors --quiet | head -2
token_embd.weight
blk.0.attn_norm.weight
# A file that was cut off is an error, one with a NaN is found by --check.
$ head -c 3000000 t.gguf > cut.gguf; hug inspect cut.gguf
?6
! but the file has 3000000
$ cp t.gguf nan.gguf; printf '\377\377\377\377' | dd of=nan.gguf bs=1 seek=5700000 conv=notrunc 2> /dev/null; hug inspect nan.gguf --check | tail -1 | cut -c 1-14
  problem  blk
$ echo hello > x.txt; hug inspect x.txt
?10
! is no gguf, safetensors or PyTorch file
# What fit says is what quantize writes, to the byte.
$ hug fit t.gguf --json > f.json; for t in q4_k_m q8_0 q2_k; do hug quantize t.gguf --type $t -o q.gguf -q > /dev/null; python3 -c 'import json, os, sys; print([c["file_bytes"] for c in json.load(open("f.json"))["choices"] if c["type"].lower() == sys.argv[1]] == [os.path.getsize("q.gguf")])' $t; done
True
True
True
$ hug fit $DATA/tiny-llama --json > f.json; for t in f16 q8_0 q4_k_m; do hug convert $DATA/tiny-llama --type $t -o c.gguf -q > /dev/null; python3 -c 'import json, os, sys; print([(c["file_bytes"], c["exact"]) for c in json.load(open("f.json"))["choices"] if c["type"].lower() == sys.argv[1]] == [(os.path.getsize("c.gguf"), True)])' $t; done
True
True
True
$ hug inspect q.gguf --check | tail -1
  checks   all 38 tensors in bounds, shapes as the architecture wants, values finite, recipe Q2_K (matches)
$ hug fit t.gguf --memory 100M --ctx 128 --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["context"], [c["type"] for c in d["choices"] if c["recommended"]])'
128 ['Q8_0']
# Metadata.
$ hug meta get t.gguf general.name -q
Tiny Llama
$ hug meta set t.gguf 'general.name=Teny Llama' --json
{"path": "t.gguf", "keys": 1, "in_place": true, "bytes_written": 1}
$ hug meta set t.gguf general.name=T x.n=7 --json
{"path": "t.gguf", "keys": 2, "in_place": false, "bytes_written": [[\d+]]}
$ hug meta get t.gguf general.name x.n --json
{"general.name": "T", "x.n": 7}
$ hug meta rm t.gguf x.n -q > /dev/null; hug meta get t.gguf x.n
?3
! has no key 'x.n'
$ hug meta set t.gguf llama.block_count=many
?2
! 'many' is no u32
$ hug meta set t.gguf general.alignment=64
?2
! says where the tensors lie
$ hug inspect t.gguf --check | tail -1
  checks   all 38 tensors in bounds, shapes as the architecture wants, values finite, recipe F16 (matches)
# Scanning tells by its exit status.
$ hug scan t.gguf
safe  t.gguf  (gguf, [[.*]])
t.gguf: safe, 1 file
$ python3 -c 'import pickle; open("p.bin", "wb").write(b"\x80\x02cos\nsystem\n(X\x02\0\0\0lstR.")'; hug scan p.bin
dangerous  p.bin  (pickle, [[\d+]] B[[.*]])
  pickle-import  loading it imports os.system  [byte 2]
p.bin: dangerous, 1 file
?2
$ printf 'echo hi\n' | gzip > p.gz; hug scan p.gz --quiet
suspicious
?1
# On a hub: only the headers come.
$ mkdir m && cp $DATA/tiny-llama/*.json $DATA/tiny-llama/model.safetensors m && hug repos create acme/tiny -q && hug upload acme/tiny m -q > /dev/null
acme/tiny
$ hug inspect acme/tiny --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["parameters"], d["bytes_fetched"] < 100000, d["bytes_fetched"] > 1000)'
2885888 True True
$ hug scan acme/tiny -q
safe

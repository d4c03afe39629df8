# Models that cannot be run: why, and what to do instead.
$ hug convert $DATA/tiny-llama -o tiny.gguf --type q8_0 --quiet
tiny.gguf
# Shapes that are not what the keys say. Each is one line, with what to do.
$ cat > lie.sh <<'END'
> cp tiny.gguf lie.gguf; hug meta set lie.gguf "$1" --quiet > meta
> hug run lie.gguf hi --raw < /dev/null > out 2> err
> echo "$? $(wc -l < out | tr -d ' ') $(grep -c '^error: ' err) $(grep -c '^hint: ' err)"
> grep -o "$2" err | head -1
> END
$ sh lie.sh llama.embedding_length=128 "tensor '[a-z_.0-9]*'"
6 0 1 1
tensor [[.*]]
$ sh lie.sh llama.block_count=5 "blk.4[a-z_.]*"
6 0 1 1
blk.4[[.*]]
$ sh lie.sh llama.feed_forward_length=1024 "ffn_[a-z]*.weight"
6 0 1 1
[[ffn_.*]]
$ sh lie.sh llama.attention.head_count=3 "head"
6 0 1 1
head
$ sh lie.sh llama.attention.head_count=4294967295 "head"
12 0 1 1
head
$ sh lie.sh llama.block_count=4294967295 "[0-9]* layers"
12 0 1 1
4294967295 layers
# The same of a checkpoint in its folder.
$ cp -r $DATA/tiny-llama folder; chmod -R u+w folder; for what in hidden_size=128 num_hidden_layers=5 intermediate_size=7 num_attention_heads=3; do python3 -c 'import json, sys; d = json.load(open(sys.argv[1] + "/config.json")); k, v = sys.argv[3].split("="); d[k] = int(v); json.dump(d, open(sys.argv[2] + "/config.json", "w"))' $DATA/tiny-llama folder $what; hug run folder hi --raw < /dev/null 2> err > out; echo "$what $? $(grep -c '^error: ' err) $(grep -c '^hint: ' err)"; done
hidden_size=128 6 1 1
num_hidden_layers=5 6 1 1
intermediate_size=7 6 1 1
num_attention_heads=3 6 1 1
# A file that was cut off before it is loaded.
$ head -c 2000000 tiny.gguf > cut.gguf; hug run cut.gguf hi < /dev/null
?6
! but the file has 2000000
! hint: 
# A prompt longer than the context.
$ yes word | head -600 | hug run tiny.gguf --raw
?2
! tokens and the context only 512
! hint: shorten the prompt
# What this engine does not know is for another one.
$ cp tiny.gguf odd.gguf; hug meta set odd.gguf general.architecture=mystery --quiet > meta; hug run odd.gguf hi < /dev/null
?10
! mystery
! --engine
$ cp $DATA/tiny-llama/config.json folder/; sed -i 's/LlamaForCausalLM/MysteryForCausalLM/' folder/config.json; hug run folder hi < /dev/null
?10
! models of class 'MysteryForCausalLM' are not known
! hug convert --list; or hand it to another engine: --engine llama.cpp
$ python3 -c 'import json, sys; d = json.load(open(sys.argv[1] + "/config.json")); d["quantization_config"] = {"quant_method": "bitsandbytes"}; json.dump(d, open("folder/config.json", "w"))' $DATA/tiny-llama; hug run folder hi < /dev/null
?10
! the weights are stored as 'bitsandbytes'
! --engine llama.cpp
# What another engine would not do either keeps its own hint.
$ hug eval perplexity odd.gguf tiny.gguf
?10
! mystery

# A checkpoint to gguf and back.
$ mkdir llama && cp $DATA/arch/tokenizers/spm_llama/* $DATA/arch/llama/* llama
$ hug convert llama -o a.gguf --type f32 --plain
✓ Converted
  path: a.gguf
  type: f32
  tensors: [[\d+]]
  parameters: [[\d+]]
  bytes: 216096
  size: 216.1 kB
$ sha256sum < a.gguf | cut -d' ' -f1 > got
$ python3 -c "import json; print(json.load(open('llama/gguf.json'))['f32']['file_sha256'])" > want
$ cmp got want
$ ls *.part*
?2
! No such file
$ hug convert llama -o q.gguf --type q4_0 --quiet
q.gguf
$ hug convert a.gguf -o back --to safetensors --type f32 --quiet
back/model.safetensors
$ ls back
README.md
config.json
generation_config.json
model.safetensors
tokenizer.json
tokenizer.model
tokenizer_config.json
$ hug convert llama -o small --to safetensors --type bf16 --quiet
small/model.safetensors
# Errors name the cause and a way out.
$ hug convert llama -o x.gguf --type q9
?2
! q9
$ hug convert a.gguf -o b.gguf --to gguf
?2
! is gguf already
$ sed -i s/LlamaForCausalLM/NobodyLM/ llama/config.json && hug convert llama -o x.gguf
?10
! models of class 'NobodyLM' are not known
$ hug convert --list | grep -c ForCausalLM
[[\d\d]]

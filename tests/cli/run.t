# A model answers, and is measured.
$ hug convert $DATA/tiny-llama -o tiny.gguf --type q8_0 --quiet
tiny.gguf
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 < /dev/null
3 plus 4 is 7.
# Standard input is put behind the prompt; the same seed, the same answer.
$ echo "What is 9 minus 5?" | hug run tiny.gguf --temp 0
9 minus 5 is 4.
$ echo Once | hug run tiny.gguf --raw -n 20 --seed 5 --threads 1 > one
$ echo Once | hug run tiny.gguf --raw -n 20 --seed 5 --threads 2 > two
$ cmp one two
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --json < /dev/null
{"text": "3 plus 4 is 7.", "tokens": [[.*]], "finish_reason": "stop", "timings": [[.*]]
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --stop " is" < /dev/null
3 plus 4
# Logits of every position: two tokens, 2048 words, four bytes each.
$ hug eval logits tiny.gguf --ids 1,4 | wc -c
16384
$ hug eval perplexity tiny.gguf $DATA/tiny-llama/eval.txt --quiet
1.3[[\d+]]
# A checkpoint as it lies in its folder; plain arithmetic.
$ hug run $DATA/tiny-llama "What is 3 plus 4?" --temp 0 < /dev/null
3 plus 4 is 7.
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --ref < /dev/null
3 plus 4 is 7.
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --kv-type q8_0 < /dev/null
3 plus 4 is 7.
$ hug run tiny.gguf < /dev/null
?2
! nothing to answer
$ hug eval logits tiny.gguf --ids 1,x
?2
! '1,x' is not a list of whole numbers
$ hug eval logits tiny.gguf --ids 99999
?2
! not in the vocabulary
# What excludes each other.
$ hug run tiny.gguf hi --raw --system x < /dev/null
?2
! '--raw' and '--system' exclude each other
$ hug run tiny.gguf hi --engine http://x --session s < /dev/null
?2
! '--engine' and '--session' exclude each other
$ for o in --ctx=9 --kv-type=f32 --load=mmap --quantize=q8_0; do hug run tiny.gguf hi --engine http://x $o < /dev/null 2>&1 | head -1; done
error: '--ctx' and '--engine http://x' exclude each other
error: '--kv-type' and '--engine http://x' exclude each other
error: '--load' and '--engine http://x' exclude each other
error: '--quantize' and '--engine http://x' exclude each other
$ hug run tiny.gguf hi --engine http://x --logit-bias word=1 < /dev/null
?2
! by id
# A text that goes on has no messages.
$ printf 'Once\n/system x\n/retry\n/save f\n' | hug chat tiny.gguf --raw -n 2 2>&1 > said | grep -c "no messages"
3
$ hug run tiny.gguf hi --logprobs 2 < /dev/null
?2
! --json only
$ hug run tiny.gguf hi --logit-bias nothing < /dev/null
?2
! no logit bias
# Biases, bans and speed.
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --json --logprobs 2 -n 1 < /dev/null
{"text": [[.*]]"logprobs": [{"id": [[\d+]], "logprob": -[[[^,]*]], "top": [{[[.*]]}, {[[.*]]}]}]}
$ hug run tiny.gguf "What is 3 plus 4?" --temp 0 --ban 7 --stats > banned < /dev/null
! t/s, first after
$ grep -c 7 banned
?1
0
# Where the weights lie changes nothing.
$ for how in mmap large-pages; do hug run tiny.gguf "What is 3 plus 4?" --temp 0 --load $how < /dev/null; done
3 plus 4 is 7.
3 plus 4 is 7.
$ hug run tiny.gguf hi --load nowhere < /dev/null
?2
! large-pages
# A file without a tokenizer computes with ids, and refuses texts.
$ cp tiny.gguf none.gguf; hug meta set none.gguf tokenizer.ggml.model=none --quiet > /dev/null
$ cp tiny.gguf bare.gguf; hug meta rm bare.gguf tokenizer.ggml.model --quiet > /dev/null
$ hug eval logits tiny.gguf --ids 1,4 > wanted
$ for m in none bare; do hug eval logits $m.gguf --ids 1,4 | cmp - wanted; done
$ hug bench none.gguf -p 8 -n 2 -r 1 --load large-pages --json
{"model": [[.*]]"results": [{"test": "pp", [[.*]]}, {"test": "tg", [[.*]]}]}
$ hug run none.gguf "What is 3 plus 4?" --raw < /dev/null
?10
! has no tokenizer

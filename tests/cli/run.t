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
# What cannot be run says why, and what to do.
$ hug run $DATA/tiny-llama hi < /dev/null
?10
! hug convert
$ hug run tiny.gguf < /dev/null
?2
! nothing to answer
$ hug eval logits tiny.gguf --ids 1,x
?2
! 'x' is no token id
$ hug eval logits tiny.gguf --ids 99999
?2
! not in the vocabulary

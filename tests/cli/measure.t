# Logits in a file, two types of a model side by side, speeds.
$ hug convert $DATA/tiny-llama -o f16.gguf --type f16 --quiet
f16.gguf
$ hug quantize f16.gguf -o q4.gguf --type q4_k_m --quiet > /dev/null
$ hug eval logits f16.gguf --ids 1,4,300 -o rows.f32 --json
{"path": "rows.f32", "rows": 3[[.*]]
$ wc -c < rows.f32
24576
$ hug eval logits f16.gguf --ids 1,4,300 | cmp - rows.f32
$ hug eval logits f16.gguf --ids 1,4,300 --hidden | wc -c
3072
$ hug eval logits f16.gguf --ids 1 -o no/such/folder.f32
?3
! no/such/folder.f32
# A model against itself loses nothing; q4_k_m loses a little.
$ head -c 9000 $DATA/tiny-llama/eval.txt > text.txt
$ hug eval compare f16.gguf f16.gguf text.txt --json --ctx 128
[{[[.*]]"kld": null[[.*]]}, {[[.*]]"kld": 0.0, [[.*]]"same_top": 1.0, [[.*]]}]
$ hug eval compare f16.gguf q4.gguf text.txt --ctx 128
MODEL[[ +]]SIZE[[ +]]PERPLEXITY[[ +]]KLD[[ +]]KLD_99[[ +]]SAME_TOP
[[-+.*]]
f16.gguf 5.8 MB 1.[[\d+ \+- 0\.\d+ *]]
q4.gguf  1.9 MB 1.[[\d+ \+- 0\.\d+ 0\.00\d+ 0\.\d+ +9\d\.\d+ %]]
$ hug eval compare f16.gguf q4.gguf text.txt --ctx 128 --all --quiet
[[.*]]
0.00[[\d+]]
$ hug eval compare f16.gguf q4.gguf text.txt --ctx 9999
?2
! less than a block of 9999
$ hug eval perplexity f16.gguf text.txt --ctx 4294967300
?2
! '4294967300' is not between 4 and 2147483647
# Tests of a benchmark: a prompt in pieces, an answer, at two depths.
$ hug bench q4.gguf -p 16 -n 4 -d 0,8 -b 4,16 -r 1 --json -t 1
{"model": "q4.gguf", "architecture": "llama", "bytes": [[\d+]], "results": [{"test": "pp", "tokens": 16, "depth": 0, "batch": 4, "threads": 1, "tokens_per_second": [[.*]]{"test": "tg", "tokens": 4, "depth": 8, "batch": 1, [[.*]]]}
$ hug bench q4.gguf -p 16 -n 0
TEST[[ +]]BATCH[[ +]]THREADS[[ +]]TOKENS/S[[ +]]+-
[[-+.*]]
pp16[[ +]]16[[.*]]
$ hug bench q4.gguf -p 16,x
?2
! '16,x' is not a list of whole numbers
# Against another program, which gets llama-bench's options.
$ printf '#!/bin/sh\necho "$@" >> words\necho "[{\\"avg_ts\\": 2.5}]"\n' > peer; chmod +x peer
$ hug bench q4.gguf -p 8 -n 2 -r 2 -t 1 --against ./peer --json
{[[.*]]"against": 2.5, "ratio": [[.*]]"against": 2.5, [[.*]]
$ cat words
-m [[.*]]q4.gguf -o json -r 1 -t 1 -p 8 -n 0 -b 8 -ub 8
-m [[.*]]q4.gguf -o json -r 1 -t 1 -p 8 -n 0 -b 8 -ub 8
-m [[.*]]q4.gguf -o json -r 1 -t 1 -p 0 -n 2
-m [[.*]]q4.gguf -o json -r 1 -t 1 -p 0 -n 2
$ hug bench q4.gguf -p 8 -n 0 --against ./no-such-program
?3
! cannot run './no-such-program'
$ hug bench q4.gguf -p 8 -n 0 --against /bin/false
?1
! '/bin/false' failed with status 1
$ hug bench q4.gguf -p 8 -n 0 --against /bin/echo
?1
! did not print what llama-bench prints
$ hug bench $DATA/tiny-llama -p 8 -n 0 --against ./peer
?2
! is no gguf file
$ hug bench q4.gguf -p 8 -n 0 --against ./peer --quantize q8_0
?2
! exclude each other

# Models that do not chat: embeddings, masked words, labels, translation.
$ for m in bert bert_mlm bert_classify t5; do mkdir $m; cp $DATA/arch/$m/*.json $DATA/arch/$m/model.safetensors $m; cp -r $DATA/arch/$m/1_Pooling $m 2> /dev/null; true; done
$ for m in bert bert_mlm bert_classify; do cp $DATA/arch/tokenizers/wordpiece_bert/* $m; done
$ cp $DATA/arch/tokenizers/unigram_t5/* t5
$ for m in bert bert_mlm bert_classify t5; do hug convert $m -o $m.gguf --type f32 --quiet; done
bert.gguf
bert_mlm.gguf
bert_classify.gguf
t5.gguf
# Vectors: JSON, a glimpse, raw f32, cosines; lines of standard input.
$ hug embed bert.gguf "a cat" --json
[{"text": "a cat", "tokens": [[\d+]], "embedding": [[.*]]}]
$ hug embed bert.gguf "a cat" "a dog" --raw | wc -c
[[(256|384|512)]]
$ hug embed bert.gguf "a cat" "a dog" -o vectors.f32 --quiet
vectors.f32
$ printf 'a cat\n\na dog\r\n' | hug embed bert.gguf --raw | cmp - vectors.f32
$ printf 'a dog\n' > lines; hug embed bert.gguf "a cat" --file lines --raw | cmp - vectors.f32
$ hug embed bert.gguf "a cat" --dimensions 4 --quiet
[[.*, .*, .*, .*]]
$ hug embed bert.gguf "a cat" "a cat" --similarity
TEXT[[ +]]1[[ +]]2
[[-+.*]]
1 a cat 1.0000 1.0000
2 a cat 1.0000 1.0000
$ hug embed bert.gguf "a cat" --pooling none --similarity
?2
! one vector a text
$ hug embed bert.gguf < /dev/null
?2
! there is no text
# Masked words, the likeliest first.
$ hug fill-mask bert_mlm.gguf "the [MASK] is" -k 3 --json
[{"text": "the [MASK] is", "position": [[\d+]], "token": [[\d+]], "word": [[.*]], "probability": 0.[[.*]]
$ hug fill-mask bert_mlm.gguf "the [MASK] is" -k 3 --quiet | wc -l
3
$ hug fill-mask bert_mlm.gguf "no mask"
?2
! mask
# Labels.
$ hug classify bert_classify.gguf "a cat" --json
[{"text": "a cat", "label": [[.*]]"score": 0.[[.*]]"logit": [[.*]]
$ hug classify bert_classify.gguf "a cat" --top 1 --quiet | wc -l
1
$ hug classify bert_classify.gguf "a cat" --pair "a question" | head -1
LABEL[[ +]]SCORE
$ hug classify bert.gguf "a cat"
?10
! no head to classify
# Translation, a line for each text, the same ones twice.
$ printf 'a cat\na dog\n' | hug translate t5.gguf -n 4 | wc -l
2
$ hug translate t5.gguf "a cat" -n 4 --json
[{"text": "a cat", "translation": [[.*]], "tokens": [[\d]]}]
$ hug translate bert.gguf "a cat"
?10
! no head to translate
# What leaves the heads: a row of scores, logits of the decoder's positions.
$ hug eval logits bert_classify.gguf --ids 2,15,3 | wc -c
12
$ hug eval logits t5.gguf --ids 15,58,1 --decoder-ids 0,5 --json -o out.f32
{"path": "out.f32", "rows": 2, "columns": 224}
$ hug eval logits bert.gguf --ids 2,15,3 --json -o out.f32
{"path": "out.f32", "rows": 3, "columns": [[\d+]]}
# `run` finds out what a model is for, and does that.
$ hug run bert.gguf "a cat" --json < /dev/null
{"embedding": [[.*]], "tokens": [[\d+]]}
$ hug run bert.gguf "a cat" < /dev/null
[0.[[[-\d., e]+]]]
$ hug run bert_mlm "the [MASK] is" < /dev/null | wc -l
[[\d+]]
$ hug run bert_mlm.gguf "the [MASK] is" --json < /dev/null
[{"position": 2, "word": [[.*]], "probability": 0.[[.*]]}[[.*]]]
$ hug run bert_mlm.gguf "no mask" < /dev/null
?2
! mask
$ hug run bert_classify.gguf "a cat" --json < /dev/null
[{"label": [[.*]], "score": 0.[[.*]]}[[.*]]]
$ echo "a cat" | hug run bert_classify.gguf | head -1
LABEL[[ +]]SCORE
$ hug translate t5.gguf "a cat" -n 4 > by_translate
$ hug run t5.gguf "a cat" -n 4 --temp 0 < /dev/null | cmp - by_translate
$ hug run t5.gguf "a cat" -n 4 --temp 0 --json < /dev/null
{"text": [[.*]]}
$ for o in --stats --raw --system=x --session=s --kv-type=f32 --think; do hug run bert.gguf "a cat" $o < /dev/null 2>&1 | head -1; done
error: '--stats' means nothing to a model that does not talk
error: '--raw' means nothing to a model that does not talk
error: '--system' means nothing to a model that does not talk
error: '--session' means nothing to a model that does not talk
error: '--kv-type' means nothing to a model that does not talk
error: '--think' means nothing to a model that does not talk
$ hug chat bert.gguf < /dev/null
?2
! does not talk

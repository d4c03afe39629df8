# A small llama, written by hand: f32 tensors, two layers.
$ cat > make.py <<'END'
> import struct, sys
> s = lambda t: struct.pack("<Q", len(t)) + t.encode()
> u = lambda k, v: s(k) + struct.pack("<II", 4, v)
> kv = [s("general.architecture") + struct.pack("<I", 8) + s("llama"),
>       u("llama.block_count", 2), u("llama.attention.head_count", 8),
>       u("llama.attention.head_count_kv", 2)]
> ts = [("token_embd.weight", (256, 8)), ("output_norm.weight", (256,)), ("output.weight", (256, 8))]
> for i in range(2):
>     ts += [(f"blk.{i}.attn_v.weight", (256, 64)), (f"blk.{i}.ffn_down.weight", (512, 256))]
> infos, data = b"", b""
> for name, ne in ts:
>     n = ne[0] * (ne[1] if len(ne) > 1 else 1)
>     infos += s(name) + struct.pack("<I", len(ne)) + struct.pack(f"<{len(ne)}Q", *ne) + struct.pack("<IQ", 0, len(data))
>     data += struct.pack(f"<{n}f", *(((i * 7919) % 1009 - 504) / 500 for i in range(n)))
> head = b"GGUF" + struct.pack("<IQQ", 3, len(ts), len(kv)) + b"".join(kv) + infos
> open("tiny-F32.gguf", "wb").write(head + bytes(-len(head) % 32) + data)
> END
> python3 make.py && wc -c < tiny-F32.gguf
[[ *\d+]]
$ hug quantize tiny-F32.gguf --type q4_k_m --dry-run
NAME [[.*]]
...
[dry-run] Would write [[.*]]tiny-Q4_K_M.gguf: [[\d+]] bytes, [[.*]] bits per weight.
$ ls
make.py
tiny-F32.gguf
$ hug quantize tiny-F32.gguf --type q4_k_m -q
[[.*]]tiny-Q4_K_M.gguf
$ ls
make.py
tiny-F32.gguf
tiny-Q4_K_M.gguf
# What a dry run says of the size is what is written.
$ hug quantize tiny-F32.gguf --type q6_k --dry-run | tail -1 | grep -o '[0-9]* bytes'; hug quantize tiny-F32.gguf --type q6_k -o x.gguf -q; wc -c < x.gguf | tr -d ' '
[[(\d+) bytes\nx\.gguf\n\1]]
# The bytes do not depend on threads or instruction set.
$ for isa in scalar avx2 avx512; do HUG_ISA=$isa hug quantize tiny-F32.gguf --type q4_k_m -j 3 -o $isa.gguf -q; cmp $isa.gguf tiny-Q4_K_M.gguf; done
scalar.gguf
avx2.gguf
avx512.gguf
$ hug quantize tiny-F32.gguf --type q8_0 --type-for 'attn_v=f16' --dry-run --json | python3 -c 'import json,sys; print({t["name"]: t["to"] for t in json.load(sys.stdin)}["blk.1.attn_v.weight"])'
f16
$ hug quantize tiny-F32.gguf --type q8_0 --prune-layers 0 -o p.gguf --dry-run --json | grep -c 'blk.1'
?1
0
# Errors say what to do.
$ hug quantize tiny-F32.gguf --type q4_k_x
?2
! unknown file type 'q4_k_x'
! q4_k_m
$ hug quantize tiny-F32.gguf --type iq2_xs
?10
! cannot encode to iq2_xs
! hint
$ hug quantize tiny-Q4_K_M.gguf --type q8_0
?2
! it is quantized already
! --allow-requantize
$ hug quantize tiny-F32.gguf --type q8_0 -o tiny-F32.gguf
?2
! is the input itself
$ hug quantize tiny-F32.gguf --type q8_0 --type-for 'attn_(v=f16'
?2
! bad pattern
$ hug quantize nothing.gguf --type q8_0
?3
! nothing.gguf
$ head -c 100000 tiny-F32.gguf > cut.gguf; hug quantize cut.gguf --type q8_0; ls cut*
?0
cut.gguf

"""Files that deceived scanners, by class, and honest ones. Each malicious file
comes with what Python itself does with it: where `runs` is set, loading it
with the pickle module calls the payload."""
import bz2
import collections
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib

import torch_files as tf

P = pickle


def op_str(text):
    data = text.encode()
    return P.SHORT_BINUNICODE + bytes([len(data)]) + data


def stack_global(module, name):
    return op_str(module) + op_str(name) + P.STACK_GLOBAL


def glob(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def call(callee, *args):
    return callee + b"(" + b"".join(op_str(a) for a in args) + b"tR"


def proto(n, body):
    return b"\x80" + bytes([n]) + body + b"."


# Names that run code, load code, read, write or connect.
GADGETS = [
    ("os", "system"), ("posix", "system"), ("nt", "system"), ("os", "popen"),
    ("os", "execvp"), ("os", "remove"), ("subprocess", "Popen"),
    ("subprocess", "check_output"), ("builtins", "eval"), ("builtins", "exec"),
    ("builtins", "compile"), ("builtins", "__import__"),
    ("builtins", "getattr"), ("builtins", "open"), ("__builtin__", "eval"),
    ("__builtin__", "execfile"), ("builtins", "breakpoint"), ("sys", "exit"),
    ("runpy", "run_path"), ("runpy", "_run_code"), ("importlib", "import_module"),
    ("importlib.util", "spec_from_file_location"), ("pkgutil", "resolve_name"),
    ("pydoc", "pipepager"), ("pydoc", "locate"), ("timeit", "timeit"),
    ("cProfile", "run"), ("profile", "run"), ("pdb", "Pdb"), ("bdb", "Bdb"),
    ("trace", "Trace"), ("code", "InteractiveInterpreter"), ("pty", "spawn"),
    ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
    ("asyncio", "create_subprocess_shell"), ("multiprocessing.util", "spawnv_passfds"),
    ("operator", "attrgetter"), ("operator", "methodcaller"),
    ("_operator", "attrgetter"), ("functools", "partial"),
    ("functools", "reduce"), ("pickle", "loads"), ("_pickle", "loads"),
    ("marshal", "loads"), ("dill", "loads"), ("cloudpickle", "loads"),
    ("joblib", "load"), ("torch", "load"), ("torch.storage", "_load_from_bytes"),
    ("torch.serialization", "load"), ("torch.hub", "load"),
    ("torch.utils.cpp_extension", "load_inline"),
    ("torch._inductor.codecache", "compile_file"),
    ("torch.jit.unsupported_tensor_ops", "execWrapper"),
    ("torch.utils._config_module", "ConfigModule.load_config"),
    ("torch.utils.bottleneck.__main__", "run_cprofile"),
    ("torch.utils.collect_env", "run"), ("torch.fx.experimental.symbolic_shapes",
                                         "ShapeEnv.evaluate_guards_expression"),
    ("numpy", "load"), ("numpy.testing._private.utils", "runstring"),
    ("numpy.f2py.crackfortran", "getlincoef"), ("numpy.f2py", "compile"),
    ("numpy.distutils.exec_command", "exec_command"), ("pip", "main"),
    ("pip._internal", "main"), ("ensurepip", "_run_pip"),
    ("venv", "create"), ("webbrowser", "open"), ("socket", "create_connection"),
    ("http.client", "HTTPSConnection"), ("urllib.request", "urlopen"),
    ("requests", "get"), ("ftplib", "FTP"), ("smtplib", "SMTP"),
    ("ssl", "get_server_certificate"), ("shutil", "rmtree"),
    ("tempfile", "mktemp"), ("ctypes", "CDLL"), ("ctypes.util", "find_library"),
    ("cffi", "FFI"), ("zipimport", "zipimporter"), ("zipfile", "ZipFile"),
    ("doctest", "debug_script"), ("idlelib.pyshell", "ModifiedInterpreter.runcode"),
    ("idlelib.run", "Executive.runcode"), ("idlelib.autocomplete",
                                           "AutoComplete.get_entity"),
    ("lib2to3.pgen2.grammar", "Grammar.loads"), ("logging.config", "fileConfig"),
    ("distutils.file_util", "write_file"), ("ast", "literal_eval"),
    ("inspect", "getattr_static"), ("types", "FunctionType"), ("gc", "get_objects"),
    ("linecache", "getline"), ("fileinput", "input"), ("mmap", "mmap"),
    ("threading", "Thread"), ("concurrent.futures", "ThreadPoolExecutor"),
    ("unittest.mock", "_importer"), ("test.support.script_helper", "assert_python_ok"),
    ("tarfile", "open"), ("sqlite3", "connect"), ("shelve", "open"),
    ("pathlib", "Path"), ("io", "FileIO"), ("_io", "open"), ("yaml", "load"),
    ("sympy", "sympify"), ("pandas", "read_pickle"), ("pandas", "eval"),
    ("tensorflow", "load_library"), ("keras.models", "load_model"),
    ("site", "main"), ("sysconfig", "_init_posix"), ("pkg_resources", "run_script"),
    ("setuptools", "setup"), ("IPython", "embed"), ("nltk", "download"),
    ("my_package.evil", "run"), ("torch.nn.modules.linear", "Linear"),
    ("torch", "serialization.os.system"), ("collections", "OrderedDict.__init__"),
    ("collections", "_sys.modules"), ("codecs", "decode"), ("_codecs", "decode"),
]

PAY = ("os", "getcwd")  # does nothing, and shows that it was called


def malicious():
    """(name, bytes, least verdict)"""
    for module, name in GADGETS:
        yield f"global-{module}.{name}", proto(2, call(glob(module, name), "x")), 1
    sg = stack_global(*PAY)
    # How a call can be written.
    yield "reduce-proto4", proto(4, call(sg, "x")), 2
    yield "import-only", proto(2, glob(*PAY)), 2
    yield "popped", proto(2, glob(*PAY) + b")R0N"), 2
    yield "inst", b"(ios\ngetcwd\n.", 2
    yield "inst-proto2", proto(2, b"(ios\ngetcwd\n"), 2
    yield "obj", proto(2, b"(" + glob(*PAY) + b"o"), 2
    yield "newobj", proto(2, glob(*PAY) + b")\x81"), 2
    yield "newobj-ex", proto(4, sg + b")}\x92"), 2
    yield "build-on-global", proto(2, glob("collections", "OrderedDict")
                                   + b"}" + op_str("x") + b"Nsb"), 2
    yield "build-call", proto(2, glob("collections", "OrderedDict") + b")R"
                              + glob(*PAY) + b")Rb"), 2
    yield "appends-on-global", proto(2, glob("collections", "OrderedDict") + b"(Ne"), 2
    yield "setitem-on-global", proto(2, glob("torch", "Size") + b"NNs"), 2
    yield "call-of-call", proto(2, glob("collections", "OrderedDict") + b")R)R"), 2
    yield "call-of-memo", proto(2, b"Nq\x000" + glob("builtins", "set")
                                + b"q\x00)Rh\x00)R" + glob(*PAY) + b")R"), 2
    # How a name can be hidden.
    yield "stack-global-memo", proto(4, op_str("os") + b"q\x01" + op_str("getcwd")
                                     + b"q\x020" + b"0h\x01h\x02\x93)R"), 2
    yield "stack-global-memoize", proto(4, op_str("os") + b"\x94" + op_str("getcwd")
                                        + b"\x9400" + b"h\x00h\x01\x93)R"), 2
    yield "stack-global-long-memo", proto(4, op_str("os") + b"r\xff\xff\xff\x7f0"
                                          + b"j\xff\xff\xff\x7f" + op_str("getcwd") + b"\x93)R"), 2
    yield "stack-global-dup", proto(4, op_str("code") + b"2\x93"), 2
    yield "stack-global-string", proto(4, b"S'os'\nS'getcwd'\n\x93)R"), 2
    yield "stack-global-escapes", proto(4, b"S'\\x6f\\x73'\nS'\\147etcwd'\n\x93)R"), 2
    yield "stack-global-unicode", proto(4, b"V\\u006fs\nVgetcw\\u0064\n\x93)R"), 2
    yield "stack-global-short-string", proto(4, b"U\x02osU\x06getcwd\x93)R"), 2
    yield "stack-global-binstring", proto(4, b"T\x02\0\0\0osT\x06\0\0\0getcwd\x93)R"), 2
    yield "stack-global-8", proto(4, b"\x8d" + struct.pack("<Q", 2) + b"os" + b"\x8d"
                                  + struct.pack("<Q", 6) + b"getcwd\x93)R"), 2
    yield "stack-global-computed", proto(4, glob("builtins", "set") + b")R"
                                         + op_str("getcwd") + b"\x93)R"), 2
    yield "stack-global-codecs", proto(4, glob("_codecs", "encode") + b"(" + op_str("os")
                                       + op_str("latin1") + b"tR" + op_str("getcwd") + b"\x93)R"), 2
    yield "stack-global-long-name", proto(4, b"X" + struct.pack("<I", 70000) + b"o" * 70000
                                          + op_str("getcwd") + b"\x93)R"), 2
    yield "get-text-memo", b"Vos\np7\n0g7\nVgetcwd\n\x93)R.", 2
    yield "ext1", proto(2, b"\x82\x01)R"), 2
    yield "ext2", proto(2, b"\x83\x01\x00)R"), 2
    yield "ext4", proto(2, b"\x84\x01\x00\x00\x00)R"), 2
    yield "dotted-name", proto(4, call(stack_global("torch", "os.system"), "x")), 2
    yield "unicode-module", proto(4, call(stack_global("ｏｓ", "system"), "x")), 1
    yield "persid", proto(2, b"Psomething\n"), 1
    yield "binpersid", proto(2, op_str("x") + b"Q"), 1
    # Where the stream lies about itself.
    yield "no-proto", glob(*PAY) + b")R.", 2
    yield "proto0-mark-first", b"(" + glob(*PAY) + b"o.", 2
    yield "proto0-text-before", b"S'hello'\n0" + glob(*PAY) + b")R.", 2
    yield "proto1", b"]q\x000" + glob(*PAY) + b")R.", 2
    yield "proto-twice", b"\x80\x02\x80\x04" + call(sg, "x") + b".", 2
    yield "broken-after-call", b"\x80\x02" + call(glob(*PAY), "x") + b"\xff\xff", 2
    yield "broken-no-stop", b"\x80\x02" + call(glob(*PAY), "x"), 2
    yield "broken-stack", b"\x80\x02" + call(glob(*PAY), "x") + b"0000.", 2
    yield "broken-memo", b"\x80\x02" + call(glob(*PAY), "x") + b"h\x99.", 2
    yield "broken-mark", b"\x80\x02" + call(glob(*PAY), "x") + b"t.", 2
    yield "broken-proto0", glob(*PAY) + b")R\xff", 2
    yield "broken-frame", b"\x80\x04\x95" + struct.pack("<Q", 1 << 60) + call(sg, "x") + b".", 2
    yield "short-frame", b"\x80\x04\x95" + struct.pack("<Q", 1) + call(sg, "x") + b".", 2
    # What stands at the place of another format's magic is a value here.
    run = b"0" + glob(*PAY) + b")R."
    yield "magic-gif", b"GIF8" + b"\0" * 5 + run, 2
    yield "magic-mp4", b"\x80\x04" + op_str("ftypxx") + run, 2
    yield "magic-webp", b"\x80\x02X\x05\0\0\0aWEBP" + run, 2
    yield "magic-wave", b"X\x07\0\0\0abcWAVE" + run, 2
    yield "wrong-protocol", b"\x80\xff" + call(glob(*PAY), "x") + b".", 1
    yield "pop-mark-trick", proto(2, b"(" + b"0" + call(glob(*PAY), "x")), 2
    yield "mark-pop", proto(2, b"((0" + glob(*PAY) + b"o"), 2
    yield "second-pickle", P.dumps({}, 2) + proto(2, call(glob(*PAY), "x")), 2
    yield "tenth-pickle", P.dumps({}, 2) * 9 + proto(2, call(glob(*PAY), "x")), 2
    yield "second-proto0", P.dumps({}, 2) + glob(*PAY) + b")R.", 2
    yield "trailing-bytes", P.dumps({}, 2) + b"\xff" * 100, 1
    yield "zip-behind", P.dumps({}, 2) + zip_of({"a/data.pkl": proto(2, call(glob(*PAY), "x"))}), 2
    yield "nested-dumps", proto(2, glob("pickle", "loads") + b"C\x10" + b"\x80" * 16 + b"\x85R"), 2
    # Honest names in ways nobody uses them.
    yield "storage-called", proto(2, glob("torch", "FloatStorage") + b"K\x05\x85R"), 1
    yield "next-buffer", proto(5, b"\x97"), 1
    # Archives.
    evil = proto(2, call(glob(*PAY), "x"))
    yield "zip-data.pkl", zip_of({"archive/data.pkl": evil, "archive/version": b"3\n"}), 2
    yield "zip-other-name", zip_of({"archive/data.pkl": P.dumps({}, 2), "archive/x.dat": evil}), 2
    yield "zip-no-magic", zip_of({"archive/data.pkl": P.dumps({}, 2),
                                  "archive/x.txt": glob(*PAY) + b")R."}), 2
    yield "zip-two-pickles", zip_of({"a/data.pkl": P.dumps({}, 2), "b/data.pkl": evil}), 2
    yield "zip-constants.pkl", zip_of({"a/data.pkl": P.dumps({}, 2), "a/constants.pkl": evil}), 2
    yield "zip-deflated", zip_of({"archive/data.pkl": evil}, zipfile.ZIP_DEFLATED), 2
    yield "zip-bzip2", zip_of({"archive/data.pkl": evil}, zipfile.ZIP_BZIP2), 2
    yield "zip-lzma", zip_of({"archive/data.pkl": evil}, zipfile.ZIP_LZMA), 2
    yield "zip-in-zip", zip_of({"x.zip": zip_of({"archive/data.pkl": evil})}), 2
    yield "zip-storage-name", zip_of({"archive/data.pkl": P.dumps({}, 2), "archive/data/0": evil}), 2
    yield "zip-traversal", zip_of({"../../data.pkl": P.dumps({}, 2)}), 2
    yield "zip-absolute", zip_of({"/etc/data.pkl": P.dumps({}, 2)}), 2
    good = zip_of({"archive/data.pkl": P.dumps({}, 2), "archive/version": b"3\n"})
    yield "zip-prefix", b"#!/bin/sh\nexit\n" + good, 1
    yield "zip-pickle-prefix", evil + good, 2
    yield "zip-wrong-crc", wrong(good, b"PK\1\2", 16, b"\1\2\3\4"), 2
    yield "zip-local-crc", wrong(good, b"PK\3\4", 14, b"\1\2\3\4"), 2
    yield "zip-local-name", wrong(good, b"PK\3\4", 30, b"brchive"), 2
    yield "zip-central-name", wrong(good, b"PK\1\2", 46, b"brchive"), 2
    yield "zip-encrypted", wrong(good, b"PK\1\2", 8, b"\1\0"), 2
    yield "zip-local-encrypted", wrong(good, b"PK\3\4", 6, b"\1\0"), 2
    yield "zip-local-method", wrong(good, b"PK\3\4", 8, b"\x08\0"), 2
    yield "zip-local-size", wrong(good, b"PK\3\4", 18, b"\1\0\0\0"), 2
    yield "zip-cut", good[:-10], 2
    yield "zip-hidden-local", good[:30] + evil + good[30:], 2
    yield "zip-appended", good + b"x" * 50, 1
    yield "7z", b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 64, 2
    yield "rar", b"Rar!\x1a\x07\x01\0" + b"\0" * 64, 2
    yield "tar", tar_of({"data.pkl": evil}), 2
    yield "gzip", gzip.compress(evil), 1
    yield "bzip2", bz2.compress(evil), 1
    yield "xz", lzma.compress(evil), 1
    yield "lzma", lzma.compress(evil, format=lzma.FORMAT_ALONE), 1
    yield "zlib", zlib.compress(evil), 1
    # Other ways in.
    yield "npy-objects", npy("|O", evil), 2
    yield "npy-records", npy([("a", "<f4"), ("b", "|O")], evil), 2
    yield "npz-objects", zip_of({"a.npy": npy("|O", evil)}), 2
    yield "npy-cut", b"\x93NUMPY\x01\0\xff\xff{}", 2
    yield "keras-lambda", zip_of({"config.json": b'{"class_name": "Sequential", "config": '
                                  b'{"layers": [{"class_name": "Lambda", "config": {}}]}}'}), 2
    yield "h5-lambda", b"\x89HDF\r\n\x1a\n" + b"\0" * 99 + b'{"class_name": "Lambda"}', 2
    yield "elf", b"\x7fELF" + b"\0" * 60, 2
    yield "windows", b"MZ" + b"\0" * 60, 2
    yield "script", b"#!/bin/sh\nrm -rf x\n", 1
    yield "yaml", b"a: !!python/object/apply:os.system ['x']\n", 2
    # Python reads numbers that JSON does not have.
    for number in ("NaN", "1e999"):
        yield f"json-{number}", (f'{{"a": {number}, "chat\\u005ftemplate": '
                                 f'"{{{{ x.__class__ }}}}"}}').encode(), 1
    yield "unknown", bytes(range(255, 0, -1)), 1
    yield "safetensors-holes", safetensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2), 2
    yield "safetensors-pickle", safetensors(b"{}", 0) + evil, 2
    for i, text in enumerate(TEMPLATES):
        yield f"template-{i}", template_gguf(text), 1
        yield f"template-json-{i}", ('{"chat_template": ' + json_str(text) + "}").encode(), 1


TEMPLATES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{{ messages|attr('__class__') }}",
    "{{ messages|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ lipsum.__globals__['os'].popen('id') }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''['_' ~ '_class_' ~ '_'] }}",
    "{{ ''[('_'*2) ~ 'class'] }}",
    "{{ ''['\\u005f\\u005fclass'] }}",
    "{{ ''['ssalc__'|reverse] }}",
    "{%- set x = ''.__class__ -%}",
    "{{ '}}' ~ ''.__class__ }}",
    "{{ \"{#\" }}{{ ''.__class__ }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{{ ('%c'|format(95)) }}",
    "{{ f.mro() }}",
    "{{ x.func_globals }}",
    "{{ request.application }}",
]


def json_str(text):
    import json
    return json.dumps(text)


def zip_of(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in members.items():
            z.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def wrong(data, magic, offset, patch):
    at = data.index(magic) + offset
    return data[:at] + patch + data[at + len(patch):]


def npy(descr, data):
    text = repr({"descr": descr, "fortran_order": False, "shape": (1,)})
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + data


def safetensors(header, size):
    return struct.pack("<Q", len(header)) + header + b"\0" * size


def gguf_str(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def template_gguf(text):
    return (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + gguf_str("tokenizer.chat_template")
            + struct.pack("<I", 8) + gguf_str(text))


def states():
    """State dicts in the ways training scripts leave them."""
    T, S = tf.Tensor, tf.Storage
    f32 = S("float32", struct.pack("<6f", *range(6)))
    f16 = S("float16", bytes(range(24)))
    i64 = S("int64", struct.pack("<3q", 1, 2, 3))
    boolean = S("bool", b"\0\1")
    plain = collections.OrderedDict([("a.weight", T(f32, 0, (2, 3), (3, 1))),
                                     ("a.bias", T(f16, 2, (4,), (1,))),
                                     ("n", T(i64, 0, (), ())),
                                     ("mask", T(boolean, 0, (2,), (1,)))])
    shared = {"x": T(f32, 0, (6,), (1,)), "y": T(f32, 0, (6,), (1,)),
              "transposed": T(f32, 0, (3, 2), (1, 3)),
              "slice": T(f32, 1, (2, 2), (3, 1)), "row": T(f32, 3, (3,), (1,)),
              "wide": T(f32, 2, (4,), (0,)), "empty": T(f32, 0, (0, 3), (3, 1))}
    params = {k: tf.Parameter(v) for k, v in plain.items()}
    bf16 = S("bfloat16", bytes(range(20)))
    return {
        "plain": plain, "dict": dict(plain), "shared": shared, "params": params,
        "bf16": {"w": T(bf16, 0, (2, 5), (5, 1))},
        "wrapped": {"epoch": 3, "lr": 0.1, "state_dict": plain},
        "model": {"model": plain, "optimizer": {"state": {0: {"step": 1}}}},
        "module": {"module." + k: v for k, v in plain.items()},
        "list": {"layers": [T(f32, 0, (6,), (1,)), T(f32, 3, (3,), (1,))]},
        "meta": {"a": T(f32, 0, (6,), (1,)), "names": ["a", b"b", None, True, 2**40, -3, 1.5]},
        "none": {}, "metadata": dict(plain, _metadata=collections.OrderedDict(version=1)),
    }


def honest(folder):
    """Writes files that must be safe; yields their paths."""
    for name, state in states().items():
        for protocol in (2, 3, 4):
            path = os.path.join(folder, f"{name}-{protocol}.bin")
            tf.save(path, state, root=name, protocol=protocol)
            yield path
        path = os.path.join(folder, f"{name}-legacy.pt")
        tf.save_legacy(path, state)
        yield path
    many = {f"l.{i}.w": tf.Tensor(tf.Storage("float32", os.urandom(64)), 0, (16,), (1,))
            for i in range(500)}
    for n in range(140):
        path = os.path.join(folder, f"random-{n}.bin")
        tf.save(path, {k: many[k] for k in list(many)[n * 10:n * 10 + 10 + n]})
        yield path
    texts = {
        "vocab.txt": "[PAD]\n[UNK]\nthe\ncat\nclass\n", "merges.txt": "#version: 0.2\nt h\nc a\n",
        "vocab2.txt": "cat\ndog\nos\nsystem\n(\nt\nR\n.\n", "README.md": "# Model\n\nimport os\n",
        "config.json": '{"architectures": ["LlamaForCausalLM"], "hidden_size": 64}',
        "tokenizer_config.json": '{"chat_template": "{% for m in messages %}{{ m[\'content\'] | trim }}'
        '{% endfor %}{{ \'<|im_start|>assistant\\n\' }}"}',
        "chat_template.jinja": "{%- for message in messages %}{{ '<|im_start|>' + message.role }}"
        "{%- if loop.first and not message['content'] is none %}{{ bos_token }}{%- endif %}{%- endfor %}",
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "empty": "",
        "LICENSE": "Copyright (c) 2024\n", "a.csv": "a,b\n1,2\n", "notes.yaml": "a: 1\n",
        "index.json": '{"metadata": {}, "weight_map": {"a": "x.safetensors"}}',
    }
    for name, text in texts.items():
        path = os.path.join(folder, name)
        with open(path, "w") as f:
            f.write(text)
        yield path
    data = {
        "a.safetensors": safetensors(b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 2),
        "a.gguf": template_gguf("{% for m in messages %}{{ m.content }}{% endfor %}"),
        "a.npy": npy("<f4", b"\0\0\0\0"), "b.npz": zip_of({"x.npy": npy("<i8", b"\0" * 8)}),
        "plain.pkl": P.dumps({"a": [1, 2.5, "x", None], "b": (1, {2})}, 2),
        "a.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        "tokenizer.model": b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x0c\x0a\x03<s>\x15\0\0\0\0\x18\x03",
        "flax.msgpack": b"\x82\xa1a\x93\x01\x02\x03\xa1b\xc7\x04\x01\x00\x01\x02\x03",
        "model.h5": b"\x89HDF\r\n\x1a\n" + b"\0" * 200,
    }
    for name, content in data.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(content)
        yield path

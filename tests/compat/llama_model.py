"""Models run by llama.cpp's library (see ggml_peer), through its C API.

Only the beginning of its parameter structures is named here; the rest keeps
what the library's defaults say.
"""
import ctypes
import os

F16, F32 = 1, 0  # ggml's names of types, for keys and values
POOLING = {"none": 0, "mean": 1, "cls": 2, "last": 3, "rank": 4}


class ModelParams(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint8 * 256)]


class ContextParams(ctypes.Structure):
    _fields_ = [
        ("n_ctx", ctypes.c_uint32), ("n_batch", ctypes.c_uint32),
        ("n_ubatch", ctypes.c_uint32), ("n_seq_max", ctypes.c_uint32),
        ("n_rs_seq", ctypes.c_uint32), ("n_outputs_max", ctypes.c_uint32),
        ("n_outputs_max_per_seq", ctypes.c_uint32),
        ("n_threads", ctypes.c_int32), ("n_threads_batch", ctypes.c_int32),
        ("ctx_type", ctypes.c_int32), ("rope_scaling_type", ctypes.c_int32),
        ("pooling_type", ctypes.c_int32), ("attention_type", ctypes.c_int32),
        ("flash_attn_type", ctypes.c_int32), ("rope", ctypes.c_float * 6),
        ("yarn_orig_ctx", ctypes.c_uint32), ("defrag_thold", ctypes.c_float),
        ("cb_eval", ctypes.c_void_p), ("cb_eval_user_data", ctypes.c_void_p),
        ("type_k", ctypes.c_int32), ("type_v", ctypes.c_int32),
        ("abort_callback", ctypes.c_void_p),
        ("abort_callback_data", ctypes.c_void_p),
        ("embeddings", ctypes.c_bool), ("offload_kqv", ctypes.c_bool),
        ("no_perf", ctypes.c_bool), ("op_offload", ctypes.c_bool),
        ("swa_full", ctypes.c_bool), ("kv_unified", ctypes.c_bool),
        ("more", ctypes.c_uint64 * 16)]


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.c_void_p),
                ("embd", ctypes.c_void_p), ("pos", ctypes.c_void_p),
                ("n_seq_id", ctypes.c_void_p), ("seq_id", ctypes.c_void_p),
                ("logits", ctypes.c_void_p)]


class Library:
    """The library of the folder; `backend` names one of its processors
    (zen4, haswell, ...), else it takes the best of this machine."""

    def __init__(self, bins, backend=""):
        self.base = ctypes.CDLL(os.path.join(bins, "libggml-base.so"),
                                ctypes.RTLD_GLOBAL)
        ggml = ctypes.CDLL(os.path.join(bins, "libggml.v0.5.0.so"),
                           ctypes.RTLD_GLOBAL)
        self.lib = ctypes.CDLL(os.path.join(bins, "libllama.v0.5.0.so"))
        self.log = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p,
                                    ctypes.c_void_p)(self.on_log)
        self.lines = []
        self.base.ggml_log_set(self.log, None)
        self.lib.llama_log_set(self.log, None)
        if backend:
            path = os.path.join(bins, f"libggml-cpu-{backend}.so")
            ggml.ggml_backend_load.restype = ctypes.c_void_p
            if not ggml.ggml_backend_load(os.fsencode(path)):
                raise RuntimeError(f"cannot use {path} on this machine")
        else:
            ggml.ggml_backend_load_all_from_path(os.fsencode(bins))
        self.declare()
        self.lib.llama_backend_init()

    def on_log(self, level, text, _):
        self.lines.append(text.decode(errors="replace"))

    def declare(self):
        pointer = ctypes.c_void_p
        lib = self.lib
        lib.llama_model_default_params.restype = ModelParams
        lib.llama_context_default_params.restype = ContextParams
        for name, result, *arguments in [
                ("model_load_from_file", pointer, ctypes.c_char_p, ModelParams),
                ("model_free", None, pointer),
                ("model_get_vocab", pointer, pointer),
                ("model_n_embd", ctypes.c_int32, pointer),
                ("vocab_n_tokens", ctypes.c_int32, pointer),
                ("init_from_model", pointer, pointer, ContextParams),
                ("free", None, pointer),
                ("decode", ctypes.c_int32, pointer, Batch),
                ("encode", ctypes.c_int32, pointer, Batch),
                ("get_logits", ctypes.POINTER(ctypes.c_float), pointer),
                ("get_logits_ith", ctypes.POINTER(ctypes.c_float), pointer,
                 ctypes.c_int32),
                ("get_embeddings_seq", ctypes.POINTER(ctypes.c_float), pointer,
                 ctypes.c_int32),
                ("get_memory", pointer, pointer),
                ("memory_clear", None, pointer, ctypes.c_bool),
                ("memory_seq_rm", ctypes.c_bool, pointer, ctypes.c_int32,
                 ctypes.c_int32, ctypes.c_int32),
                ("synchronize", None, pointer),
                ("state_seq_save_file", ctypes.c_size_t, pointer,
                 ctypes.c_char_p, ctypes.c_int32, pointer, ctypes.c_size_t),
                ("state_seq_load_file", ctypes.c_size_t, pointer,
                 ctypes.c_char_p, ctypes.c_int32, pointer, ctypes.c_size_t,
                 pointer),
                ("tokenize", ctypes.c_int32, pointer, ctypes.c_char_p,
                 ctypes.c_int32, pointer, ctypes.c_int32, ctypes.c_bool,
                 ctypes.c_bool)]:
            function = getattr(lib, "llama_" + name)
            function.restype = result
            function.argtypes = arguments


class Model:
    """One model with one context. `exact`: keys and values in f32, no flash
    attention; else as people run it (f16, flash attention where it can)."""

    def __init__(self, library, path, n_ctx=512, threads=2, exact=True,
                 pooling=None, n_batch=None):
        self.lib = library.lib
        self.model = self.lib.llama_model_load_from_file(
            os.fsencode(path), self.lib.llama_model_default_params())
        if not self.model:
            raise RuntimeError("".join(library.lines[-20:]))
        params = self.lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = n_batch or n_ctx
        params.n_ubatch = min(params.n_batch, 512)
        params.n_threads = params.n_threads_batch = threads
        if exact:
            params.type_k = params.type_v = F32
            params.flash_attn_type = 0
        if pooling:
            params.embeddings = True
            params.pooling_type = POOLING[pooling]
            params.n_ubatch = params.n_batch
        self.context = self.lib.llama_init_from_model(self.model, params)
        if not self.context:
            raise RuntimeError("".join(library.lines[-20:]))
        self.memory = self.lib.llama_get_memory(self.context)
        self.vocabulary = self.lib.llama_model_get_vocab(self.model)
        self.n_vocab = self.lib.llama_vocab_n_tokens(self.vocabulary)
        self.n_embd = self.lib.llama_model_n_embd(self.model)
        self.n_past = 0

    def close(self):
        self.lib.llama_free(self.context)
        self.lib.llama_model_free(self.model)

    def clear(self):
        if self.memory:
            self.lib.llama_memory_clear(self.memory, False)
        self.n_past = 0

    def trim(self, n):
        """Forgets what comes after the first n tokens."""
        self.lib.llama_memory_seq_rm(self.memory, -1, n, -1)
        self.n_past = n

    def save_state(self, path):
        """Keys and values of the sequence."""
        if not self.lib.llama_state_seq_save_file(
                self.context, os.fsencode(path), 0, None, 0):
            raise RuntimeError(f"cannot write {path}")

    def load_state(self, path, n):
        token = ctypes.c_int32()
        count = ctypes.c_size_t()
        if not self.lib.llama_state_seq_load_file(
                self.context, os.fsencode(path), 0, ctypes.addressof(token), 1,
                ctypes.addressof(count)):
            raise RuntimeError(f"cannot read {path}")
        self.n_past = n

    def put(self, ids, every=False, encode=False):
        """Appends tokens; asks for the output of every one or of the last."""
        n = len(ids)
        token = (ctypes.c_int32 * n)(*ids)
        position = (ctypes.c_int32 * n)(*range(self.n_past, self.n_past + n))
        counts = (ctypes.c_int32 * n)(*[1] * n)
        zero = (ctypes.c_int32 * 1)(0)
        address = ctypes.addressof(zero)
        sequences = (ctypes.c_void_p * n)(*[address] * n)
        wanted = (ctypes.c_int8 * n)(*[int(every)] * (n - 1), 1)
        cast = ctypes.addressof
        batch = Batch(n, cast(token), None, cast(position), cast(counts),
                      cast(sequences), cast(wanted))
        call = self.lib.llama_encode if encode else self.lib.llama_decode
        status = call(self.context, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode says {status}")
        self.n_past += n

    def logits(self, ids):
        """(n_token, n_vocab) f32 of a fresh sequence."""
        import numpy as np
        self.clear()
        self.put(ids, every=True)
        rows = self.lib.llama_get_logits(self.context)
        return np.ctypeslib.as_array(rows, (len(ids), self.n_vocab)).copy()

    def last(self):
        """(n_vocab) f32 of the last token; void after the next call."""
        import numpy as np
        row = self.lib.llama_get_logits_ith(self.context, -1)
        return np.ctypeslib.as_array(row, (self.n_vocab,))

    def greedy(self, ids, n, ends=()):
        """The likeliest continuation: ids, without what ends it."""
        self.clear()
        self.put(ids)
        out = []
        while len(out) < n:
            best = int(self.last().argmax())
            if best in ends:
                break
            out.append(best)
            if len(out) < n:
                self.put([best])
        return out

    def pooled(self, ids):
        """(n_embd) f32 of one text."""
        import numpy as np
        self.clear()
        self.put(ids, every=True)
        row = self.lib.llama_get_embeddings_seq(self.context, 0)
        return np.ctypeslib.as_array(row, (self.n_embd,)).copy()

    def tokenize(self, text, special=True, parse=True):
        data = text.encode()
        out = (ctypes.c_int32 * (len(data) + 16))()
        n = self.lib.llama_tokenize(self.vocabulary, data, len(data),
                                    ctypes.addressof(out), len(out), special,
                                    parse)
        return list(out[:n])

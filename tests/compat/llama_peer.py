"""llama.cpp's whole-file quantizer, through its library; run as a program:

    llama_peer.py BINS IN OUT FTYPE THREADS [IMATRIX.npz]

prints the seconds it took.
"""
import ctypes
import os
import sys
import time

FTYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8,
          "Q5_1": 9, "Q2_K": 10, "Q3_K_S": 11, "Q3_K_M": 12, "Q3_K_L": 13,
          "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16, "Q5_K_M": 17, "Q6_K": 18,
          "Q2_K_S": 21, "IQ4_NL": 25, "IQ4_XS": 30, "BF16": 32, "TQ1_0": 36,
          "TQ2_0": 37, "MXFP4_MOE": 38}


class Params(ctypes.Structure):
    _fields_ = [("nthread", ctypes.c_int32), ("ftype", ctypes.c_int32),
                ("output_tensor_type", ctypes.c_int32),
                ("token_embedding_type", ctypes.c_int32),
                ("allow_requantize", ctypes.c_bool),
                ("quantize_output_tensor", ctypes.c_bool),
                ("only_copy", ctypes.c_bool), ("pure", ctypes.c_bool),
                ("keep_split", ctypes.c_bool), ("dry_run", ctypes.c_bool),
                ("imatrix", ctypes.c_void_p), ("kv_overrides", ctypes.c_void_p),
                ("tt_overrides", ctypes.c_void_p),
                ("prune_layers", ctypes.c_void_p),
                ("more", ctypes.c_uint64 * 8)]


class Matrix(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p),
                ("size", ctypes.c_size_t)]


class Llama:
    def __init__(self, bins):
        ctypes.CDLL(os.path.join(bins, "libggml-base.so"), ctypes.RTLD_GLOBAL)
        ctypes.CDLL(os.path.join(bins, "libggml.v0.5.0.so"),
                    ctypes.RTLD_GLOBAL)
        self.lib = ctypes.CDLL(os.path.join(bins, "libllama.v0.5.0.so"))
        self.lib.llama_model_quantize_default_params.restype = Params
        self.log = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p,
                                    ctypes.c_void_p)(self.on_log)
        self.lib.llama_log_set(self.log, None)
        self.lines = []

    def on_log(self, level, text, _):
        self.lines.append(text.decode(errors="replace"))

    def quantize(self, source, target, ftype, threads=2, matrix=None,
                 requantize=False):
        """matrix: {name: float32 array}; seconds, or an error."""
        params = self.lib.llama_model_quantize_default_params()
        params.nthread = threads
        params.ftype = FTYPES[ftype]
        params.allow_requantize = requantize
        if matrix:
            entries = (Matrix * (len(matrix) + 1))()
            for entry, (name, values) in zip(entries, matrix.items()):
                entry.name = name.encode()
                entry.data = values.ctypes.data
                entry.size = values.size
            params.imatrix = ctypes.cast(entries, ctypes.c_void_p)
        start = time.monotonic()
        status = self.lib.llama_model_quantize(
            os.fsencode(source), os.fsencode(target), ctypes.byref(params))
        if status != 0:
            raise RuntimeError("".join(self.lines[-20:]))
        return time.monotonic() - start


if __name__ == "__main__":
    bins, source, target, ftype, threads = sys.argv[1:6]
    print(Llama(bins).quantize(source, target, ftype, int(threads)))

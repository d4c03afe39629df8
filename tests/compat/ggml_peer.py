"""The reference quantizer: llama.cpp's libraries from an npm package."""
import ctypes
import os

from peers import npm_package

PACKAGE = "@node-llama-cpp/linux-x64"
VERSION = "3.22.1"

# Name, ggml id, whether an importance matrix matters.
TYPES = [
    ("f16", 1, False), ("bf16", 30, False),
    ("q4_0", 2, True), ("q4_1", 3, True), ("q5_0", 6, True),
    ("q5_1", 7, True), ("q8_0", 8, False),
    ("q2_K", 10, True), ("q3_K", 11, True), ("q4_K", 12, True),
    ("q5_K", 13, True), ("q6_K", 14, True),
    ("iq4_nl", 20, True), ("iq4_xs", 23, True),
    ("tq1_0", 34, False), ("tq2_0", 35, False),
    ("mxfp4", 39, False), ("nvfp4", 40, False),
    ("q1_0", 41, False), ("q2_0", 42, False),
]

# Types that are only decoded.
DECODE_ONLY = [
    ("iq2_xxs", 16), ("iq2_xs", 17), ("iq3_xxs", 18), ("iq1_s", 19),
    ("iq3_s", 21), ("iq2_s", 22), ("iq1_m", 29),
]


def fetch(folder):
    """The folder with the libraries; ends the test as skipped without it."""
    home = npm_package(folder, PACKAGE, VERSION)
    return os.path.join(home, "bins", "linux-x64")


class Ggml:
    def __init__(self, bins):
        self.base = ctypes.CDLL(os.path.join(bins, "libggml-base.so"))
        self.base.ggml_quantize_chunk.restype = ctypes.c_size_t

    def encode(self, type_id, rows, importance):
        """rows (n, m) f32, importance (m) f32 or None; bytes."""
        import numpy as np
        out = np.zeros(rows.nbytes + 4096, np.uint8)
        pointer = ctypes.c_void_p
        size = self.base.ggml_quantize_chunk(
            type_id, rows.ctypes.data_as(pointer), out.ctypes.data_as(pointer),
            ctypes.c_int64(0), ctypes.c_int64(rows.shape[0]),
            ctypes.c_int64(rows.shape[1]),
            None if importance is None else importance.ctypes.data_as(pointer))
        return out[:size].tobytes()

    def decode(self, name, blocks, n):
        """n floats of the blocks."""
        import numpy as np
        out = np.zeros(n, np.float32)
        function = getattr(self.base, "dequantize_row_" + name)
        function(blocks, out.ctypes.data_as(ctypes.c_void_p),
                 ctypes.c_int64(n))
        return out

"""PyTorch checkpoints without PyTorch: pickles and archives as torch.save lays
them out, from the documented structure."""
import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict


def _module(name, **members):
    module = types.ModuleType(name)
    for key, value in members.items():
        if isinstance(value, type) or callable(value):
            value.__module__ = name
            value.__qualname__ = value.__name__ = key
        setattr(module, key, value)
    sys.modules[name] = module
    return module


DTYPES = {}
_members = {}
for _name, _storage, _code, _size in [
        ("float32", "FloatStorage", "f", 4), ("float16", "HalfStorage", "e", 2),
        ("bfloat16", "BFloat16Storage", None, 2),
        ("float64", "DoubleStorage", "d", 8), ("int64", "LongStorage", "q", 8),
        ("int32", "IntStorage", "i", 4), ("int16", "ShortStorage", "h", 2),
        ("int8", "CharStorage", "b", 1), ("uint8", "ByteStorage", "B", 1),
        ("bool", "BoolStorage", "?", 1)]:
    _members[_storage] = type(_storage, (), {})
    DTYPES[_name] = (_members[_storage], _size)


def _rebuild_tensor_v2(*args):
    return args


def _rebuild_parameter(*args):
    return args


torch = _module("torch", **_members)
_module("torch._utils", _rebuild_tensor_v2=_rebuild_tensor_v2,
        _rebuild_parameter=_rebuild_parameter)


class Storage:
    def __init__(self, dtype, data):
        self.dtype, self.data = dtype, data

    @property
    def numel(self):
        return len(self.data) // DTYPES[self.dtype][1]


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.args = (storage, offset, tuple(size), tuple(stride))

    def __reduce__(self):
        return (_rebuild_tensor_v2, (*self.args, False, OrderedDict()))


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return (_rebuild_parameter, (self.tensor, True, OrderedDict()))


class _Pickler(pickle._Pickler):
    """Storages become persistent ids, in order of first sight."""

    def __init__(self, file, legacy=False, protocol=2):
        super().__init__(file, protocol)
        self.storages, self.legacy = [], legacy

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        if obj not in self.storages:
            self.storages.append(obj)
        key = str(self.storages.index(obj))
        out = ("storage", DTYPES[obj.dtype][0], key, "cpu", obj.numel)
        return (*out, None) if self.legacy else out


def save(path, obj, root="archive", order="little", protocol=2):
    data = io.BytesIO()
    pickler = _Pickler(data, protocol=protocol)
    pickler.dump(obj)
    with open(path, "wb") as f, zipfile.ZipFile(f, "w") as z:
        z.writestr(root + "/data.pkl", data.getvalue())
        z.writestr(root + "/byteorder", order)
        for i, storage in enumerate(pickler.storages):
            z.writestr(f"{root}/data/{i}", storage.data)
        z.writestr(root + "/version", "3\n")
        z.writestr(root + "/.data/serialization_id", "1234567890")


def save_legacy(path, obj):
    with open(path, "wb") as f:
        pickle.dump(0x1950a86a20f9469cfc6c, f, 2)
        pickle.dump(1001, f, 2)
        pickle.dump({"protocol_version": 1001, "little_endian": True,
                     "type_sizes": {"short": 2, "int": 4, "long": 4}}, f, 2)
        pickler = _Pickler(f, legacy=True)
        pickler.dump(obj)
        pickle.dump([str(i) for i in range(len(pickler.storages))], f, 2)
        for storage in pickler.storages:
            f.write(struct.pack("<q", storage.numel) + storage.data)

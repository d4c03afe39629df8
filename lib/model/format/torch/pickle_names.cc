#include "format/torch/pickle_names.h"

#include <algorithm>
#include <array>

#include "base/base.h"
#include "format/torch/pickle_opcodes.h"

namespace hug::format {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>({
    "_codecs.encode",
    "__builtin__.frozenset",
    "__builtin__.set",
    "builtins.frozenset",
    "builtins.set",
    "collections.OrderedDict",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "numpy.ndarray",
    "torch.BFloat16Storage",
    "torch.BoolStorage",
    "torch.ByteStorage",
    "torch.CharStorage",
    "torch.ComplexDoubleStorage",
    "torch.ComplexFloatStorage",
    "torch.DoubleStorage",
    "torch.FloatStorage",
    "torch.HalfStorage",
    "torch.IntStorage",
    "torch.LongStorage",
    "torch.ShortStorage",
    "torch.Size",
    "torch.UntypedStorage",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch.bfloat16",
    "torch.bool",
    "torch.complex128",
    "torch.complex64",
    "torch.device",
    "torch.float16",
    "torch.float32",
    "torch.float64",
    "torch.float8_e4m3fn",
    "torch.float8_e4m3fnuz",
    "torch.float8_e5m2",
    "torch.float8_e5m2fnuz",
    "torch.float8_e8m0fnu",
    "torch.int16",
    "torch.int32",
    "torch.int64",
    "torch.int8",
    "torch.storage.UntypedStorage",
    "torch.uint16",
    "torch.uint32",
    "torch.uint64",
    "torch.uint8",
});

// Whole modules, with everything beneath them.
constexpr auto kDangerousModules = std::to_array<std::string_view>({
    "_aix_support",
    "_ctypes",
    "_imp",
    "_io",
    "_osx_support",
    "_pickle",
    "_posixshmem",
    "_posixsubprocess",
    "_pyrepl",
    "_socket",
    "_ssl",
    "_testcapi",
    "_thread",
    "_winapi",
    "_xxsubinterpreters",
    "aiohttp",
    "antigravity",
    "ast",
    "asyncio",
    "bdb",
    "cProfile",
    "cffi",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "concurrent",
    "configparser",
    "copyreg",
    "copy_reg",
    "ctypes",
    "dill",
    "dis",
    "distutils",
    "doctest",
    "ensurepip",
    "fileinput",
    "ftplib",
    "functools",
    "gc",
    "git",
    "glob",
    "http",
    "httplib",
    "httpx",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "joblib",
    "jsonpickle",
    "lib2to3",
    "linecache",
    "logging",
    "mailcap",
    "marshal",
    "mmap",
    "modulefinder",
    "msvcrt",
    "multiprocessing",
    "netrc",
    "nntplib",
    "nt",
    "ntpath",
    "operator",
    "_operator",
    "os",
    "paramiko",
    "pathlib",
    "pdb",
    "pexpect",
    "pickle",
    "pickletools",
    "pip",
    "pipes",
    "pkg_resources",
    "pkgutil",
    "platform",
    "poplib",
    "popen2",
    "posix",
    "posixpath",
    "profile",
    "psutil",
    "pstats",
    "pty",
    "ptyprocess",
    "py_compile",
    "pydoc",
    "pyexpat",
    "requests",
    "requests_toolbelt",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "select",
    "selectors",
    "setuptools",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtpd",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "sysconfig",
    "syslog",
    "tarfile",
    "telnetlib",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "tkinter",
    "trace",
    "traceback",
    "turtle",
    "types",
    "unittest",
    "urllib",
    "urllib2",
    "urllib3",
    "uuid",
    "venv",
    "webbrowser",
    "weakref",
    "winreg",
    "wsgiref",
    "xmlrpc",
    "yaml",
    "zipapp",
    "zipfile",
    "zipimport",
    "numpy.f2py",
    "numpy.testing",
    "numpy.distutils",
    "numpy.load",
    "numpy.ctypeslib",
    "numpy.lib.npyio",
    "pandas.eval",
    "pandas.io",
    "pandas.read_pickle",
    "scipy.io",
    "sympy",
    "torch.hub",
    "torch.jit",
    "torch.load",
    "torch._dynamo",
    "torch._inductor",
    "torch.serialization",
    "torch.storage._load_from_bytes",
    "torch.utils",
    "torch.fx",
    "torch.distributed",
    "torch.multiprocessing",
    "torch.package",
    "torch.cuda._compile_kernel",
    "torch.ops",
    "torch.classes",
    "torch._C",
    "torch.testing",
    "torch.backends",
    "torch.onnx",
    "torch.export",
    "tensorflow",
    "keras",
    "transformers.pipelines",
    "transformers.tools",
    "celery",
    "IPython",
    "ipykernel",
    "notebook",
    "fabric",
    "invoke",
    "jinja2",
    "mako",
    "django",
    "flask",
    "werkzeug",
    "nltk",
    "numba",
    "cython",
    "Cython",
});

// Of the built-in module, under either name.
constexpr auto kDangerousBuiltins = std::to_array<std::string_view>({
    "__build_class__",
    "__import__",
    "__loader__",
    "__spec__",
    "apply",
    "breakpoint",
    "compile",
    "delattr",
    "dir",
    "eval",
    "exec",
    "execfile",
    "exit",
    "file",
    "filter",
    "getattr",
    "globals",
    "help",
    "input",
    "locals",
    "map",
    "memoryview",
    "open",
    "print",
    "quit",
    "raw_input",
    "reload",
    "setattr",
    "type",
    "vars",
});

// Wherever they stand in a dotted name.
constexpr auto kDangerousWords = std::to_array<std::string_view>({
    "__builtins__",  "__class__",    "__dict__",       "__getattribute__",
    "__globals__",   "__import__",   "__init__",       "__reduce__",
    "__reduce_ex__", "__setstate__", "__subclasses__", "_load_from_bytes",
    "check_output",  "eval",         "exec",           "execfile",
    "exec_module",   "find_loader",  "load_module",    "os",
    "popen",         "resolve_name", "runcode",        "runctx",
    "runsource",     "runstring",    "spawn",          "subprocess",
    "sys",           "system",       "unpickle",       "urlopen",
    "urlretrieve",
});

bool contains(const auto& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Whether the name is the module or lies beneath it.
bool lies_in(std::string_view name, std::string_view module) {
  return name.starts_with(module) &&
         (name.size() == module.size() || name[module.size()] == '.');
}

}  // namespace

NameVerdict judge_name(const PickleGlobal& global) {
  const std::string full = global.full();
  if (contains(kHarmless, full)) return NameVerdict::kHarmless;
  for (const std::string_view module : kDangerousModules)
    if (lies_in(full, module)) return NameVerdict::kDangerous;
  const bool builtin =
      global.module == "builtins" || global.module == "__builtin__";
  const auto words = base::split(full, '.');
  for (const std::string_view word : words)
    if (contains(kDangerousWords, word)) return NameVerdict::kDangerous;
  if (builtin && contains(kDangerousBuiltins, words[1]))
    return NameVerdict::kDangerous;
  return NameVerdict::kUnknown;
}

bool is_plain_opcode(std::uint8_t op) noexcept {
  switch (op) {
    case kOpProto:
    case kOpStop:
    case kOpMark:
    case kOpPop:
    case kOpPopMark:
    case kOpNone:
    case kOpNewTrue:
    case kOpNewFalse:
    case kOpBinInt:
    case kOpBinInt1:
    case kOpBinInt2:
    case kOpLong1:
    case kOpBinFloat:
    case kOpBinUnicode:
    case kOpShortBinUnicode:
    case kOpBinString:
    case kOpShortBinString:
    case kOpBinBytes:
    case kOpShortBinBytes:
    case kOpBinBytes8:
    case kOpEmptyTuple:
    case kOpTuple:
    case kOpTuple1:
    case kOpTuple2:
    case kOpTuple3:
    case kOpEmptyList:
    case kOpAppend:
    case kOpAppends:
    case kOpEmptyDict:
    case kOpSetItem:
    case kOpSetItems:
    case kOpEmptySet:
    case kOpAddItems:
    case kOpBinPut:
    case kOpLongBinPut:
    case kOpMemoize:
    case kOpBinGet:
    case kOpLongBinGet:
    case kOpGlobal:
    case kOpStackGlobal:
    case kOpReduce:
    case kOpBuild:
    case kOpNewObj:
    case kOpBinPersId:
    case kOpFrame:
      return true;
    default:
      return false;
  }
}

}  // namespace hug::format

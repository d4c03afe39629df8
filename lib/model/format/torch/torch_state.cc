#include "format/torch/torch_state.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/base.h"
#include "format/torch/pickle_names.h"
#include "format/torch/pickle_opcodes.h"

namespace hug::format {
namespace {

using tensor::DType;

constexpr unsigned kDeepest = 16;
constexpr std::size_t kMostDims = 64;

struct NamedType {
  std::string_view name;
  DType type;
};

constexpr auto kStorageTypes =
    std::to_array<NamedType>({{"torch.FloatStorage", DType::kF32},
                              {"torch.HalfStorage", DType::kF16},
                              {"torch.BFloat16Storage", DType::kBf16},
                              {"torch.DoubleStorage", DType::kF64},
                              {"torch.LongStorage", DType::kI64},
                              {"torch.IntStorage", DType::kI32},
                              {"torch.ShortStorage", DType::kI16},
                              {"torch.CharStorage", DType::kI8},
                              {"torch.ByteStorage", DType::kU8},
                              {"torch.BoolStorage", DType::kBool},
                              {"torch.ComplexFloatStorage", DType::kC64}});

constexpr auto kElementTypes =
    std::to_array<NamedType>({{"torch.float32", DType::kF32},
                              {"torch.float16", DType::kF16},
                              {"torch.bfloat16", DType::kBf16},
                              {"torch.float64", DType::kF64},
                              {"torch.int64", DType::kI64},
                              {"torch.int32", DType::kI32},
                              {"torch.int16", DType::kI16},
                              {"torch.int8", DType::kI8},
                              {"torch.uint8", DType::kU8},
                              {"torch.uint16", DType::kU16},
                              {"torch.uint32", DType::kU32},
                              {"torch.uint64", DType::kU64},
                              {"torch.bool", DType::kBool},
                              {"torch.complex64", DType::kC64},
                              {"torch.float8_e4m3fn", DType::kF8E4M3},
                              {"torch.float8_e5m2", DType::kF8E5M2},
                              {"torch.float8_e4m3fnuz", DType::kF8E4M3Fnuz},
                              {"torch.float8_e5m2fnuz", DType::kF8E5M2Fnuz},
                              {"torch.float8_e8m0fnu", DType::kF8E8M0}});

Error corrupt(std::string what) {
  return Error(Code::kCorrupt, std::move(what));
}

std::optional<DType> find_type(const auto& table, std::string_view name) {
  for (const NamedType& t : table)
    if (t.name == name) return t.type;
  return std::nullopt;
}

bool is_untyped(std::string_view name) {
  return name == "torch.UntypedStorage" ||
         name == "torch.storage.UntypedStorage";
}

Result<std::uint64_t> size_at(const Pickle& p, PickleRef ref) {
  const auto value = p.as_int(ref);
  if (!value || *value < 0) return corrupt("a size that is no number");
  return static_cast<std::uint64_t>(*value);
}

// A tuple of numbers, also as torch.Size((...)).
Result<std::vector<std::uint64_t>> sizes_at(const Pickle& p, PickleRef ref) {
  if (const PickleCall* call = p.as_call(ref)) {
    const auto& arguments = p.items(call->arguments);
    const PickleGlobal* name = p.as_global(call->callable);
    if (name == nullptr || name->full() != "torch.Size" ||
        arguments.size() != 1)
      return corrupt("a shape that is no tuple");
    ref = arguments[0];
  }
  if (p.kind(ref) != PickleKind::kTuple && p.kind(ref) != PickleKind::kList)
    return corrupt("a shape that is no tuple");
  if (p.items(ref).size() > kMostDims)
    return Error(Code::kLimit, "more than 64 dimensions");
  std::vector<std::uint64_t> out;
  for (const PickleRef item : p.items(ref))
    out.push_back(HUG_TRY(size_at(p, item)));
  return out;
}

// Walks a state dict and collects what it holds.
class StateReader {
 public:
  StateReader(const Pickle& pickle, const FindStorage& find)
      : p_(pickle), find_(find) {}

  Result<std::vector<TorchTensor>> read();

 private:
  bool is_dict(PickleRef ref) const;
  const std::vector<PickleRef>& entries(PickleRef ref) const;
  bool is_tensor(PickleRef ref) const;
  bool has_tensors(PickleRef dict) const;
  PickleRef choose_root(PickleRef root) const;
  Result<void> walk(PickleRef ref, const std::string& name, unsigned depth);
  Result<TorchTensor> tensor(PickleRef ref, const std::string& name);

  const Pickle& p_;
  const FindStorage& find_;
  std::vector<TorchTensor> out_;
  std::unordered_set<std::string> names_;
  std::uint64_t visited_ = 0;
};

bool StateReader::is_dict(PickleRef ref) const {
  if (p_.kind(ref) == PickleKind::kDict) return true;
  const PickleCall* call = p_.as_call(ref);
  const PickleGlobal* name =
      call != nullptr ? p_.as_global(call->callable) : nullptr;
  return name != nullptr && name->full() == "collections.OrderedDict";
}

// Keys and values in turn.
const std::vector<PickleRef>& StateReader::entries(PickleRef ref) const {
  const PickleCall* call = p_.as_call(ref);
  return call != nullptr ? call->items : p_.items(ref);
}

bool StateReader::is_tensor(PickleRef ref) const {
  const PickleCall* call = p_.as_call(ref);
  const PickleGlobal* name =
      call != nullptr ? p_.as_global(call->callable) : nullptr;
  return name != nullptr && name->module == "torch._utils" &&
         name->name.starts_with("_rebuild_");
}

bool StateReader::has_tensors(PickleRef dict) const {
  const auto& items = entries(dict);
  for (std::size_t i = 1; i < items.size(); i += 2)
    if (is_tensor(items[i])) return true;
  return false;
}

PickleRef StateReader::choose_root(PickleRef root) const {
  constexpr auto kWrappers = std::to_array<std::string_view>(
      {"state_dict", "model_state_dict", "model_state", "model", "module",
       "net", "params"});
  if (!is_dict(root) || has_tensors(root)) return root;
  for (const std::string_view wrapper : kWrappers) {
    const auto& items = entries(root);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      if (p_.as_text(items[i]) == wrapper && is_dict(items[i + 1]) &&
          has_tensors(items[i + 1]))
        return items[i + 1];
  }
  return root;
}

Result<TorchTensor> StateReader::tensor(PickleRef ref,
                                        const std::string& name) {
  const PickleCall* call = p_.as_call(ref);
  std::string_view kind = p_.as_global(call->callable)->name;
  for (int i = 0; kind.starts_with("_rebuild_parameter"); ++i) {
    const auto& parts = p_.items(call->arguments);
    if (parts.empty() || !is_tensor(parts[0]) || i == 4)
      return corrupt("a parameter without a tensor");
    call = p_.as_call(parts[0]);
    kind = p_.as_global(call->callable)->name;
  }
  const auto& parts = p_.items(call->arguments);
  const bool v3 = kind == "_rebuild_tensor_v3";
  if (parts.size() < (v3 ? 7U : 4U))
    return corrupt("a tensor with too few arguments");
  const StorageId id = HUG_TRY(read_storage_id(p_, parts[0]));
  TorchTensor out;
  out.name = name;
  out.offset = HUG_TRY(size_at(p_, parts[1]));
  out.shape = HUG_TRY(sizes_at(p_, parts[2]));
  out.strides = HUG_TRY(sizes_at(p_, parts[3]));
  if (out.strides.size() != out.shape.size())
    return corrupt("a tensor with more or fewer strides than dimensions");
  std::optional<DType> type = id.type;
  if (v3) {
    const PickleGlobal* named = p_.as_global(parts[6]);
    type = named != nullptr ? find_type(kElementTypes, named->full())
                            : std::nullopt;
  }
  if (!type)
    return Error(Code::kUnsupported, "an element type that is not known");
  out.type = *type;
  out.storage = HUG_TRY(find_(id));
  return out;
}

Result<void> StateReader::walk(PickleRef ref, const std::string& name,
                               unsigned depth) {
  // A dict may be reached on many ways; what is printed small can be huge.
  if (depth > kDeepest || ++visited_ > 4'000'000)
    return Error(Code::kLimit, "the state dict is too deep or too large");
  if (is_tensor(ref)) {
    if (!names_.insert(name).second)
      return corrupt("tensor '" + name + "' occurs twice");
    out_.push_back(
        HUG_TRY_WITH(tensor(ref, name), "reading tensor '" + name + "'"));
    return {};
  }
  const bool dict = is_dict(ref);
  if (!dict && p_.kind(ref) != PickleKind::kList &&
      p_.kind(ref) != PickleKind::kTuple)
    return {};
  const auto& items = dict ? entries(ref) : p_.items(ref);
  const std::string prefix = name.empty() ? "" : name + ".";
  for (std::size_t i = 0; i + (dict ? 1 : 0) < items.size();
       i += dict ? 2 : 1) {
    std::string key = std::to_string(i);
    if (dict) {
      if (const auto text = p_.as_text(items[i]))
        key = *text;
      else if (const auto number = p_.as_int(items[i]))
        key = std::to_string(*number);
      else
        continue;
    }
    HUG_TRY(walk(items[dict ? i + 1 : i], prefix + key, depth + 1));
  }
  return {};
}

Result<std::vector<TorchTensor>> StateReader::read() {
  if (!p_.root()) return corrupt("the pickle has no value");
  HUG_TRY(walk(choose_root(*p_.root()), "", 0));
  constexpr std::string_view kPrefix = "module.";
  const bool wrapped =
      !out_.empty() &&
      std::all_of(out_.begin(), out_.end(), [&](const auto& t) {
        return t.name.starts_with(kPrefix) && t.name.size() > kPrefix.size();
      });
  if (wrapped)
    for (TorchTensor& t : out_)
      t.name.erase(0, kPrefix.size());
  return std::move(out_);
}

}  // namespace

Result<void> check_allowed(const Pickle& pickle) {
  std::vector<std::string> refused;
  for (const PickleGlobal& g : pickle.globals())
    if (judge_name(g) != NameVerdict::kHarmless &&
        std::find(refused.begin(), refused.end(), g.full()) == refused.end())
      refused.push_back(g.full());
  if (!refused.empty()) {
    if (refused.size() > 20) {
      const auto more = refused.size() - 20;
      refused.resize(20);
      refused.push_back("and " + std::to_string(more) + " more");
    }
    return Error(Code::kDenied,
                 "the pickle would import " + base::join(refused, ", "))
        .hint("look at it with 'hug scan'; ask its author for safetensors");
  }
  if (pickle.broken()) return *pickle.broken();
  if (!pickle.oddities().empty()) {
    const PickleOddity& odd = pickle.oddities().front();
    return Error(Code::kDenied, "the pickle has " + odd.text + " at byte " +
                                    std::to_string(odd.position))
        .hint("look at it with 'hug scan'");
  }
  for (std::size_t op = 0; op < 256; ++op)
    if (pickle.opcodes().test(op) &&
        !is_plain_opcode(static_cast<std::uint8_t>(op)))
      return Error(Code::kDenied, "the pickle uses opcode " +
                                      std::string(kPickleOpcodes[op].name) +
                                      ", which no checkpoint needs");
  return {};
}

Result<StorageId> read_storage_id(const Pickle& p, PickleRef ref) {
  const auto inner = p.as_persistent(ref);
  if (!inner) return corrupt("a tensor without a storage");
  const auto& parts = p.items(*inner);
  if (parts.size() < 5 || p.as_text(parts[0]) != "storage")
    return corrupt("a persistent id that is no storage");
  const PickleGlobal* type = p.as_global(parts[1]);
  const auto key = p.as_text(parts[2]);
  if (type == nullptr || !key) return corrupt("a storage without type or key");
  StorageId out;
  out.key = *key;
  out.numel = HUG_TRY(size_at(p, parts[4]));
  const std::string name = type->full();
  out.type = find_type(kStorageTypes, name);
  if (!out.type && !is_untyped(name))
    return Error(Code::kUnsupported, "storages of type " + name);
  // Old files can make a storage a view of another one.
  if (parts.size() > 5 && p.kind(parts[5]) != PickleKind::kNone)
    return Error(Code::kUnsupported, "a storage that is a view of another one");
  return out;
}

Result<std::vector<TorchTensor>> read_state(const Pickle& pickle,
                                            const FindStorage& find) {
  return StateReader(pickle, find).read();
}

Result<void> check_bounds(const TorchTensor& t, const TorchStorage& storage) {
  const auto fail = [&](std::string_view what) {
    return corrupt("tensor '" + t.name + "' " + std::string(what));
  };
  const std::uint64_t size = tensor::info(t.type).bytes;
  const auto n = HUG_TRY(tensor::element_count(t.shape));
  const auto bytes = base::checked_mul(n, size);
  if (!bytes) return fail("is larger than any file");
  if (n == 0) return {};
  // Repeated elements (stride 0) are fine, but not without measure.
  if (*bytes / 1000 > storage.source->size() + 4096)
    return Error(Code::kLimit, "tensor '" + t.name + "' repeats its " +
                                   std::to_string(storage.source->size()) +
                                   " stored bytes more than 1000 times");
  std::optional<std::uint64_t> last = t.offset;
  for (std::size_t i = 0; i < t.shape.size() && last; ++i) {
    const auto step = base::checked_mul(t.shape[i] - 1, t.strides[i]);
    last = step ? base::checked_add(*last, *step) : std::nullopt;
  }
  const auto count = last ? base::checked_add(*last, 1) : std::nullopt;
  const auto end = count ? base::checked_mul(*count, size) : std::nullopt;
  if (!end || *end > storage.source->size())
    return fail("reaches beyond its storage of " +
                std::to_string(storage.source->size()) + " bytes");
  return {};
}

}  // namespace hug::format

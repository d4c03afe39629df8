#include "format/torch/pickle.h"

namespace hug::format {

std::optional<std::int64_t> Pickle::as_int(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kInt) return std::nullopt;
  return static_cast<std::int64_t>(n.value);
}

std::optional<std::string_view> Pickle::as_text(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kText && n.kind != PickleKind::kBytes)
    return std::nullopt;
  return std::string_view(texts_[n.value]);
}

const std::vector<PickleRef>& Pickle::items(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  const bool list = n.kind == PickleKind::kTuple ||
                    n.kind == PickleKind::kList || n.kind == PickleKind::kSet ||
                    n.kind == PickleKind::kDict;
  return lists_[list ? n.value : 0];  // list 0 is empty
}

const PickleGlobal* Pickle::as_global(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  return n.kind == PickleKind::kGlobal ? &globals_[n.value] : nullptr;
}

const PickleCall* Pickle::as_call(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  return n.kind == PickleKind::kCall ? &calls_[n.value] : nullptr;
}

std::optional<PickleRef> Pickle::as_persistent(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kPersistent) return std::nullopt;
  return static_cast<PickleRef>(n.value);
}

}  // namespace hug::format

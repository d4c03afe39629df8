#include "format/torch/pickle_values.h"

#include <utility>

#include "base/base.h"

namespace hug::format {

PickleValues::PickleValues(std::uint64_t limit) : limit_(limit) {
  out_.nodes_ = {{.kind = PickleKind::kNone, .value = 0},
                 {.kind = PickleKind::kBool, .value = 1},
                 {.kind = PickleKind::kBool, .value = 0},
                 {.kind = PickleKind::kUnknown, .value = 0},
                 {.kind = PickleKind::kTuple, .value = 0}};
  out_.lists_.emplace_back();
}

void PickleValues::hold(std::size_t references) {
  held_ += references;
  if (held_ > limit_) full_ = true;
}

PickleRef PickleValues::add(PickleKind kind, std::uint64_t value) {
  if (out_.nodes_.size() >= limit_) {
    full_ = true;
    return kPickleUnknown;
  }
  out_.nodes_.push_back({.kind = kind, .value = value});
  return static_cast<PickleRef>(out_.nodes_.size() - 1);
}

PickleRef PickleValues::add_text(PickleKind kind,
                                 std::optional<std::string> text) {
  if (!text) return kPickleUnknown;
  out_.texts_.push_back(std::move(*text));
  return add(kind, out_.texts_.size() - 1);
}

PickleRef PickleValues::add_list(PickleKind kind,
                                 std::vector<PickleRef> items) {
  hold(items.size());
  out_.lists_.push_back(std::move(items));
  return add(kind, out_.lists_.size() - 1);
}

PickleRef PickleValues::add_global(std::string module, std::string name,
                                   std::uint64_t position) {
  out_.globals_.push_back({.module = std::move(module),
                           .name = std::move(name),
                           .position = position});
  return add(PickleKind::kGlobal, out_.globals_.size() - 1);
}

PickleRef PickleValues::add_call(PickleRef callable, PickleRef arguments,
                                 std::uint64_t position) {
  if (out_.kind(callable) != PickleKind::kGlobal)
    odd(position, "a call of something that is not an imported name");
  out_.calls_.push_back({.callable = callable,
                         .arguments = arguments,
                         .items = {},
                         .position = position});
  return add(PickleKind::kCall, out_.calls_.size() - 1);
}

PickleRef PickleValues::add_persistent(PickleRef id) {
  const PickleRef ref = add(PickleKind::kPersistent, id);
  out_.persistent_.push_back(ref);
  return ref;
}

PickleRef PickleValues::add_long(const std::optional<std::string>& raw) {
  if (!raw || raw->size() > 8) return kPickleUnknown;
  std::uint64_t value = 0;
  for (std::size_t i = raw->size(); i-- > 0;)
    value = (value << 8) | static_cast<unsigned char>((*raw)[i]);
  const std::size_t bits = raw->size() * 8;
  if (bits != 0 && bits < 64 && (value >> (bits - 1)) != 0)
    value |= ~std::uint64_t{0} << bits;
  return add(PickleKind::kInt, value);
}

PickleRef PickleValues::add_decimal(std::string_view text, bool may_be_bool) {
  if (may_be_bool && text == "01") return kPickleTrue;
  if (may_be_bool && text == "00") return kPickleFalse;
  if (!may_be_bool && text.ends_with('L')) text.remove_suffix(1);
  const auto value = base::parse_signed(text);
  if (!value) return kPickleUnknown;
  return add(PickleKind::kInt, static_cast<std::uint64_t>(*value));
}

void PickleValues::extend(PickleRef target, const std::vector<PickleRef>& items,
                          std::uint64_t position) {
  const PickleNode& node = out_.node(target);
  hold(items.size());
  std::vector<PickleRef>* to = nullptr;
  switch (node.kind) {
    case PickleKind::kList:
    case PickleKind::kSet:
    case PickleKind::kDict:
      to = &out_.lists_[node.value];
      break;
    case PickleKind::kCall:
      to = &out_.calls_[node.value].items;
      break;
    case PickleKind::kUnknown:
      odd(position, "items for a value that cannot be followed");
      return;
    default:
      odd(position, "items for something that is no container");
      return;
  }
  to->insert(to->end(), items.begin(), items.end());
}

void PickleValues::odd(std::uint64_t position, std::string text, bool grave) {
  constexpr std::size_t kMost = 1000;
  if (out_.oddities_.size() < kMost)
    out_.oddities_.push_back(
        {.position = position, .text = std::move(text), .grave = grave});
}

}  // namespace hug::format

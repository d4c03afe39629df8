// value[key], value[from:to:by] and value.name.
#include <algorithm>

#include "text/jinja/operators.h"

namespace hug::text::jinja {

namespace {

// Python's slice: indices of the items taken.
Result<std::vector<std::size_t>> slice_indices(std::size_t size,
                                               const Value* from,
                                               const Value* to,
                                               const Value* by) {
  const auto given = [](const Value* v) {
    return v != nullptr && !v->is_none() && !v->is_undefined();
  };
  for (const Value* v : {from, to, by}) {
    if (given(v) && !v->is_integer() && !v->is_bool()) {
      return Error(Code::kUsage, "slice indices must be integers");
    }
  }
  const auto n = static_cast<std::int64_t>(size);
  const std::int64_t step = given(by) ? by->whole() : 1;
  if (step == 0) return Error(Code::kUsage, "slice step cannot be zero");
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? n : n - 1;
  const auto place = [&](const Value* v, std::int64_t fallback) {
    if (!given(v)) return fallback;
    const std::int64_t i = v->whole();
    if (i < -n) return low;
    return std::clamp(i < 0 ? i + n : i, low, high);
  };
  std::int64_t i = place(from, step > 0 ? 0 : n - 1);
  const std::int64_t end = place(to, step > 0 ? n : -1);
  std::vector<std::size_t> out;
  while (step > 0 ? i < end : i > end) {
    out.push_back(static_cast<std::size_t>(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return out;
}

}  // namespace

Result<Value> take_slice(Interpreter& in, const Value& value, const Value* from,
                         const Value* to, const Value* by) {
  if (value.text() == nullptr && value.list() == nullptr) {
    return Error(Code::kUsage,
                 "a " + std::string(value.type_name()) + " cannot be sliced");
  }
  const std::vector<Value> items = HUG_TRY(in.iterate(value));
  const auto picked = HUG_TRY(slice_indices(items.size(), from, to, by));
  if (value.text() != nullptr) {
    Text out;
    for (const std::size_t i : picked)
      out.append(*items[i].text());
    return in.make_string(std::move(out));
  }
  std::vector<Value> out;
  for (const std::size_t i : picked)
    out.push_back(items[i]);
  return value.list()->tuple ? Value::tuple(std::move(out))
                             : Value::list(std::move(out));
}

Result<Value> take_index(Interpreter& in, const Value& value,
                         const Value& key) {
  if (value.is_undefined()) return undefined_error(value);
  if (const Dict* d = value.dict()) {
    if (const Value* found = d->find(key)) return *found;
  }
  if (key.is_integer() && (value.list() || value.text())) {
    const auto n = static_cast<std::int64_t>(
        value.list() ? value.list()->items.size()
                     : count_code_points(value.text()->bytes));
    std::int64_t i = key.whole();
    if (i < 0) i += n;
    if (i < 0 || i >= n) return Value::undefined("index");
    const auto at = static_cast<std::size_t>(i);
    if (value.list()) return value.list()->items[at];
    const Text& t = *value.text();
    HUG_TRY(in.spend(1 + t.bytes.size() / 64));
    const std::size_t begin = code_point_offset(t.bytes, at);
    const std::size_t end = code_point_offset(t.bytes, at + 1);
    return Value::string(t.substr(begin, end - begin));
  }
  if (key.text() != nullptr) {
    return find_attribute(value, key.text()->bytes);
  }
  return Value::undefined(to_text(key).bytes);
}

Result<Value> take_attribute(const Value& value, const std::string& name) {
  if (value.is_undefined()) return undefined_error(value);
  Value found = find_attribute(value, name);
  if (!found.is_undefined()) return found;
  if (const Dict* d = value.dict()) {
    if (const Value* item = d->find(std::string_view(name))) return *item;
  }
  return Value::undefined(name);
}
}  // namespace hug::text::jinja

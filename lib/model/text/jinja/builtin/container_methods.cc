// {...}.name(...) and [...].name(...)
#include <algorithm>

#include "text/jinja/builtin/methods.h"

namespace hug::text::jinja {

namespace {

constexpr std::string_view kDictMethods[] = {
    "items", "keys", "values", "get", "pop", "update", "copy", "setdefault"};
constexpr std::string_view kListMethods[] = {
    "append", "extend", "pop", "insert", "index", "count", "reverse"};

}  // namespace

bool is_dict_method(std::string_view name) {
  return std::find(std::begin(kDictMethods), std::end(kDictMethods), name) !=
         std::end(kDictMethods);
}

bool is_list_method(std::string_view name) {
  return std::find(std::begin(kListMethods), std::end(kListMethods), name) !=
         std::end(kListMethods);
}

Result<Value> dict_method(Interpreter& in, const std::shared_ptr<Dict>& d,
                          std::string_view name, Arguments& a) {
  HUG_TRY(in.spend(1 + d->items.size()));
  if (name == "items" || name == "keys" || name == "values") {
    std::vector<Value> out;
    for (const auto& [key, value] : d->items) {
      out.push_back(name == "items"  ? Value::tuple({key, value})
                    : name == "keys" ? key
                                     : value);
    }
    return Value::list(std::move(out));
  }
  if (name == "copy") return Value::dict(*d);
  if (name == "update") {
    for (const Value& v : a.positional) {
      if (v.dict() == nullptr) return method_error(name, "a dict");
      const Dict other = *v.dict();
      for (const auto& [key, value] : other.items)
        d->set(key, value);
    }
    for (auto& [key, value] : a.named)
      d->set(Value::string(key), value);
    return Value::none();
  }
  if (a.positional.empty()) return method_error(name, "a key");
  const Value* found = d->find(a.positional[0]);
  Value out = found != nullptr ? *found : Value::none();
  const Value* fallback = a.find(1, "default");
  if (found == nullptr && fallback != nullptr) out = *fallback;
  if (name == "get") return out;
  if (name == "setdefault") {
    if (found == nullptr) d->set(a.positional[0], out);
    return out;
  }
  if (found == nullptr && fallback == nullptr) {
    return Error(Code::kUsage, "no key " + to_repr(a.positional[0]).bytes);
  }
  d->erase(a.positional[0]);  // pop
  return out;
}

Result<Value> list_method(Interpreter& in, const std::shared_ptr<List>& l,
                          std::string_view name, Arguments& a) {
  HUG_TRY(in.spend(1));
  auto& items = l->items;
  if (name == "pop") {
    std::int64_t i = whole_or(a.find(0, {}), -1);
    const auto n = static_cast<std::int64_t>(items.size());
    if (i < 0) i += n;
    if (i < 0 || i >= n) return Error(Code::kUsage, "pop index out of range");
    Value out = items[static_cast<std::size_t>(i)];
    items.erase(items.begin() + i);
    return out;
  }
  if (name == "reverse") {
    std::reverse(items.begin(), items.end());
    return Value::none();
  }
  if (a.positional.empty()) return method_error(name, "a value");
  const Value& v = a.positional.back();
  if (v.list() == l.get() && name != "count" && name != "index") {
    return Error(Code::kUsage, "a list cannot hold itself");
  }
  if (name == "append") {
    items.push_back(v);
  } else if (name == "extend") {
    for (Value& item : HUG_TRY(in.iterate(v)))
      items.push_back(item);
  } else if (name == "insert") {
    const auto n = static_cast<std::int64_t>(items.size());
    std::int64_t i = whole_or(a.find(0, {}), n);
    i = std::clamp<std::int64_t>(i < 0 ? i + n : i, 0, n);
    items.insert(items.begin() + i, v);
  } else {
    HUG_TRY(in.spend(items.size()));
    const auto is_it = [&](const Value& item) { return equal(item, v); };
    if (name == "count") {
      return Value::integer(std::count_if(items.begin(), items.end(), is_it));
    }
    const auto it = std::find_if(items.begin(), items.end(), is_it);
    if (it == items.end()) return Error(Code::kUsage, "value is not in list");
    return Value::integer(it - items.begin());
  }
  return Value::none();
}

}  // namespace hug::text::jinja

// Filters that measure, take from and choose among items.
#include <algorithm>

#include "text/jinja/builtin/filters.h"

namespace hug::text::jinja {

namespace {

Result<Value> length(Interpreter&, const Value& v, Arguments&) {
  std::size_t n = 0;
  if (const Text* t = v.text()) {
    n = count_code_points(t->bytes);
  } else if (const List* l = v.list()) {
    n = l->items.size();
  } else if (const Dict* d = v.dict()) {
    n = d->items.size();
  } else if (!v.is_undefined()) {
    return filter_error("length",
                        "cannot measure a " + std::string(v.type_name()));
  }
  return Value::integer(static_cast<std::int64_t>(n));
}

Result<Value> fallback(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default_value");
  const bool missing =
      flag_or(a.find(1, "boolean"), false) ? !v.truthy() : v.is_undefined();
  if (!missing) return v;
  return other != nullptr ? *other : Value::string("");
}

Result<Value> items(Interpreter& in, const Value& v, Arguments& a) {
  if (v.is_undefined()) return Value::list({});
  if (v.dict() == nullptr) return filter_error("items", "takes a mapping");
  return in.call(find_attribute(v, "items"), a);
}

Result<Value> join_filter(Interpreter& in, const Value& v, Arguments& a) {
  std::vector<Value> parts = HUG_TRY(in.iterate(v));
  const Value* separator = a.find(0, "d");
  if (const Value* attribute = a.find(1, "attribute")) {
    for (Value& p : parts)
      p = attribute_path(p, *attribute);
  }
  return join(in, parts, separator ? to_text(*separator) : Text{});
}

Result<Value> list(Interpreter& in, const Value& v, Arguments&) {
  return Value::list(HUG_TRY(in.iterate(v)));
}

Result<Value> first(Interpreter& in, const Value& v, Arguments&) {
  const auto all = HUG_TRY(in.iterate(v));
  return all.empty() ? Value::undefined("first item") : all.front();
}

Result<Value> last(Interpreter& in, const Value& v, Arguments&) {
  const auto all = HUG_TRY(in.iterate(v));
  return all.empty() ? Value::undefined("last item") : all.back();
}

Result<Value> reverse(Interpreter& in, const Value& v, Arguments&) {
  auto all = HUG_TRY(in.iterate(v));
  std::reverse(all.begin(), all.end());
  if (v.text() != nullptr) return join(in, all, {});
  return Value::list(std::move(all));
}

Result<Value> batch(Interpreter& in, const Value& v, Arguments& a) {
  const std::int64_t size = whole_or(a.find(0, "linecount"), 0);
  if (size <= 0) return filter_error("batch", "takes a size above 0");
  std::vector<Value> out;
  std::vector<Value> row;
  for (Value& item : HUG_TRY(in.iterate(v))) {
    row.push_back(std::move(item));
    if (static_cast<std::int64_t>(row.size()) == size) {
      out.push_back(Value::list(std::exchange(row, {})));
    }
  }
  if (!row.empty()) {
    const Value* fill = a.find(1, "fill_with");
    while (fill && static_cast<std::int64_t>(row.size()) < size &&
           row.size() < 100'000) {
      row.push_back(*fill);
    }
    out.push_back(Value::list(std::move(row)));
  }
  return Value::list(std::move(out));
}

// The items of a selection: whatever is false has none.
Result<std::vector<Value>> items_or_none(Interpreter& in, const Value& v) {
  if (!v.truthy()) return std::vector<Value>{};
  return in.iterate(v);
}

// select, reject, selectattr, rejectattr.
Result<Value> choose(Interpreter& in, const Value& v, Arguments& a, bool keep,
                     bool by_attribute) {
  const std::size_t first = by_attribute ? 1 : 0;
  if (by_attribute && a.positional.empty()) {
    return filter_error("selectattr", "takes an attribute");
  }
  Arguments rest;
  for (std::size_t i = first + 1; i < a.positional.size(); ++i) {
    rest.positional.push_back(a.positional[i]);
  }
  std::vector<Value> out;
  for (const Value& item : HUG_TRY(items_or_none(in, v))) {
    Value subject = item;
    if (by_attribute) subject = attribute_path(item, a.positional[0]);
    bool holds = subject.truthy();
    if (a.positional.size() > first) {
      holds = HUG_TRY(
          apply_test(in, to_text(a.positional[first]).bytes, subject, rest));
    }
    if (holds == keep) out.push_back(item);
  }
  return Value::list(std::move(out));
}

Result<Value> select(Interpreter& in, const Value& v, Arguments& a) {
  return choose(in, v, a, true, false);
}

Result<Value> reject(Interpreter& in, const Value& v, Arguments& a) {
  return choose(in, v, a, false, false);
}

Result<Value> selectattr(Interpreter& in, const Value& v, Arguments& a) {
  return choose(in, v, a, true, true);
}

Result<Value> rejectattr(Interpreter& in, const Value& v, Arguments& a) {
  return choose(in, v, a, false, true);
}

Result<Value> map(Interpreter& in, const Value& v, Arguments& a) {
  std::vector<Value> out = HUG_TRY(items_or_none(in, v));
  const Value* attribute = a.find(99, "attribute");
  if (attribute != nullptr) {
    const Value* other = a.find(99, "default");
    for (Value& item : out) {
      item = attribute_path(item, *attribute);
      if (item.is_undefined() && other != nullptr) item = *other;
    }
    return Value::list(std::move(out));
  }
  if (a.positional.empty()) return filter_error("map", "takes a filter");
  const std::string name = to_text(a.positional[0]).bytes;
  if (name == "map") return filter_error("map", "cannot map itself");
  Arguments rest;
  rest.positional.assign(a.positional.begin() + 1, a.positional.end());
  rest.named = a.named;
  for (Value& item : out)
    item = HUG_TRY(apply_filter(in, name, item, rest));
  return Value::list(std::move(out));
}

constexpr Filter kFilters[] = {
    {"length", length},
    {"count", length},
    {"items", items},
    {"join", join_filter},
    {"default", fallback},
    {"d", fallback},
    {"list", list},
    {"first", first},
    {"last", last},
    {"reverse", reverse},
    {"batch", batch},
    {"select", select},
    {"reject", reject},
    {"selectattr", selectattr},
    {"rejectattr", rejectattr},
    {"map", map},
};

}  // namespace

std::span<const Filter> sequence_filters() {
  return kFilters;
}

}  // namespace hug::text::jinja

// Filters over items by a key, which is the item or an attribute of it: sorted,
// grouped, unique, the least, the most, the sum.
#include <algorithm>
#include <optional>

#include "text/jinja/builtin/filters.h"

namespace hug::text::jinja {

namespace {

Value fold(const Value& v, bool case_sensitive) {
  if (case_sensitive || v.text() == nullptr) return v;
  return Value::string(change_case(*v.text(), "lower"));
}

struct Keyed {
  Value key;
  Value value;
};

// Sorts by key, keeping the order of equals; the first error wins.
Result<void> sort_keyed(Interpreter& in, std::vector<Keyed>& all,
                        bool reverse) {
  HUG_TRY(in.spend(all.size() * 16));
  std::optional<Error> error;
  std::stable_sort(all.begin(), all.end(), [&](const Keyed& a, const Keyed& b) {
    Result<int> c = reverse ? compare(b.key, a.key) : compare(a.key, b.key);
    if (!c.has_value()) {
      if (!error) error = std::move(c).error();
      return false;
    }
    return *c < 0;
  });
  if (error) return *std::move(error);
  return {};
}

Result<Value> dictsort(Interpreter& in, const Value& v, Arguments& a) {
  if (v.dict() == nullptr) return filter_error("dictsort", "takes a mapping");
  const bool case_sensitive = flag_or(a.find(0, "case_sensitive"), false);
  const Value* by = a.find(1, "by");
  const bool by_value = by != nullptr && to_text(*by).bytes == "value";
  std::vector<Keyed> all;
  for (const auto& [key, value] : v.dict()->items) {
    all.push_back({fold(by_value ? value : key, case_sensitive),
                   Value::tuple({key, value})});
  }
  HUG_TRY(sort_keyed(in, all, flag_or(a.find(2, "reverse"), false)));
  std::vector<Value> out;
  for (Keyed& k : all)
    out.push_back(std::move(k.value));
  return Value::list(std::move(out));
}

Result<std::vector<Keyed>> keyed(Interpreter& in, const Value& v,
                                 const Value* attribute, bool case_sensitive) {
  std::vector<Keyed> all;
  for (Value& item : HUG_TRY(in.iterate(v))) {
    Value key = item;
    if (attribute != nullptr) key = attribute_path(item, *attribute);
    all.push_back({fold(key, case_sensitive), std::move(item)});
  }
  return all;
}

Result<Value> sort(Interpreter& in, const Value& v, Arguments& a) {
  auto all = HUG_TRY(keyed(in, v, a.find(2, "attribute"),
                           flag_or(a.find(1, "case_sensitive"), false)));
  HUG_TRY(sort_keyed(in, all, flag_or(a.find(0, "reverse"), false)));
  std::vector<Value> out;
  for (Keyed& k : all)
    out.push_back(std::move(k.value));
  return Value::list(std::move(out));
}

Result<Value> extreme(Interpreter& in, const Value& v, Arguments& a, int sign) {
  const auto all = HUG_TRY(keyed(in, v, a.find(1, "attribute"),
                                 flag_or(a.find(0, "case_sensitive"), false)));
  if (all.empty()) return Value::undefined("empty sequence");
  const Keyed* best = &all[0];
  for (const Keyed& k : all) {
    if (HUG_TRY(compare(k.key, best->key)) * sign > 0) best = &k;
  }
  return best->value;
}

Result<Value> max(Interpreter& in, const Value& v, Arguments& a) {
  return extreme(in, v, a, 1);
}

Result<Value> min(Interpreter& in, const Value& v, Arguments& a) {
  return extreme(in, v, a, -1);
}

Result<Value> unique(Interpreter& in, const Value& v, Arguments& a) {
  const auto all = HUG_TRY(keyed(in, v, a.find(1, "attribute"),
                                 flag_or(a.find(0, "case_sensitive"), false)));
  std::vector<Value> seen;
  std::vector<Value> out;
  for (const Keyed& k : all) {
    HUG_TRY(in.spend(seen.size() / 8 + 1));
    if (std::any_of(seen.begin(), seen.end(),
                    [&](const Value& s) { return equal(s, k.key); })) {
      continue;
    }
    seen.push_back(k.key);
    out.push_back(k.value);
  }
  return Value::list(std::move(out));
}

Result<Value> sum(Interpreter& in, const Value& v, Arguments& a) {
  const auto all = HUG_TRY(keyed(in, v, a.find(0, "attribute"), true));
  double real = 0;
  std::int64_t whole_sum = 0;
  bool is_real = false;
  for (const Keyed& k : all) {
    if (!k.key.is_number()) return filter_error("sum", "takes numbers");
    is_real = is_real || k.key.is_real();
    real += k.key.number();
    if (!k.key.is_real() &&
        __builtin_add_overflow(whole_sum, k.key.whole(), &whole_sum)) {
      return Error(Code::kLimit, "number is too large");
    }
  }
  return is_real ? Value::real(real) : Value::integer(whole_sum);
}

Result<Value> groupby(Interpreter& in, const Value& v, Arguments& a) {
  const Value* attribute = a.find(0, "attribute");
  if (attribute == nullptr)
    return filter_error("groupby", "takes an attribute");
  auto all = HUG_TRY(keyed(in, v, attribute, false));
  HUG_TRY(sort_keyed(in, all, false));
  std::vector<Value> out;
  for (std::size_t i = 0; i < all.size();) {
    std::vector<Value> group;
    const Value key = attribute_path(all[i].value, *attribute);
    const std::size_t begin = i;
    while (i < all.size() && equal(all[i].key, all[begin].key)) {
      group.push_back(all[i++].value);
    }
    out.push_back(Value::tuple({key, Value::list(std::move(group))}));
  }
  return Value::list(std::move(out));
}

constexpr Filter kFilters[] = {
    {"dictsort", dictsort}, {"sort", sort}, {"max", max},         {"min", min},
    {"unique", unique},     {"sum", sum},   {"groupby", groupby},
};

}  // namespace

std::span<const Filter> keyed_filters() {
  return kFilters;
}

}  // namespace hug::text::jinja

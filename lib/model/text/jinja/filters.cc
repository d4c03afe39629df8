// `value | name(...)`.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "text/jinja/from_json.h"
#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

namespace {

Error bad(std::string_view name, std::string_view what) {
  return Error(Code::kUsage, "filter '" + std::string(name) + "' " +
                                 std::string(what));
}

std::int64_t whole(const Value* v, std::int64_t fallback) {
  return v != nullptr && (v->is_integer() || v->is_bool()) ? v->whole()
                                                           : fallback;
}

bool flag(const Value* v, bool fallback) {
  return v != nullptr ? v->truthy() : fallback;
}

// What {{ value|name }} works on when it needs text: str(value).
Text text_of(const Value& v) { return to_text(v); }

Result<Value> tojson(Interpreter& in, const Value& v, Arguments& a) {
  JsonStyle style;
  style.ensure_ascii = flag(a.find(9, "ensure_ascii"), false);
  style.sort_keys = flag(a.find(9, "sort_keys"), false);
  if (const Value* indent = a.find(0, "indent"); indent && !indent->is_none()) {
    style.indent =
        static_cast<int>(std::clamp<std::int64_t>(whole(indent, 0), 0, 64));
  }
  const Value* separators = a.find(9, "separators");
  if (separators && separators->list() &&
      separators->list()->items.size() == 2) {
    style.item_separator = text_of(separators->list()->items[0]).bytes;
    style.key_separator = text_of(separators->list()->items[1]).bytes;
  }
  return in.make_string(HUG_TRY(to_json(v, style)));
}

Result<Value> from_json(Interpreter& in, const Value& v, Arguments&) {
  if (v.text() == nullptr) return bad("from_json", "takes a string");
  const auto parsed = nlohmann::ordered_json::parse(v.text()->bytes, nullptr,
                                                    false);
  if (parsed.is_discarded()) return bad("from_json", "got broken JSON");
  HUG_TRY(in.spend(v.text()->bytes.size()));
  return value_from_json(parsed, v.text()->has_input());
}

Result<Value> length(Interpreter&, const Value& v, Arguments&) {
  std::size_t n = 0;
  if (const Text* t = v.text()) {
    n = count_code_points(t->bytes);
  } else if (const List* l = v.list()) {
    n = l->items.size();
  } else if (const Dict* d = v.dict()) {
    n = d->items.size();
  } else if (!v.is_undefined()) {
    return bad("length", "cannot measure a " + std::string(v.type_name()));
  }
  return Value::integer(static_cast<std::int64_t>(n));
}

Result<Value> trim(Interpreter& in, const Value& v, Arguments& a) {
  const Value* chars = a.find(0, "chars");
  return in.make_string(
      strip(text_of(v), chars ? text_of(*chars).bytes : "", Side::kBoth));
}

Result<Value> string(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(text_of(v));
}

Result<Value> items(Interpreter& in, const Value& v, Arguments& a) {
  if (v.is_undefined()) return Value::list({});
  if (v.dict() == nullptr) return bad("items", "takes a mapping");
  return in.call(HUG_TRY(find_attribute(in, v, "items")), a);
}

// item.a.b, or item[0] for a number.
Result<Value> path(Interpreter& in, Value v, const Value& attribute) {
  std::string name = text_of(attribute).bytes;
  while (!name.empty()) {
    const auto dot = name.find('.');
    const std::string part = name.substr(0, dot);
    name = dot == std::string::npos ? "" : name.substr(dot + 1);
    Value next = Value::undefined(part);
    if (const Dict* d = v.dict()) {
      if (const Value* found = d->find(std::string_view(part))) next = *found;
    } else if (const List* l = v.list()) {
      std::size_t i = 0;
      const auto r =
          std::from_chars(part.data(), part.data() + part.size(), i);
      if (r.ec == std::errc() && i < l->items.size()) next = l->items[i];
    } else {
      next = HUG_TRY(find_attribute(in, v, part));
    }
    v = std::move(next);
  }
  return v;
}

Result<Value> join_filter(Interpreter& in, const Value& v, Arguments& a) {
  std::vector<Value> parts = HUG_TRY(in.iterate(v));
  const Value* separator = a.find(0, "d");
  if (const Value* attribute = a.find(1, "attribute")) {
    for (Value& p : parts) p = HUG_TRY(path(in, p, *attribute));
  }
  return join(in, parts, separator ? text_of(*separator) : Text{});
}

Result<Value> fallback(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default_value");
  const bool missing =
      flag(a.find(1, "boolean"), false) ? !v.truthy() : v.is_undefined();
  if (!missing) return v;
  return other != nullptr ? *other : Value::string("");
}

Result<Value> list(Interpreter& in, const Value& v, Arguments&) {
  return Value::list(HUG_TRY(in.iterate(v)));
}

Result<Value> safe(Interpreter& in, const Value& v, Arguments&) {
  Text out = text_of(v);
  out.markup = true;
  return in.make_string(std::move(out));
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
    return bad("selectattr", "takes an attribute");
  }
  Arguments rest;
  for (std::size_t i = first + 1; i < a.positional.size(); ++i) {
    rest.positional.push_back(a.positional[i]);
  }
  std::vector<Value> out;
  for (const Value& item : HUG_TRY(items_or_none(in, v))) {
    Value subject = item;
    if (by_attribute) subject = HUG_TRY(path(in, item, a.positional[0]));
    bool holds = subject.truthy();
    if (a.positional.size() > first) {
      holds = HUG_TRY(apply_test(in, text_of(a.positional[first]).bytes,
                                 subject, rest));
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
      item = HUG_TRY(path(in, item, *attribute));
      if (item.is_undefined() && other != nullptr) item = *other;
    }
    return Value::list(std::move(out));
  }
  if (a.positional.empty()) return bad("map", "takes a filter");
  const std::string name = text_of(a.positional[0]).bytes;
  if (name == "map") return bad("map", "cannot map itself");
  Arguments rest;
  rest.positional.assign(a.positional.begin() + 1, a.positional.end());
  rest.named = a.named;
  for (Value& item : out) item = HUG_TRY(apply_filter(in, name, item, rest));
  return Value::list(std::move(out));
}

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
  if (v.dict() == nullptr) return bad("dictsort", "takes a mapping");
  const bool case_sensitive = flag(a.find(0, "case_sensitive"), false);
  const Value* by = a.find(1, "by");
  const bool by_value = by != nullptr && text_of(*by).bytes == "value";
  std::vector<Keyed> all;
  for (const auto& [key, value] : v.dict()->items) {
    all.push_back({fold(by_value ? value : key, case_sensitive),
                   Value::tuple({key, value})});
  }
  HUG_TRY(sort_keyed(in, all, flag(a.find(2, "reverse"), false)));
  std::vector<Value> out;
  for (Keyed& k : all) out.push_back(std::move(k.value));
  return Value::list(std::move(out));
}

Result<std::vector<Keyed>> keyed(Interpreter& in, const Value& v,
                                 const Value* attribute, bool case_sensitive) {
  std::vector<Keyed> all;
  for (Value& item : HUG_TRY(in.iterate(v))) {
    Value key = item;
    if (attribute != nullptr) key = HUG_TRY(path(in, item, *attribute));
    all.push_back({fold(key, case_sensitive), std::move(item)});
  }
  return all;
}

Result<Value> sort(Interpreter& in, const Value& v, Arguments& a) {
  auto all = HUG_TRY(keyed(in, v, a.find(2, "attribute"),
                           flag(a.find(1, "case_sensitive"), false)));
  HUG_TRY(sort_keyed(in, all, flag(a.find(0, "reverse"), false)));
  std::vector<Value> out;
  for (Keyed& k : all) out.push_back(std::move(k.value));
  return Value::list(std::move(out));
}

Result<Value> extreme(Interpreter& in, const Value& v, Arguments& a, int sign) {
  const auto all = HUG_TRY(keyed(in, v, a.find(1, "attribute"),
                                 flag(a.find(0, "case_sensitive"), false)));
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
                                 flag(a.find(0, "case_sensitive"), false)));
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
    if (!k.key.is_number()) return bad("sum", "takes numbers");
    is_real = is_real || k.key.is_real();
    real += k.key.number();
    if (!k.key.is_real() &&
        __builtin_add_overflow(whole_sum, k.key.whole(), &whole_sum)) {
      return Error(Code::kLimit, "number is too large");
    }
  }
  return is_real ? Value::real(real) : Value::integer(whole_sum);
}

Result<Value> upper(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(text_of(v), "upper"));
}

Result<Value> lower(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(text_of(v), "lower"));
}

Result<Value> capitalize(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(text_of(v), "capitalize"));
}

Result<Value> title(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(text_of(v), "title"));
}

Result<Value> replace(Interpreter& in, const Value& v, Arguments& a) {
  const Value subject = HUG_TRY(in.make_string(text_of(v)));
  return in.call(HUG_TRY(find_attribute(in, subject, "replace")), a);
}

Result<Value> indent(Interpreter& in, const Value& v, Arguments& a) {
  const Value* width = a.find(0, "width");
  const bool first = flag(a.find(1, "first"), false);
  const bool blank = flag(a.find(2, "blank"), false);
  const Text pad =
      width != nullptr && width->text()
          ? *width->text()
          : Text{std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(
                                 whole(width, 4), 0, 1024)),
                             ' ')};
  const Text t = text_of(v);
  Text out;
  for (std::size_t at = 0, line = 0;; ++line) {
    const auto end = std::min(t.bytes.find('\n', at), t.bytes.size());
    if ((line > 0 || first) && (blank || end > at)) out.append(pad);
    out.append(t.substr(at, end - at));
    if (end == t.bytes.size()) break;
    out.append({"\n"});
    at = end + 1;
  }
  return in.make_string(std::move(out));
}

Result<Value> to_int(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default");
  if (v.is_number()) {
    if (!v.is_real()) return Value::integer(v.whole());
    if (std::fabs(v.number()) < 9e18) {
      return Value::integer(static_cast<std::int64_t>(v.number()));
    }
  }
  if (const Text* t = v.text()) {
    const std::string s = strip(*t, {}, Side::kBoth).bytes;
    std::int64_t n = 0;
    const auto r = std::from_chars(s.data(), s.data() + s.size(), n);
    if (r.ec == std::errc() && r.ptr == s.data() + s.size()) {
      return Value::integer(n);
    }
    double d = 0;
    const auto q = std::from_chars(s.data(), s.data() + s.size(), d);
    if (q.ec == std::errc() && q.ptr == s.data() + s.size() &&
        std::fabs(d) < 9e18) {
      return Value::integer(static_cast<std::int64_t>(d));
    }
  }
  return other != nullptr ? *other : Value::integer(0);
}

Result<Value> to_float(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default");
  if (v.is_number()) return Value::real(v.number());
  if (const Text* t = v.text()) {
    const std::string s = strip(*t, {}, Side::kBoth).bytes;
    double d = 0;
    const auto r = std::from_chars(s.data(), s.data() + s.size(), d);
    if (r.ec == std::errc() && r.ptr == s.data() + s.size()) {
      return Value::real(d);
    }
  }
  return other != nullptr ? *other : Value::real(0);
}

Result<Value> absolute(Interpreter&, const Value& v, Arguments&) {
  if (!v.is_number()) return bad("abs", "takes a number");
  if (v.is_real()) return Value::real(std::fabs(v.number()));
  if (v.whole() == INT64_MIN) {
    return Error(Code::kLimit, "number is too large");
  }
  return Value::integer(std::abs(v.whole()));
}

Result<Value> round(Interpreter&, const Value& v, Arguments& a) {
  if (!v.is_number()) return bad("round", "takes a number");
  const Value* how = a.find(1, "method");
  const std::string method = how ? text_of(*how).bytes : "common";
  const double scale = std::pow(
      10.0, static_cast<double>(std::clamp<std::int64_t>(
                whole(a.find(0, "precision"), 0), -20, 20)));
  const double x = v.number() * scale;
  // "common" is Python's round(): halves go to the even neighbour.
  const double r = method == "ceil"    ? std::ceil(x)
                   : method == "floor" ? std::floor(x)
                                       : std::nearbyint(x);
  return Value::real(r / scale);
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
  const std::int64_t size = whole(a.find(0, "linecount"), 0);
  if (size <= 0) return bad("batch", "takes a size above 0");
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

Result<Value> groupby(Interpreter& in, const Value& v, Arguments& a) {
  const Value* attribute = a.find(0, "attribute");
  if (attribute == nullptr) return bad("groupby", "takes an attribute");
  auto all = HUG_TRY(keyed(in, v, attribute, false));
  HUG_TRY(sort_keyed(in, all, false));
  std::vector<Value> out;
  for (std::size_t i = 0; i < all.size();) {
    std::vector<Value> group;
    const Value key = HUG_TRY(path(in, all[i].value, *attribute));
    const std::size_t begin = i;
    while (i < all.size() && equal(all[i].key, all[begin].key)) {
      group.push_back(all[i++].value);
    }
    out.push_back(Value::tuple({key, Value::list(std::move(group))}));
  }
  return Value::list(std::move(out));
}

Result<Value> escape(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(escape_html(text_of(v)));
}

Result<Value> urlencode(Interpreter& in, const Value& v, Arguments&) {
  std::string out;
  for (const char c : text_of(v).bytes) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') ||
                       std::string_view("-_.~/").find(c) !=
                           std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      const auto u = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[u >> 4];
      out += "0123456789ABCDEF"[u & 15];
    }
  }
  return in.make_string({std::move(out)});
}

Result<Value> wordcount(Interpreter& in, const Value& v, Arguments&) {
  Arguments none;
  const Value text = HUG_TRY(in.make_string(text_of(v)));
  const Value words =
      HUG_TRY(in.call(HUG_TRY(find_attribute(in, text, "split")), none));
  return Value::integer(static_cast<std::int64_t>(words.list()->items.size()));
}

struct Row {
  std::string_view name;
  Result<Value> (*filter)(Interpreter&, const Value&, Arguments&);
};

constexpr std::array kFilters{
    Row{"tojson", tojson},         Row{"from_json", from_json},
    Row{"length", length},         Row{"count", length},
    Row{"trim", trim},             Row{"string", string},
    Row{"items", items},           Row{"join", join_filter},
    Row{"default", fallback},      Row{"d", fallback},
    Row{"list", list},             Row{"safe", safe},
    Row{"select", select},         Row{"reject", reject},
    Row{"selectattr", selectattr}, Row{"rejectattr", rejectattr},
    Row{"map", map},               Row{"dictsort", dictsort},
    Row{"sort", sort},             Row{"unique", unique},
    Row{"min", min},               Row{"max", max},
    Row{"sum", sum},               Row{"upper", upper},
    Row{"lower", lower},           Row{"capitalize", capitalize},
    Row{"title", title},           Row{"replace", replace},
    Row{"indent", indent},         Row{"int", to_int},
    Row{"float", to_float},        Row{"abs", absolute},
    Row{"round", round},           Row{"first", first},
    Row{"last", last},             Row{"reverse", reverse},
    Row{"batch", batch},           Row{"groupby", groupby},
    Row{"escape", escape},         Row{"e", escape},
    Row{"urlencode", urlencode},   Row{"wordcount", wordcount},
};

}  // namespace

Result<Value> apply_filter(Interpreter& in, std::string_view name,
                           const Value& value, Arguments& arguments) {
  for (const Row& row : kFilters) {
    if (row.name == name) return row.filter(in, value, arguments);
  }
  return Error(Code::kUsage, "no filter named '" + std::string(name) + "'");
}

}  // namespace hug::text::jinja

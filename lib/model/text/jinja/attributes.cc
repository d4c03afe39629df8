// value.name: methods of strings, lists and dicts, and the loop variable.
#include <algorithm>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

namespace {

using Call = std::function<Result<Value>(Interpreter&, Arguments&)>;

Value method(std::string_view name, Call call) {
  auto f = std::make_shared<Function>();
  f->name = std::string(name);
  f->call = std::move(call);
  return Value::object(std::shared_ptr<const Function>(std::move(f)));
}

Error wants(std::string_view name, std::string_view what) {
  return Error(Code::kUsage,
               std::string(name) + "() takes " + std::string(what));
}

const Text* text_at(const Arguments& a, std::size_t i) {
  return i < a.positional.size() ? a.positional[i].text() : nullptr;
}

std::int64_t whole_at(const Arguments& a, std::size_t i, std::string_view name,
                      std::int64_t fallback) {
  const Value* v = a.find(i, name);
  return v != nullptr && (v->is_integer() || v->is_bool()) ? v->whole()
                                                           : fallback;
}

// --- strings ----------------------------------------------------------------

std::vector<Value> split_on(const Text& t, const std::string& sep,
                            std::int64_t max) {
  std::vector<Value> out;
  std::size_t at = 0;
  while (max != 0) {
    const auto found = t.bytes.find(sep, at);
    if (found == std::string::npos) break;
    out.push_back(Value::string(t.substr(at, found - at)));
    at = found + sep.size();
    if (max > 0) --max;
  }
  out.push_back(Value::string(t.substr(at, t.bytes.size() - at)));
  return out;
}

std::vector<Value> split_from_right(const Text& t, const std::string& sep,
                                    std::int64_t max) {
  std::vector<Value> out;
  std::size_t end = t.bytes.size();
  while (max != 0 && end >= sep.size()) {
    const auto found = t.bytes.rfind(sep, end - sep.size());
    if (found == std::string::npos) break;
    const std::size_t begin = found + sep.size();
    out.push_back(Value::string(t.substr(begin, end - begin)));
    end = found;
    if (max > 0) --max;
  }
  out.push_back(Value::string(t.substr(0, end)));
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<Value> split_blanks(Text rest, std::int64_t max) {
  std::vector<Value> out;
  rest = strip(rest, {}, Side::kLeft);
  while (!rest.bytes.empty()) {
    if (max == 0) {
      out.push_back(Value::string(strip(rest, {}, Side::kRight)));
      break;
    }
    const auto n = rest.bytes.find_first_of(" \t\n\r\f\v");
    out.push_back(Value::string(rest.substr(0, n)));
    if (n == std::string::npos) break;
    rest = strip(rest.substr(n, rest.bytes.size() - n), {}, Side::kLeft);
    if (max > 0) --max;
  }
  return out;
}

Result<Value> split(Interpreter& in, const Text& t, Arguments& a, bool right) {
  const Value* sep = a.find(0, "sep");
  const std::int64_t max = whole_at(a, 1, "maxsplit", -1);
  HUG_TRY(in.spend(1 + t.bytes.size() / 8));
  if (sep == nullptr || sep->is_none()) {
    return Value::list(split_blanks(t, max));
  }
  if (sep->text() == nullptr || sep->text()->bytes.empty()) {
    return wants("split", "a separator that is not empty");
  }
  const std::string& s = sep->text()->bytes;
  return Value::list(right ? split_from_right(t, s, max)
                           : split_on(t, s, max));
}

Result<Value> affix(const Text& t, Arguments& a, bool start) {
  const auto matches = [&](const Value& v) {
    return v.text() != nullptr &&
           (start ? t.bytes.starts_with(v.text()->bytes)
                  : t.bytes.ends_with(v.text()->bytes));
  };
  if (a.positional.empty()) return wants("startswith", "a string");
  const Value& v = a.positional[0];
  if (const List* l = v.list()) {
    return Value::boolean(
        std::any_of(l->items.begin(), l->items.end(), matches));
  }
  if (v.text() == nullptr) return wants("startswith", "a string or a tuple");
  return Value::boolean(matches(v));
}

Result<Value> replace(Interpreter& in, const Text& t, Arguments& a) {
  if (text_at(a, 0) == nullptr || text_at(a, 1) == nullptr) {
    return wants("replace", "two strings");
  }
  const auto& from = text_at(a, 0)->bytes;
  const auto& to = text_at(a, 1)->bytes;
  const std::size_t most = t.bytes.size() / std::max<std::size_t>(
                               from.size(), 1) + 1;
  if (to.size() > in.limits.output / most) {
    return Error(Code::kLimit, "text grows beyond the output limit");
  }
  return in.make_string(replace_all(t, *text_at(a, 0), *text_at(a, 1),
                                    whole_at(a, 2, "count", -1)));
}

// "{} {0} {name}".format(...), without conversions.
Result<Value> format(Interpreter& in, const Text& t, Arguments& a) {
  Text out;
  std::size_t next = 0;
  const std::string& s = t.bytes;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if ((s[i] == '{' || s[i] == '}') && i + 1 < s.size() && s[i + 1] == s[i]) {
      out.append(t.substr(i++, 1));
      continue;
    }
    if (s[i] != '{') {
      out.append(t.substr(i, 1));
      continue;
    }
    const auto end = s.find('}', i);
    if (end == std::string::npos) return wants("format", "balanced braces");
    const std::string field = s.substr(i + 1, end - i - 1);
    const Value* v = nullptr;
    if (field.empty()) {
      v = a.find(next++, {});
    } else if (field.find_first_not_of("0123456789") == std::string::npos &&
               field.size() < 4) {
      v = a.find(static_cast<std::size_t>(std::stoi(field)), {});
    } else {
      v = a.find(a.positional.size(), field);
    }
    if (v == nullptr) return wants("format", "a value for '{" + field + "}'");
    out.append(to_text(*v));
    i = end;
  }
  return in.make_string(std::move(out));
}

Result<Value> find_in(const Text& t, Arguments& a, std::string_view name) {
  const Text* what = text_at(a, 0);
  if (what == nullptr) return wants(name, "a string");
  if (name == "count") {
    if (what->bytes.empty()) {
      return Value::integer(
          static_cast<std::int64_t>(count_code_points(t.bytes)) + 1);
    }
    std::int64_t n = 0;
    for (std::size_t at = t.bytes.find(what->bytes); at != std::string::npos;
         at = t.bytes.find(what->bytes, at + what->bytes.size())) {
      ++n;
    }
    return Value::integer(n);
  }
  const bool right = name == "rfind";
  const auto at = right ? t.bytes.rfind(what->bytes) : t.bytes.find(what->bytes);
  if (at != std::string::npos) {
    return Value::integer(static_cast<std::int64_t>(
        count_code_points(std::string_view(t.bytes).substr(0, at))));
  }
  if (name == "index") return Error(Code::kUsage, "substring not found");
  return Value::integer(-1);
}

Result<Value> splitlines(Interpreter& in, const Text& t, Arguments& a) {
  const Value* keep = a.find(0, "keepends");
  const bool keep_ends = keep != nullptr && keep->truthy();
  std::vector<Value> out;
  HUG_TRY(in.spend(1 + t.bytes.size() / 8));
  for (std::size_t at = 0; at < t.bytes.size();) {
    auto end = t.bytes.find_first_of("\n\r", at);
    std::size_t next = t.bytes.size();
    if (end == std::string::npos) {
      end = next;
    } else {
      next = end + (t.bytes.compare(end, 2, "\r\n") == 0 ? 2 : 1);
    }
    out.push_back(Value::string(t.substr(at, (keep_ends ? next : end) - at)));
    at = next;
  }
  return Value::list(std::move(out));
}

bool all_of_class(const Text& t, bool (*is)(unsigned char)) {
  return !t.bytes.empty() &&
         std::all_of(t.bytes.begin(), t.bytes.end(),
                     [&](char c) { return is(static_cast<unsigned char>(c)); });
}

bool ascii_digit(unsigned char c) { return c >= '0' && c <= '9'; }

bool ascii_alpha(unsigned char c) {
  return (c | 32) >= 'a' && (c | 32) <= 'z';
}

bool ascii_alnum(unsigned char c) { return ascii_digit(c) || ascii_alpha(c); }

Result<Value> string_method(Interpreter& in, const Text& t,
                            std::string_view name, Arguments& a) {
  const auto chars = [&]() -> std::string_view {
    return text_at(a, 0) ? std::string_view(text_at(a, 0)->bytes)
                         : std::string_view();
  };
  if (name == "strip") return in.make_string(strip(t, chars(), Side::kBoth));
  if (name == "lstrip") return in.make_string(strip(t, chars(), Side::kLeft));
  if (name == "rstrip") return in.make_string(strip(t, chars(), Side::kRight));
  if (name == "upper" || name == "lower" || name == "title" ||
      name == "capitalize") {
    return in.make_string(change_case(t, name));
  }
  if (name == "split") return split(in, t, a, false);
  if (name == "rsplit") return split(in, t, a, true);
  if (name == "splitlines") return splitlines(in, t, a);
  if (name == "startswith") return affix(t, a, true);
  if (name == "endswith") return affix(t, a, false);
  if (name == "replace") return replace(in, t, a);
  if (name == "format") return format(in, t, a);
  if (name == "isdigit") return Value::boolean(all_of_class(t, ascii_digit));
  if (name == "isalpha") return Value::boolean(all_of_class(t, ascii_alpha));
  if (name == "isalnum") return Value::boolean(all_of_class(t, ascii_alnum));
  if (name == "removeprefix" || name == "removesuffix") {
    const std::string_view c = chars();
    const std::size_t n = t.bytes.size() - std::min(c.size(), t.bytes.size());
    if (name == "removeprefix" && t.bytes.starts_with(c)) {
      return in.make_string(t.substr(c.size(), n));
    }
    if (name == "removesuffix" && t.bytes.ends_with(c)) {
      return in.make_string(t.substr(0, n));
    }
    return in.make_string(t);
  }
  if (name == "join") {
    if (a.positional.empty()) return wants(name, "a sequence");
    return join(in, HUG_TRY(in.iterate(a.positional[0])), t);
  }
  return find_in(t, a, name);
}

constexpr std::string_view kStringMethods[] = {
    "strip",  "lstrip",     "rstrip",     "upper",        "lower",
    "title",  "capitalize", "split",      "rsplit",       "splitlines",
    "join",   "startswith", "endswith",   "replace",      "format",
    "isdigit", "isalpha",   "isalnum",    "removeprefix", "removesuffix",
    "find",   "rfind",      "index",      "count"};

// --- dicts and lists ---------------------------------------------------------

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
      if (v.dict() == nullptr) return wants(name, "a dict");
      const Dict other = *v.dict();
      for (const auto& [key, value] : other.items) d->set(key, value);
    }
    for (auto& [key, value] : a.named) d->set(Value::string(key), value);
    return Value::none();
  }
  if (a.positional.empty()) return wants(name, "a key");
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
    std::int64_t i = whole_at(a, 0, {}, -1);
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
  if (a.positional.empty()) return wants(name, "a value");
  const Value& v = a.positional.back();
  if (v.list() == l.get() && name != "count" && name != "index") {
    return Error(Code::kUsage, "a list cannot hold itself");
  }
  if (name == "append") {
    items.push_back(v);
  } else if (name == "extend") {
    for (Value& item : HUG_TRY(in.iterate(v))) items.push_back(item);
  } else if (name == "insert") {
    const auto n = static_cast<std::int64_t>(items.size());
    std::int64_t i = whole_at(a, 0, {}, n);
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

constexpr std::string_view kDictMethods[] = {"items", "keys",   "values",
                                             "get",   "pop",    "update",
                                             "copy",  "setdefault"};
constexpr std::string_view kListMethods[] = {
    "append", "extend", "pop", "insert", "index", "count", "reverse"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) !=
         std::end(names);
}

// --- loop -------------------------------------------------------------------

Value loop_attribute(const std::shared_ptr<Loop>& loop, std::string_view name) {
  const auto& items = loop->items->items;
  const std::size_t i = loop->index0;
  const auto number = [](std::size_t n) {
    return Value::integer(static_cast<std::int64_t>(n));
  };
  if (name == "index") return number(i + 1);
  if (name == "index0") return number(i);
  if (name == "revindex") return number(items.size() - i);
  if (name == "revindex0") return number(items.size() - i - 1);
  if (name == "first") return Value::boolean(i == 0);
  if (name == "last") return Value::boolean(i + 1 == items.size());
  if (name == "length") return number(items.size());
  if (name == "depth") return number(loop->depth0 + 1);
  if (name == "depth0") return number(loop->depth0);
  if (name == "previtem" && i > 0) return items[i - 1];
  if (name == "nextitem" && i + 1 < items.size()) return items[i + 1];
  if (name == "cycle") {
    return method(name, [i](Interpreter&, Arguments& a) -> Result<Value> {
      if (a.positional.empty()) return wants("cycle", "values");
      return a.positional[i % a.positional.size()];
    });
  }
  if (name == "changed") {
    return method(name, [loop](Interpreter&, Arguments& a) -> Result<Value> {
      Value now = Value::tuple(a.positional);
      const bool changed = !loop->changed || !equal(*loop->changed, now);
      loop->changed = std::make_shared<Value>(std::move(now));
      return Value::boolean(changed);
    });
  }
  return Value::undefined(std::string(name));
}

}  // namespace

Result<Value> find_attribute(Interpreter& in, const Value& value,
                             std::string_view name) {
  (void)in;
  const std::string n(name);
  if (value.text() != nullptr && is_one_of(name, kStringMethods)) {
    return method(name, [value, n](Interpreter& at, Arguments& a) {
      return string_method(at, *value.text(), n, a);
    });
  }
  if (const auto* d = value.as<std::shared_ptr<Dict>>();
      d != nullptr && is_one_of(name, kDictMethods)) {
    return method(name, [dict = *d, n](Interpreter& at, Arguments& a) {
      return dict_method(at, dict, n, a);
    });
  }
  if (const auto* l = value.as<std::shared_ptr<List>>();
      l != nullptr && is_one_of(name, kListMethods)) {
    return method(name, [list = *l, n](Interpreter& at, Arguments& a) {
      return list_method(at, list, n, a);
    });
  }
  if (const auto* loop = value.as<std::shared_ptr<Loop>>()) {
    return loop_attribute(*loop, name);
  }
  if (const Namespace* ns = value.name_space()) {
    if (const Value* v = ns->fields.find(name)) return *v;
  }
  return Value::undefined(n);
}

}  // namespace hug::text::jinja

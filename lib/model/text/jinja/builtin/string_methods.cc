// "text".name(...)
#include <algorithm>

#include "text/jinja/builtin/methods.h"

namespace hug::text::jinja {

namespace {

const Text* text_at(const Arguments& a, std::size_t i) {
  return i < a.positional.size() ? a.positional[i].text() : nullptr;
}

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
  const std::int64_t max = whole_or(a.find(1, "maxsplit"), -1);
  HUG_TRY(in.spend(1 + t.bytes.size() / 8));
  if (sep == nullptr || sep->is_none()) {
    return Value::list(split_blanks(t, max));
  }
  if (sep->text() == nullptr || sep->text()->bytes.empty()) {
    return method_error("split", "a separator that is not empty");
  }
  const std::string& s = sep->text()->bytes;
  return Value::list(right ? split_from_right(t, s, max) : split_on(t, s, max));
}

Result<Value> affix(const Text& t, Arguments& a, bool start) {
  const auto matches = [&](const Value& v) {
    return v.text() != nullptr && (start ? t.bytes.starts_with(v.text()->bytes)
                                         : t.bytes.ends_with(v.text()->bytes));
  };
  if (a.positional.empty()) return method_error("startswith", "a string");
  const Value& v = a.positional[0];
  if (const List* l = v.list()) {
    return Value::boolean(
        std::any_of(l->items.begin(), l->items.end(), matches));
  }
  if (v.text() == nullptr)
    return method_error("startswith", "a string or a tuple");
  return Value::boolean(matches(v));
}

Result<Value> replace(Interpreter& in, const Text& t, Arguments& a) {
  if (text_at(a, 0) == nullptr || text_at(a, 1) == nullptr) {
    return method_error("replace", "two strings");
  }
  const auto& from = text_at(a, 0)->bytes;
  const auto& to = text_at(a, 1)->bytes;
  const std::size_t most =
      t.bytes.size() / std::max<std::size_t>(from.size(), 1) + 1;
  if (to.size() > in.limits.output / most) {
    return Error(Code::kLimit, "text grows beyond the output limit");
  }
  return in.make_string(replace_all(t, *text_at(a, 0), *text_at(a, 1),
                                    whole_or(a.find(2, "count"), -1)));
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
    if (end == std::string::npos)
      return method_error("format", "balanced braces");
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
    if (v == nullptr)
      return method_error("format", "a value for '{" + field + "}'");
    out.append(to_text(*v));
    i = end;
  }
  return in.make_string(std::move(out));
}

Result<Value> find_in(const Text& t, Arguments& a, std::string_view name) {
  const Text* what = text_at(a, 0);
  if (what == nullptr) return method_error(name, "a string");
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
  const auto at =
      right ? t.bytes.rfind(what->bytes) : t.bytes.find(what->bytes);
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

bool ascii_digit(unsigned char c) {
  return c >= '0' && c <= '9';
}

bool ascii_alpha(unsigned char c) {
  return (c | 32) >= 'a' && (c | 32) <= 'z';
}

bool ascii_alnum(unsigned char c) {
  return ascii_digit(c) || ascii_alpha(c);
}

constexpr std::string_view kStringMethods[] = {
    "strip",   "lstrip",     "rstrip",   "upper",        "lower",
    "title",   "capitalize", "split",    "rsplit",       "splitlines",
    "join",    "startswith", "endswith", "replace",      "format",
    "isdigit", "isalpha",    "isalnum",  "removeprefix", "removesuffix",
    "find",    "rfind",      "index",    "count"};

}  // namespace

bool is_string_method(std::string_view name) {
  return std::find(std::begin(kStringMethods), std::end(kStringMethods),
                   name) != std::end(kStringMethods);
}

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
    if (a.positional.empty()) return method_error(name, "a sequence");
    return join(in, HUG_TRY(in.iterate(a.positional[0])), t);
  }
  return find_in(t, a, name);
}

}  // namespace hug::text::jinja

// Filters that make text of a value, and the one that reads JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/jinja/builtin/filters.h"
#include "text/jinja/from_json.h"

namespace hug::text::jinja {

namespace {

Result<Value> tojson(Interpreter& in, const Value& v, Arguments& a) {
  JsonStyle style;
  style.ensure_ascii = flag_or(a.find(9, "ensure_ascii"), false);
  style.sort_keys = flag_or(a.find(9, "sort_keys"), false);
  if (const Value* indent = a.find(0, "indent"); indent && !indent->is_none()) {
    style.indent =
        static_cast<int>(std::clamp<std::int64_t>(whole_or(indent, 0), 0, 64));
  }
  const Value* separators = a.find(9, "separators");
  if (separators && separators->list() &&
      separators->list()->items.size() == 2) {
    style.item_separator = to_text(separators->list()->items[0]).bytes;
    style.key_separator = to_text(separators->list()->items[1]).bytes;
  }
  return in.make_string(HUG_TRY(to_json(v, style)));
}

Result<Value> from_json(Interpreter& in, const Value& v, Arguments&) {
  if (v.text() == nullptr) return filter_error("from_json", "takes a string");
  const auto parsed =
      nlohmann::ordered_json::parse(v.text()->bytes, nullptr, false);
  if (parsed.is_discarded())
    return filter_error("from_json", "got broken JSON");
  HUG_TRY(in.spend(v.text()->bytes.size()));
  return value_from_json(parsed, v.text()->has_input());
}

Result<Value> trim(Interpreter& in, const Value& v, Arguments& a) {
  const Value* chars = a.find(0, "chars");
  return in.make_string(
      strip(to_text(v), chars ? to_text(*chars).bytes : "", Side::kBoth));
}

Result<Value> string(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(to_text(v));
}

Result<Value> safe(Interpreter& in, const Value& v, Arguments&) {
  Text out = to_text(v);
  out.markup = true;
  return in.make_string(std::move(out));
}

Result<Value> upper(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(to_text(v), "upper"));
}

Result<Value> lower(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(to_text(v), "lower"));
}

Result<Value> capitalize(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(to_text(v), "capitalize"));
}

Result<Value> title(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(change_case(to_text(v), "title"));
}

Result<Value> replace(Interpreter& in, const Value& v, Arguments& a) {
  const Value subject = HUG_TRY(in.make_string(to_text(v)));
  return in.call(find_attribute(subject, "replace"), a);
}

Result<Value> indent(Interpreter& in, const Value& v, Arguments& a) {
  const Value* width = a.find(0, "width");
  const bool first = flag_or(a.find(1, "first"), false);
  const bool blank = flag_or(a.find(2, "blank"), false);
  const Text pad =
      width != nullptr && width->text()
          ? *width->text()
          : Text{std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(
                                 whole_or(width, 4), 0, 1024)),
                             ' ')};
  const Text t = to_text(v);
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

Result<Value> escape(Interpreter& in, const Value& v, Arguments&) {
  return in.make_string(escape_html(to_text(v)));
}

Result<Value> urlencode(Interpreter& in, const Value& v, Arguments&) {
  std::string out;
  for (const char c : to_text(v).bytes) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c >= '0' && c <= '9') ||
        std::string_view("-_.~/").find(c) != std::string_view::npos;
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
  const Value text = HUG_TRY(in.make_string(to_text(v)));
  const Value words = HUG_TRY(in.call(find_attribute(text, "split"), none));
  return Value::integer(static_cast<std::int64_t>(words.list()->items.size()));
}

constexpr Filter kFilters[] = {
    {"tojson", tojson},
    {"from_json", from_json},
    {"trim", trim},
    {"string", string},
    {"safe", safe},
    {"upper", upper},
    {"lower", lower},
    {"capitalize", capitalize},
    {"title", title},
    {"replace", replace},
    {"indent", indent},
    {"escape", escape},
    {"urlencode", urlencode},
    {"wordcount", wordcount},
    {"e", escape},
};

}  // namespace

std::span<const Filter> text_filters() {
  return kFilters;
}

}  // namespace hug::text::jinja

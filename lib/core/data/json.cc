#include "data/json.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace hug::data {

namespace {

// Depth is checked before the library sees the text: a scan that knows
// strings, so that the parser's own recursion and that of destructors stay
// within bounds. Returns the offset where the limit is passed, or npos.
std::size_t too_deep_at(std::string_view text, unsigned limit) {
  unsigned depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return i;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return std::string_view::npos;
}

std::string place(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t start = 0;
  if (offset > text.size()) offset = text.size();
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] != '\n') continue;
    ++line;
    start = i + 1;
  }
  return "line " + std::to_string(line) + ", column " +
         std::to_string(offset - start + 1);
}

// The last clause of the library's message ("unexpected end of input; expected
// ..."), which names the cause without its own numbers.
std::string cause_of(std::string_view what) {
  const auto n = what.rfind(": ");
  const auto dash = what.find(" - ");
  const auto at = dash != what.npos ? dash + 3 : n != what.npos ? n + 2 : 0;
  return base::to_valid_utf8(what.substr(at));
}

template <class Json>
Result<Json> parse(std::string_view text, std::string_view name,
                   JsonLimits limits,
                   const typename Json::parser_callback_t& look = nullptr) {
  const std::string subject = "'" + std::string(name) + "'";
  if (text.size() > limits.bytes) {
    return Error(Code::kLimit, subject + " has more than " +
                                   std::to_string(limits.bytes) +
                                   " bytes of JSON");
  }
  const std::size_t deep = too_deep_at(text, limits.depth);
  if (deep != std::string_view::npos) {
    return Error(Code::kLimit, subject + " is nested more than " +
                                   std::to_string(limits.depth) +
                                   " levels deep at " + place(text, deep));
  }
  // The library takes it for the end, whatever stands behind it.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error(Code::kCorrupt, subject + " is not valid JSON at " +
                                     place(text, nul) + ": a NUL byte");
  }
  try {
    return Json::parse(text, look);
  } catch (const nlohmann::json::parse_error& e) {
    const std::size_t at = e.byte == 0 ? 0 : e.byte - 1;
    return Error(Code::kCorrupt, subject + " is not valid JSON at " +
                                     place(text, at) + ": " +
                                     cause_of(e.what()));
  } catch (const nlohmann::json::exception& e) {
    return Error(Code::kCorrupt,
                 subject + " is not valid JSON: " + cause_of(e.what()));
  }
}

// Blanks behind ',' and ':' outside of strings, as Python's default style has
// them.
std::string space_out(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out += c;
    if (in_string) {
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == ',' || c == ':') {
      out += ' ';
    }
  }
  return out;
}

template <class Json>
std::string dump(const Json& value, JsonStyle style) {
  std::string out = value.dump(style.indent, ' ', style.ascii,
                               Json::error_handler_t::replace);
  return style.spaced && style.indent < 0 ? space_out(out) : out;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::string_view name,
                                  JsonLimits limits) {
  return parse<nlohmann::json>(text, name, limits);
}

Result<nlohmann::json> parse_json(std::string_view text, std::string_view name,
                                  JsonLimits limits, const JsonHooks& hooks) {
  using Event = nlohmann::json::parse_event_t;
  return parse<nlohmann::json>(
      text, name, limits, [&](int depth, Event event, nlohmann::json& value) {
        if (event == Event::key && hooks.key)
          hooks.key(depth, value.get_ref<const std::string&>());
        if (event == Event::array_end && hooks.array) hooks.array(depth, value);
        return true;
      });
}

Result<nlohmann::ordered_json> parse_ordered_json(std::string_view text,
                                                  std::string_view name,
                                                  JsonLimits limits) {
  return parse<nlohmann::ordered_json>(text, name, limits);
}

std::string dump_json(const nlohmann::json& value, JsonStyle style) {
  return dump(value, style);
}

std::string dump_json(const nlohmann::ordered_json& value, JsonStyle style) {
  return dump(value, style);
}

std::string quote_json(std::string_view text, bool ascii) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
}

const nlohmann::json* find_member(const nlohmann::json& object,
                                  std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(std::string(key));
  return at == object.end() ? nullptr : &*at;
}

const nlohmann::json* find_array(const nlohmann::json& object,
                                 std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  return value != nullptr && value->is_array() ? value : nullptr;
}

const nlohmann::json* find_object(const nlohmann::json& object,
                                  std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  return value != nullptr && value->is_object() ? value : nullptr;
}

std::optional<std::string> find_string(const nlohmann::json& object,
                                       std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::uint64_t> find_unsigned(const nlohmann::json& object,
                                           std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

std::optional<std::int64_t> find_signed(const nlohmann::json& object,
                                        std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() >
          static_cast<std::uint64_t>(
              std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::optional<double> find_number(const nlohmann::json& object,
                                  std::string_view key) {
  const nlohmann::json* value = find_member(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

bool find_bool(const nlohmann::json& object, std::string_view key,
               bool fallback) {
  const nlohmann::json* value = find_member(object, key);
  if (value == nullptr || !value->is_boolean()) return fallback;
  return value->get<bool>();
}

}  // namespace hug::data

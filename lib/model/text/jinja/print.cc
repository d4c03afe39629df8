// How values print: str(), repr() and json.dumps(), exactly as Python does.
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "text/jinja/value.h"

namespace hug::text::jinja {

namespace {

constexpr int kMaxPrintDepth = 100;

std::string hex(std::uint32_t value, int digits) {
  std::string out(static_cast<std::size_t>(digits), '0');
  for (int i = digits - 1; i >= 0; --i, value >>= 4) {
    out[static_cast<std::size_t>(i)] = "0123456789abcdef"[value & 15];
  }
  return out;
}

bool printable(std::int32_t c) {
  if (c < 0x7f) return c >= 0x20;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

// One code point at `i`; advances. Broken UTF-8 yields its bytes one by one.
std::int32_t next_code_point(std::string_view s, std::size_t& i) {
  std::int32_t c = -1;
  const auto n =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(s.data() + i),
                       static_cast<utf8proc_ssize_t>(s.size() - i), &c);
  if (n <= 0) return static_cast<unsigned char>(s[i++]);
  i += static_cast<std::size_t>(n);
  return c;
}

std::string escape_code_point(std::int32_t c) {
  const auto u = static_cast<std::uint32_t>(c);
  if (u <= 0xff) return "\\x" + hex(u, 2);
  if (u <= 0xffff) return "\\u" + hex(u, 4);
  return "\\U" + hex(u, 8);
}

// Appends `plain` for the source bytes whose provenance is `input`.
void add(Text& out, std::string_view plain, bool input) {
  out.append(Text{std::string(plain),
                  input ? std::string(plain.size(), '\1') : std::string()});
}

Text string_repr(const Text& text) {
  const std::string_view s = text.bytes;
  const char quote =
      s.find('\'') != s.npos && s.find('"') == s.npos ? '"' : '\'';
  Text out{std::string(1, quote)};
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t begin = i;
    const bool input = !text.mask.empty() && text.mask[i] != '\0';
    const std::int32_t c = next_code_point(s, i);
    if (c == '\\' || c == quote) {
      add(out, std::string{'\\', static_cast<char>(c)}, input);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      add(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", input);
    } else if (printable(c)) {
      add(out, s.substr(begin, i - begin), input);
    } else {
      add(out, escape_code_point(c), input);
    }
  }
  add(out, std::string(1, quote), false);
  return out;
}

Text repr(const Value& value, int depth);

void append_items(Text& out, const std::vector<Value>& items, int depth) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.append({", "});
    out.append(repr(items[i], depth + 1));
  }
}

Text repr(const Value& value, int depth) {
  if (depth > kMaxPrintDepth) return {"..."};
  if (const Text* t = value.text()) return string_repr(*t);
  if (const List* l = value.list()) {
    Text out{l->tuple ? "(" : "["};
    append_items(out, l->items, depth);
    if (l->tuple && l->items.size() == 1) out.append({","});
    out.append({l->tuple ? ")" : "]"});
    return out;
  }
  const Dict* d = value.dict();
  if (d == nullptr && value.name_space() != nullptr) {
    d = &value.name_space()->fields;
  }
  if (d != nullptr) {
    Text out{"{"};
    for (std::size_t i = 0; i < d->items.size(); ++i) {
      if (i > 0) out.append({", "});
      out.append(repr(d->items[i].first, depth + 1));
      out.append({": "});
      out.append(repr(d->items[i].second, depth + 1));
    }
    out.append({"}"});
    return out;
  }
  if (value.is_none()) return {"None"};
  if (const bool* b = value.as<bool>()) return {*b ? "True" : "False"};
  if (const auto* i = value.as<std::int64_t>()) return {std::to_string(*i)};
  if (const double* r = value.as<double>()) return {float_repr(*r)};
  if (value.is_undefined()) return {"Undefined"};
  return {"<" + std::string(value.type_name()) + ">"};
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {
    item_ = !style.item_separator.empty() ? style.item_separator
            : style.indent >= 0           ? ","
                                          : ", ";
  }

  Result<void> write(const Value& value, int depth) {
    if (depth > kMaxPrintDepth) {
      return Error(Code::kLimit, "cannot write JSON: nested too deeply");
    }
    if (const Text* t = value.text()) return write_string(*t);
    if (const List* l = value.list()) return write_list(*l, depth);
    if (const Dict* d = value.dict()) return write_dict(*d, depth);
    if (value.is_none()) return put("null");
    if (const bool* b = value.as<bool>()) return put(*b ? "true" : "false");
    if (const auto* i = value.as<std::int64_t>()) {
      return put(std::to_string(*i));
    }
    if (const double* r = value.as<double>()) {
      if (std::isnan(*r)) return put("NaN");
      if (std::isinf(*r)) return put(*r > 0 ? "Infinity" : "-Infinity");
      return put(float_repr(*r));
    }
    return Error(Code::kUsage, "object of type " +
                                   std::string(value.type_name()) +
                                   " is not JSON serializable");
  }

  Text take() { return std::move(out_); }

 private:
  void emit(std::string_view plain, bool input = false) {
    add(out_, plain, input);
  }

  Result<void> put(std::string_view plain) {
    emit(plain);
    return {};
  }

  void newline(int depth) {
    if (style_.indent < 0) return;
    add(out_,
        "\n" + std::string(static_cast<std::size_t>(style_.indent) *
                               static_cast<std::size_t>(depth),
                           ' '),
        false);
  }

  Result<void> write_list(const List& list, int depth) {
    if (list.items.empty()) return put("[]");
    emit("[");
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) emit(item_);
      newline(depth + 1);
      HUG_TRY(write(list.items[i], depth + 1));
    }
    newline(depth);
    return put("]");
  }

  Result<void> write_dict(const Dict& dict, int depth) {
    if (dict.items.empty()) return put("{}");
    std::vector<const std::pair<Value, Value>*> order;
    for (const auto& entry : dict.items)
      order.push_back(&entry);
    if (style_.sort_keys) {
      std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) {
        return to_text(a->first).bytes < to_text(b->first).bytes;
      });
    }
    emit("{");
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) emit(item_);
      newline(depth + 1);
      HUG_TRY(write_key(order[i]->first));
      emit(style_.key_separator);
      HUG_TRY(write(order[i]->second, depth + 1));
    }
    newline(depth);
    return put("}");
  }

  Result<void> write_key(const Value& key) {
    if (key.text() != nullptr) return write_string(*key.text());
    emit("\"");
    HUG_TRY(write(key, kMaxPrintDepth));
    return put("\"");
  }

  Result<void> write_string(const Text& text) {
    emit("\"");
    const std::string_view s = text.bytes;
    for (std::size_t i = 0; i < s.size();) {
      const std::size_t begin = i;
      const bool input = !text.mask.empty() && text.mask[i] != '\0';
      const std::int32_t c = next_code_point(s, i);
      emit(escaped(c, s.substr(begin, i - begin)), input);
    }
    return put("\"");
  }

  std::string escaped(std::int32_t c, std::string_view bytes) const {
    switch (c) {
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      case '\b':
        return "\\b";
      case '\f':
        return "\\f";
      default:
        break;
    }
    const auto u = static_cast<std::uint32_t>(c);
    if (u < 0x20) return "\\u" + hex(u, 4);
    if (!style_.ensure_ascii || u < 0x7f) return std::string(bytes);
    if (u <= 0xffff) return "\\u" + hex(u, 4);
    const std::uint32_t v = u - 0x10000;
    return "\\u" + hex(0xd800 + (v >> 10), 4) + "\\u" +
           hex(0xdc00 + (v & 0x3ff), 4);
  }

  const JsonStyle& style_;
  std::string item_;
  Text out_;
};

}  // namespace

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer{};
  const double size = std::fabs(value);
  // repr() changes to an exponent below 1e-4 and from 1e16 on.
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end =
      std::to_chars(
          buffer.data(), buffer.data() + buffer.size(), value,
          fixed ? std::chars_format::fixed : std::chars_format::scientific)
          .ptr;
  std::string out(buffer.data(), end);
  if (fixed && out.find('.') == std::string::npos) out += ".0";
  return out;
}

Text to_text(const Value& value) {
  if (const Text* t = value.text()) return *t;
  if (value.is_undefined()) return {};
  return repr(value, 0);
}

Text to_repr(const Value& value) {
  return repr(value, 0);
}

Result<Text> to_json(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  HUG_TRY(writer.write(value, 0));
  return writer.take();
}

}  // namespace hug::text::jinja

// Values from JSON and to JSON.
#include <nlohmann/json.hpp>

#include "hug/text.h"
#include "out/value.h"

namespace hug::cli {

namespace {

constexpr int kDeepest = 200;

// Builds a Value from SAX events, so that depth can be bounded.
class Builder final : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  bool null() override { return add({}); }

  bool boolean(bool value) override { return add(value); }

  bool number_integer(number_integer_t value) override {
    return add(static_cast<std::int64_t>(value));
  }

  bool number_unsigned(number_unsigned_t value) override {
    return add(static_cast<std::uint64_t>(value));
  }

  bool number_float(number_float_t value, const string_t&) override {
    return add(value);
  }

  bool string(string_t& value) override { return add(std::move(value)); }

  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Value::object()); }

  bool key(string_t& value) override {
    stack_.back().key = std::move(value);
    return true;
  }

  bool end_object() override { return close(); }

  bool start_array(std::size_t) override { return open(Value::array()); }

  bool end_array() override { return close(); }

  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    failed_at = at;
    return false;
  }

  Value root = {};
  std::size_t failed_at = 0;

 private:
  struct Level {
    Value value;
    std::string key = {};
  };

  bool add(Value value) {
    if (stack_.empty()) {
      root = std::move(value);
      return true;
    }
    Level& top = stack_.back();
    if (top.value.is_array()) {
      top.value.push(std::move(value));
    } else {
      top.value.set(top.key, std::move(value));
    }
    return true;
  }

  bool open(Value value) {
    if (stack_.size() >= kDeepest) return false;
    stack_.push_back({std::move(value)});
    return true;
  }

  bool close() {
    Value value = std::move(stack_.back().value);
    stack_.pop_back();
    return add(std::move(value));
  }

  std::vector<Level> stack_ = {};
};

void append_escape(std::string& out, char32_t unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    out += kHex[(unit >> shift) & 15];
  }
}

void append_escaped(std::string& out, char32_t c) {
  if (c >= 0x10000) {
    append_escape(out, 0xD800 + ((c - 0x10000) >> 10));
    append_escape(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
  } else {
    append_escape(out, c);
  }
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (c < 0x20 || c >= 0x7F) {
          append_escaped(out, c);
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  return out + '"';
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void write(const Value& value, int depth) {
    if (value.is_object()) {
      write_object(value.members(), depth);
    } else if (value.is_array()) {
      write_array(value.items(), depth);
    } else if (value.is_string()) {
      out += json_string(value.as_string());
    } else if (value.is_null()) {
      out += "null";
    } else if (value.is_bool()) {
      out += value.as_bool() ? "true" : "false";
    } else {
      out += value.python_str();
    }
  }

  std::string out = {};

 private:
  void line(int depth) {
    if (indent_ < 0) return;
    out += '\n';
    out += std::string(static_cast<std::size_t>(depth * indent_), ' ');
  }

  std::string_view comma() const { return indent_ < 0 ? ", " : ","; }

  void write_object(const Value::Object& members, int depth) {
    if (members.empty()) {
      out += "{}";
      return;
    }
    out += '{';
    bool first = true;
    for (const auto& [key, value] : members) {
      if (!first) out += comma();
      first = false;
      line(depth + 1);
      out += json_string(key) + ": ";
      write(value, depth + 1);
    }
    line(depth);
    out += '}';
  }

  void write_array(const Value::Array& items, int depth) {
    if (items.empty()) {
      out += "[]";
      return;
    }
    out += '[';
    bool first = true;
    for (const Value& value : items) {
      if (!first) out += comma();
      first = false;
      line(depth + 1);
      write(value, depth + 1);
    }
    line(depth);
    out += ']';
  }

  int indent_;
};

}  // namespace

Result<Value> Value::parse(std::string_view json) {
  Builder builder;
  const bool ok =
      nlohmann::ordered_json::sax_parse(json.begin(), json.end(), &builder);
  if (!ok) {
    return Error(Code::kCorrupt,
                 "not valid JSON at byte " + std::to_string(builder.failed_at));
  }
  return std::move(builder.root);
}

std::string Value::dump(int indent) const {
  Writer writer(indent);
  writer.write(*this, 0);
  return std::move(writer.out);
}

}  // namespace hug::cli

#include "data/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/utf8.h"
#include "data/yaml_scalar.h"

namespace hug::data {

namespace {

using Json = nlohmann::ordered_json;

// Thrown through yaml-cpp and caught in parse_yaml only.
struct TooMuch {
  std::string cause;
};

std::size_t count_nodes(const Json& value) {
  std::size_t n = 1;
  if (value.is_structured()) {
    for (const Json& child : value)
      n += count_nodes(child);
  }
  return n;
}

// The parser turns the escapes \N and \_ into single bytes (85, A0) where code
// points are meant. The text was valid before, so no other bytes are invalid.
std::string corrected(const std::string& value) {
  if (base::is_valid_utf8(value)) return value;
  std::string out;
  for (std::size_t at = 0; at < value.size();) {
    const char32_t c = base::next_code_point(value, at);
    const bool byte = c >= 0xdc80 && c < 0xdd00;
    base::append_code_point(out, byte ? c - 0xdc00 : c);
  }
  return out;
}

// Builds the value from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(YamlLimits limits) : limits_(limits) {}

  Json take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, nullptr, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) {
      throw YAML::ParserException(mark, "an alias to what is not complete");
    }
    count(at->second.nodes);
    const Json copy = at->second.value;
    add(mark, copy);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& raw) override {
    const std::string value = corrected(raw);
    scalar(mark, tag == "?" ? yaml_plain_value(value) : tagged(tag, value),
           anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, Json::array(), anchor);
  }

  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(mark, Json::object(), anchor);
  }

  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Json value;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    bool has_key = false;
    std::string key = {};
  };

  struct Anchored {
    Json value;
    std::size_t nodes = 0;
  };

  static Json tagged(const std::string& tag, const std::string& value) {
    const bool text = tag == "!" || tag.ends_with(":str");
    return text ? Json(value) : yaml_plain_value(value);
  }

  void count(std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) {
      throw TooMuch{"more than " + std::to_string(limits_.nodes) + " values"};
    }
  }

  void scalar(const YAML::Mark& mark, Json value, YAML::anchor_t anchor) {
    count(1);
    if (anchor != 0) anchors_[anchor] = {value, 1};
    add(mark, std::move(value));
  }

  void begin(const YAML::Mark& mark, Json value, YAML::anchor_t anchor) {
    count(1);
    if (!open_.empty() && open_.back().value.is_object() &&
        !open_.back().has_key) {
      throw YAML::ParserException(mark, "a key that is a list or a mapping");
    }
    if (open_.size() >= limits_.depth) {
      throw TooMuch{"more than " + std::to_string(limits_.depth) + " levels"};
    }
    open_.push_back({std::move(value), anchor, mark});
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) {
      anchors_[done.anchor] = {done.value, count_nodes(done.value)};
    }
    add(done.mark, std::move(done.value));
  }

  void add(const YAML::Mark& mark, Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else if (parent.has_key) {
      parent.value[parent.key] = std::move(value);
      parent.has_key = false;
    } else if (value.is_structured()) {
      throw YAML::ParserException(mark, "a key that is a list or a mapping");
    } else {
      parent.key = value.is_string() ? value.get<std::string>() : value.dump();
      parent.has_key = true;
    }
  }

  YamlLimits limits_;
  Json root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

Error limit(std::string_view name, const std::string& cause) {
  return Error(Code::kLimit, "'" + std::string(name) + "' has " + cause);
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, std::string_view name,
                        YamlLimits limits) {
  if (text.size() > limits.bytes) {
    return limit(
        name, "more than " + std::to_string(limits.bytes) + " bytes of YAML");
  }
  // NUL is never YAML, and would make the parser guess another encoding.
  if (!base::is_valid_utf8(text) || text.find('\0') != text.npos) {
    return Error(Code::kCorrupt, "'" + std::string(name) + "' is not UTF-8");
  }
  Builder builder(limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    (void)parser.HandleNextDocument(builder);
  } catch (const TooMuch& e) {
    return limit(name, e.cause);
  } catch (const YAML::Exception& e) {
    return Error(Code::kCorrupt,
                 "'" + std::string(name) + "' is not valid YAML at line " +
                     std::to_string(e.mark.line + 1) + ", column " +
                     std::to_string(e.mark.column + 1) + ": " + e.msg);
  }
  return builder.take();
}

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// The line at the start of the text without its end; the text moves behind it.
std::string_view take_line(std::string_view& text) {
  const auto n = text.find('\n');
  std::string_view line = text.substr(0, n);
  text.remove_prefix(n == text.npos ? text.size() : n + 1);
  return line;
}

bool is_fence(std::string_view line) {
  while (!line.empty() && is_blank(line.back()))
    line.remove_suffix(1);
  return line == "---";
}

bool is_empty(std::string_view line) {
  return line.find_first_not_of(" \t\r\f\v") == line.npos;
}

}  // namespace

Card split_card(std::string_view text) {
  const Card none{false, {}, text};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string_view line;
  do {
    if (text.empty()) return none;
    line = take_line(text);
  } while (is_empty(line));
  line.remove_prefix(line.find_first_not_of(" \t\r\f\v"));
  if (!is_fence(line)) return none;
  const std::string_view start = text;
  while (!text.empty()) {
    const auto size = static_cast<std::size_t>(text.data() - start.data());
    if (is_fence(take_line(text))) return {true, start.substr(0, size), text};
  }
  return none;
}

std::string join_card(const Json& front_matter, std::string_view body) {
  return "---\n" + dump_yaml(front_matter) + "---\n" + std::string(body);
}

}  // namespace hug::data

#include "data/json_items.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/json.h"

namespace hug::data {

namespace {

/// Cuts a text at the commas and colons of its outermost array or object. It
/// looks at brackets and quotes only: the parser judges what is between.
class Cutter {
 public:
  Cutter(std::string_view text, std::string_view name)
      : text_(text), name_(name) {}

  Result<void> open(char bracket) {
    close_ = bracket == '[' ? ']' : '}';
    skip_blanks();
    if (next() != bracket) return broken(bracket);
    ++at_;
    skip_blanks();
    if (next() == close_) return end();
    return {};
  }

  bool ended() const noexcept { return ended_; }

  /// Up to the next separator of this level.
  std::string_view cut() {
    const auto begin = at_;
    unsigned depth = 0;
    bool in_string = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (in_string) {
        if (c == '\\') ++at_;
        if (c == '"') in_string = false;
      } else if (c == '"') {
        in_string = true;
      } else if (depth == 0 && (c == ',' || c == ':' || c == close_)) {
        break;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth > 0 && (c == '}' || c == ']')) {
        --depth;
      }
    }
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  Result<void> colon() {
    if (next() != ':') return broken('{');
    ++at_;
    return {};
  }

  /// Behind an item: another one follows, or the end.
  Result<void> comma() {
    if (next() == close_) return end();
    if (next() != ',') return broken(close_ == ']' ? '[' : '{');
    ++at_;
    return {};
  }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  }

  Result<void> end() {
    ended_ = true;
    ++at_;
    skip_blanks();
    if (at_ < text_.size()) return broken(close_ == ']' ? '[' : '{');
    return {};
  }

  Error broken(char bracket) const {
    return Error(Code::kCorrupt, "'" + std::string(name_) + "' is no JSON " +
                                     (bracket == '[' ? "array" : "object"));
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  char close_ = ']';
  bool ended_ = false;
};

}  // namespace

Result<void> each_json_item(std::string_view text, std::string_view name,
                            const TakeItem& take) {
  Cutter cutter(text, name);
  HUG_TRY(cutter.open('['));
  while (!cutter.ended()) {
    const auto item = HUG_TRY(parse_json(cutter.cut(), name));
    if (!HUG_TRY(take(item))) return {};
    HUG_TRY(cutter.comma());
  }
  return {};
}

Result<void> each_json_member(std::string_view text, std::string_view name,
                              const TakeMember& take) {
  Cutter cutter(text, name);
  HUG_TRY(cutter.open('{'));
  while (!cutter.ended()) {
    const auto key = HUG_TRY(parse_json(cutter.cut(), name));
    HUG_TRY(cutter.colon());
    if (!key.is_string()) {
      return Error(Code::kCorrupt,
                   "'" + std::string(name) + "' has a key that is no string");
    }
    HUG_TRY(take(key.get_ref<const std::string&>(), cutter.cut()));
    HUG_TRY(cutter.comma());
  }
  return {};
}

}  // namespace hug::data

#include "text/tokenize/steps/pre_tokenizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "data/json.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/steps/split.h"
#include "text/tokenize/unicode/scripts.h"

namespace hug::text {

namespace {

// The pattern of GPT-2; the final \s+ only says that gaps are pieces too.
constexpr std::string_view kGpt2 =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
    "\\s+(?!\\S)|\\s+";

// Rewrites every piece: `f` appends what becomes of it to the new buffer.
template <class F>
void rewrite(Pieces& pieces, F f) {
  TextBuffer out = TextBuffer::like(pieces.text);
  for (ByteRange& r : pieces.ranges) {
    const std::size_t begin = out.size();
    f(r, out);
    r = {begin, out.size()};
  }
  pieces.text = std::move(out);
}

void add_prefix(Pieces& pieces, std::string_view prefix) {
  rewrite(pieces, [&](const ByteRange& r, TextBuffer& out) {
    const auto view = pieces.view(r);
    if (!view.starts_with(prefix) && !view.empty()) {
      out.append(prefix, pieces.text, r.begin,
                 r.begin + char_size(view.front()));
    }
    out.append(view, pieces.text, r.begin, r.end);
  });
}

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<PreTokenizerPtr> parts)
      : parts_(std::move(parts)) {}

  Result<void> apply(Pieces& pieces) const override {
    for (const auto& part : parts_)
      HUG_TRY(part->apply(pieces));
    return {};
  }

  bool ends_in_byte_alphabet() const override {
    return !parts_.empty() && parts_.back()->ends_in_byte_alphabet();
  }

  Result<void> split_only(Pieces& pieces) const override {
    for (const auto& part : parts_) {
      HUG_TRY(part == parts_.back() ? part->split_only(pieces)
                                    : part->apply(pieces));
    }
    return {};
  }

 private:
  std::vector<PreTokenizerPtr> parts_;
};

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(std::unique_ptr<const SplitPattern> pattern, bool prefix_space)
      : pattern_(std::move(pattern)), prefix_space_(prefix_space) {}

  bool ends_in_byte_alphabet() const override { return true; }

  Result<void> split_only(Pieces& pieces) const override {
    if (prefix_space_) add_prefix(pieces, " ");
    if (pattern_) return pattern_->apply(pieces);
    return {};
  }

  Result<void> apply(Pieces& pieces) const override {
    HUG_TRY(split_only(pieces));
    rewrite(pieces, [&](const ByteRange& r, TextBuffer& out) {
      for (std::size_t i = r.begin; i < r.end; ++i) {
        out.append(byte_alphabet().text(pieces.text.bytes[i]), pieces.text, i,
                   i + 1);
      }
    });
    return {};
  }

 private:
  std::unique_ptr<const SplitPattern> pattern_;
  bool prefix_space_;
};

class Metaspace final : public PreTokenizer {
 public:
  enum class Prepend { kAlways, kFirst, kNever };

  Metaspace(std::string replacement, Prepend prepend, bool split)
      : mark_(std::move(replacement)), prepend_(prepend), split_(split) {}

  Result<void> apply(Pieces& pieces) const override {
    rewrite(pieces,
            [&](const ByteRange& r, TextBuffer& out) { put(pieces, r, out); });
    if (split_) {
      std::size_t at = 0;
      const char32_t mark = next_char(mark_, at);
      split_at_chars(pieces, SplitBehavior::kMergedWithNext,
                     [&](char32_t c) { return c == mark; });
    }
    return {};
  }

 private:
  void put(const Pieces& pieces, const ByteRange& r, TextBuffer& out) const {
    const auto view = pieces.view(r);
    const bool first = pieces.text.at_start && r.begin == 0;
    const bool wanted =
        prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && first);
    // Spaces have become marks when the library looks for one in front.
    const bool there = view.starts_with(mark_) || view.starts_with(' ');
    if (wanted && !there && !view.empty()) {
      out.append(mark_, pieces.text, r.begin,
                 r.begin + char_size(view.front()));
    }
    for (std::size_t i = r.begin; i < r.end;) {
      std::size_t next = pieces.text.bytes.find(' ', i);
      next = std::min(next, r.end);
      out.append(std::string_view(pieces.text.bytes).substr(i, next - i),
                 pieces.text, i, next);
      if (next < r.end) {
        out.append(mark_, pieces.text, next, next + 1);
        ++next;
      }
      i = next;
    }
  }

  std::string mark_;
  Prepend prepend_;
  bool split_;
};

// What needs nothing but a predicate over characters.
class CharSplit final : public PreTokenizer {
 public:
  using Predicate = bool (*)(char32_t);

  CharSplit(SplitBehavior behavior, Predicate is_match)
      : behavior_(behavior), is_match_(is_match) {}

  Result<void> apply(Pieces& pieces) const override {
    split_at_chars(pieces, behavior_, is_match_);
    return {};
  }

 private:
  SplitBehavior behavior_;
  Predicate is_match_;
};

class Delimiter final : public PreTokenizer {
 public:
  explicit Delimiter(char32_t delimiter) : delimiter_(delimiter) {}

  Result<void> apply(Pieces& pieces) const override {
    split_at_chars(pieces, SplitBehavior::kRemoved,
                   [this](char32_t c) { return c == delimiter_; });
    return {};
  }

 private:
  char32_t delimiter_;
};

bool is_any_punctuation(char32_t c) {
  const bool ascii = (c >= 33 && c <= 47) || (c >= 58 && c <= 64) ||
                     (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  return ascii || (c >= 0x80 && is_punctuation(c));
}

class BertWords final : public PreTokenizer {
 public:
  Result<void> apply(Pieces& pieces) const override {
    split_at_chars(pieces, SplitBehavior::kRemoved, is_space);
    split_at_chars(pieces, SplitBehavior::kIsolated, is_any_punctuation);
    return {};
  }
};

// Words, runs of anything else but space; space is dropped.
class Whitespace final : public PreTokenizer {
 public:
  Result<void> apply(Pieces& pieces) const override {
    std::vector<ByteRange> out;
    const std::string_view text = pieces.text.bytes;
    for (const ByteRange& piece : pieces.ranges) {
      int last = 0;  // 0 space, 1 word, 2 other
      for (std::size_t i = piece.begin; i < piece.end;) {
        const std::size_t here = i;
        const char32_t c = next_char(text, i);
        const int kind = is_word(c) ? 1 : is_space(c) ? 0 : 2;
        if (kind != 0 && kind == last) {
          out.back().end = i;
        } else if (kind != 0) {
          out.push_back({here, i});
        }
        last = kind;
      }
    }
    pieces.ranges = std::move(out);
    return {};
  }
};

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}

  Result<void> apply(Pieces& pieces) const override {
    std::vector<ByteRange> out;
    for (const ByteRange& piece : pieces.ranges) {
      std::size_t n = 0;
      for (std::size_t i = piece.begin; i < piece.end; ++n) {
        const std::size_t here = i;
        next_char(pieces.text.bytes, i);
        if (n % length_ == 0) out.push_back({here, here});
        out.back().end = i;
      }
    }
    pieces.ranges = std::move(out);
    return {};
  }

 private:
  std::size_t length_;
};

class UnicodeScripts final : public PreTokenizer {
 public:
  Result<void> apply(Pieces& pieces) const override {
    std::vector<ByteRange> out;
    for (const ByteRange& piece : pieces.ranges) {
      int last = kAnyScript;
      bool open = false;
      for (std::size_t i = piece.begin; i < piece.end;) {
        const std::size_t here = i;
        const int script = script_of(next_char(pieces.text.bytes, i));
        const bool cut =
            script != kAnyScript && last != kAnyScript && script != last;
        if (cut || !open) out.push_back({here, here});
        out.back().end = i;
        open = true;
        if (script != kAnyScript) last = script;
      }
    }
    pieces.ranges = std::move(out);
    return {};
  }
};

Result<SplitBehavior> parse_behavior(const nlohmann::json& spec,
                                     std::string_view fallback) {
  const std::string name =
      data::find_string(spec, "behavior").value_or(std::string(fallback));
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown split behavior '" + name + "'");
}

Result<PreTokenizerPtr> make_split(const nlohmann::json& spec) {
  const auto* pattern = data::find_object(spec, "pattern");
  if (pattern == nullptr) {
    return Error(Code::kCorrupt, "tokenizer.json: Split without a pattern");
  }
  const auto behavior = HUG_TRY(parse_behavior(spec, "Isolated"));
  const auto expression = data::find_string(*pattern, "Regex");
  const auto text = data::find_string(*pattern, "String").value_or("");
  auto regex =
      HUG_TRY(expression ? Regex::compile(*expression) : Regex::literal(text));
  return PreTokenizerPtr(std::make_unique<SplitPattern>(
      std::move(regex), behavior, data::find_bool(spec, "invert")));
}

Result<PreTokenizerPtr> make_byte_level(const nlohmann::json& spec) {
  std::unique_ptr<const SplitPattern> pattern;
  if (data::find_bool(spec, "use_regex", true)) {
    auto regex = HUG_TRY(Regex::compile(kGpt2));
    pattern = std::make_unique<SplitPattern>(std::move(regex),
                                             SplitBehavior::kIsolated, false);
  }
  return PreTokenizerPtr(std::make_unique<ByteLevel>(
      std::move(pattern), data::find_bool(spec, "add_prefix_space", true)));
}

Result<PreTokenizerPtr> make_metaspace(const nlohmann::json& spec) {
  const std::string mark =
      data::find_string(spec, "replacement").value_or("\xe2\x96\x81");
  if (mark.empty() || char_size(mark[0]) != mark.size()) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: Metaspace's replacement is no character");
  }
  const bool legacy = data::find_bool(spec, "add_prefix_space", true);
  const std::string scheme = data::find_string(spec, "prepend_scheme")
                                 .value_or(legacy ? "always" : "never");
  const auto prepend = scheme == "first"   ? Metaspace::Prepend::kFirst
                       : scheme == "never" ? Metaspace::Prepend::kNever
                                           : Metaspace::Prepend::kAlways;
  return PreTokenizerPtr(std::make_unique<Metaspace>(
      mark, prepend, data::find_bool(spec, "split", true)));
}

Result<PreTokenizerPtr> make_sequence(const nlohmann::json& spec) {
  const auto* list = data::find_array(spec, "pretokenizers");
  if (list == nullptr || list->size() > 64) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: a Sequence without pretokenizers");
  }
  std::vector<PreTokenizerPtr> parts;
  for (const auto& one : *list) {
    auto part = HUG_TRY(make_pre_tokenizer(one));
    if (part) parts.push_back(std::move(part));
  }
  return PreTokenizerPtr(std::make_unique<Sequence>(std::move(parts)));
}

Result<PreTokenizerPtr> make_delimiter(const nlohmann::json& spec) {
  const std::string text = data::find_string(spec, "delimiter").value_or("");
  if (text.empty()) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: CharDelimiterSplit without a delimiter");
  }
  std::size_t at = 0;
  return PreTokenizerPtr(std::make_unique<Delimiter>(next_char(text, at)));
}

PreTokenizerPtr char_split(SplitBehavior behavior, bool (*f)(char32_t)) {
  return std::make_unique<CharSplit>(behavior, f);
}

}  // namespace

Result<PreTokenizerPtr> make_pre_tokenizer(const nlohmann::json& spec) {
  if (spec.is_null()) return PreTokenizerPtr();
  const std::string type = data::find_string(spec, "type").value_or("");
  if (type == "Sequence") return make_sequence(spec);
  if (type == "ByteLevel") return make_byte_level(spec);
  if (type == "Split") return make_split(spec);
  if (type == "Metaspace") return make_metaspace(spec);
  if (type == "CharDelimiterSplit") return make_delimiter(spec);
  if (type == "BertPreTokenizer") {
    return PreTokenizerPtr(std::make_unique<BertWords>());
  }
  if (type == "Whitespace") {
    return PreTokenizerPtr(std::make_unique<Whitespace>());
  }
  if (type == "WhitespaceSplit") {
    return char_split(SplitBehavior::kRemoved, is_space);
  }
  if (type == "Punctuation") {
    return char_split(HUG_TRY(parse_behavior(spec, "Isolated")),
                      is_any_punctuation);
  }
  if (type == "Digits") {
    const bool each = data::find_bool(spec, "individual_digits");
    return char_split(
        each ? SplitBehavior::kIsolated : SplitBehavior::kContiguous,
        is_number);
  }
  if (type == "FixedLength") {
    const auto n = data::find_unsigned(spec, "length").value_or(5);
    return PreTokenizerPtr(std::make_unique<FixedLength>(
        static_cast<std::size_t>(std::max<std::uint64_t>(n, 1))));
  }
  if (type == "UnicodeScripts") {
    return PreTokenizerPtr(std::make_unique<UnicodeScripts>());
  }
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown pre-tokenizer '" + type + "'");
}

}  // namespace hug::text

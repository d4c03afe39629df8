#include "text/tokenize/steps/decoder.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "data/json.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/unicode/regex.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

using Tokens = std::vector<std::string>;

class Sequence final : public Decoder {
 public:
  explicit Sequence(std::vector<DecoderPtr> parts) : parts_(std::move(parts)) {}

  Result<void> apply(Tokens& tokens) const override {
    for (const auto& part : parts_)
      HUG_TRY(part->apply(tokens));
    return {};
  }

 private:
  std::vector<DecoderPtr> parts_;
};

class ByteLevel final : public Decoder {
 public:
  Result<void> apply(Tokens& tokens) const override {
    std::string bytes;
    for (const std::string& t : tokens) {
      bytes += byte_alphabet().decode(t).value_or(t);
    }
    tokens = {decode_lossy(bytes)};
    return {};
  }
};

// What a tokenizer set apart from the word before it comes back to it.
std::string join_punctuation(std::string_view text) {
  struct Rule {
    std::string_view from;
    std::string_view to;
  };

  static constexpr std::array<Rule, 11> kRules{{{" .", "."},
                                                {" ?", "?"},
                                                {" !", "!"},
                                                {" ,", ","},
                                                {" ' ", "'"},
                                                {" n't", "n't"},
                                                {" 'm", "'m"},
                                                {" do not", " don't"},
                                                {" 's", "'s"},
                                                {" 've", "'ve"},
                                                {" 're", "'re"}}};
  std::string out(text);
  for (const Rule& r : kRules)
    out = base::replace_all(out, r.from, r.to);
  return out;
}

class WordPiece final : public Decoder {
 public:
  WordPiece(std::string prefix, bool cleanup)
      : prefix_(std::move(prefix)), cleanup_(cleanup) {}

  Result<void> apply(Tokens& tokens) const override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string& t = tokens[i];
      if (i > 0) {
        if (t.starts_with(prefix_)) {
          t.erase(0, prefix_.size());
        } else {
          t.insert(0, " ");
        }
      }
      if (cleanup_) t = join_punctuation(t);
    }
    return {};
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

class Metaspace final : public Decoder {
 public:
  Metaspace(std::string mark, bool drop_first)
      : mark_(std::move(mark)), drop_first_(drop_first) {}

  Result<void> apply(Tokens& tokens) const override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      // Every mark of the first token goes, as in the library.
      const bool drop = i == 0 && drop_first_;
      tokens[i] = base::replace_all(tokens[i], mark_, drop ? "" : " ");
    }
    return {};
  }

 private:
  std::string mark_;
  bool drop_first_;
};

class BpeSuffix final : public Decoder {
 public:
  explicit BpeSuffix(std::string suffix) : suffix_(std::move(suffix)) {}

  Result<void> apply(Tokens& tokens) const override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool last = i + 1 == tokens.size();
      tokens[i] = base::replace_all(tokens[i], suffix_, last ? "" : " ");
    }
    return {};
  }

 private:
  std::string suffix_;
};

std::optional<char> fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') {
    return {};
  }
  int value = 0;
  for (const char c : token.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return {};
    value = value * 16 + digit;
  }
  return static_cast<char>(value);
}

class ByteFallback final : public Decoder {
 public:
  Result<void> apply(Tokens& tokens) const override {
    Tokens out;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      const std::string text = decode_lossy(bytes);
      if (text == bytes) {
        out.push_back(text);
      } else {  // not UTF-8: one replacement a byte
        out.insert(out.end(), bytes.size(), "\xef\xbf\xbd");
      }
      bytes.clear();
    };
    for (std::string& t : tokens) {
      if (const auto b = fallback_byte(t)) {
        bytes += *b;
      } else {
        flush();
        out.push_back(std::move(t));
      }
    }
    flush();
    tokens = std::move(out);
    return {};
  }
};

class Fuse final : public Decoder {
 public:
  Result<void> apply(Tokens& tokens) const override {
    tokens = {base::join(tokens, "")};
    return {};
  }
};

class Strip final : public Decoder {
 public:
  Strip(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}

  Result<void> apply(Tokens& tokens) const override {
    if (content_.empty()) return {};
    for (std::string& t : tokens) {
      for (std::size_t i = 0; i < start_ && t.starts_with(content_); ++i) {
        t.erase(0, content_.size());
      }
      for (std::size_t i = 0; i < stop_ && t.ends_with(content_); ++i) {
        t.resize(t.size() - content_.size());
      }
    }
    return {};
  }

 private:
  std::string content_;
  std::size_t start_;
  std::size_t stop_;
};

class Replace final : public Decoder {
 public:
  Replace(Regex regex, std::string to)
      : regex_(std::move(regex)), to_(std::move(to)) {}

  Result<void> apply(Tokens& tokens) const override {
    Matcher matcher(regex_);
    for (std::string& t : tokens) {
      std::string out;
      std::size_t from = 0;
      while (from < t.size()) {
        const auto m = HUG_TRY(matcher.find(t, from));
        if (!m || m->begin == m->end) break;
        out += std::string_view(t).substr(from, m->begin - from);
        out += to_;
        from = m->end;
      }
      t = out + t.substr(std::min(from, t.size()));
    }
    return {};
  }

 private:
  Regex regex_;
  std::string to_;
};

class Ctc final : public Decoder {
 public:
  Ctc(std::string pad, std::string delimiter, bool cleanup)
      : pad_(std::move(pad)),
        delimiter_(std::move(delimiter)),
        cleanup_(cleanup) {}

  Result<void> apply(Tokens& tokens) const override {
    Tokens out;
    const std::string* last = nullptr;
    for (const std::string& t : tokens) {
      const bool repeated = last != nullptr && *last == t;
      last = &t;
      if (repeated) continue;
      std::string text = base::replace_all(t, pad_, "");
      if (cleanup_) {
        text = base::replace_all(join_punctuation(text), delimiter_, " ");
      }
      if (!text.empty()) out.push_back(std::move(text));
    }
    tokens = std::move(out);
    return {};
  }

 private:
  std::string pad_;
  std::string delimiter_;
  bool cleanup_;
};

std::string member(const nlohmann::json& spec, std::string_view key,
                   std::string_view fallback) {
  return data::find_string(spec, key).value_or(std::string(fallback));
}

Result<DecoderPtr> make_sequence(const nlohmann::json& spec) {
  const auto* list = data::find_array(spec, "decoders");
  if (list == nullptr || list->size() > 64) {
    return Error(Code::kCorrupt, "tokenizer.json: a Sequence without decoders");
  }
  std::vector<DecoderPtr> parts;
  for (const auto& one : *list) {
    auto part = HUG_TRY(make_decoder(one));
    if (part) parts.push_back(std::move(part));
  }
  return DecoderPtr(std::make_unique<Sequence>(std::move(parts)));
}

Result<DecoderPtr> make_replace(const nlohmann::json& spec) {
  const auto* pattern = data::find_object(spec, "pattern");
  if (pattern == nullptr) {
    return Error(Code::kCorrupt, "tokenizer.json: Replace without a pattern");
  }
  const auto expression = data::find_string(*pattern, "Regex");
  auto regex =
      HUG_TRY(expression ? Regex::compile(*expression)
                         : Regex::literal(member(*pattern, "String", "")));
  return DecoderPtr(
      std::make_unique<Replace>(std::move(regex), member(spec, "content", "")));
}

DecoderPtr make_metaspace(const nlohmann::json& spec) {
  const bool legacy = data::find_bool(spec, "add_prefix_space", true);
  const bool drop =
      member(spec, "prepend_scheme", legacy ? "always" : "never") != "never";
  return std::make_unique<Metaspace>(
      member(spec, "replacement", "\xe2\x96\x81"), drop);
}

}  // namespace

Result<DecoderPtr> make_decoder(const nlohmann::json& spec) {
  if (spec.is_null()) return DecoderPtr();
  const std::string type = member(spec, "type", "");
  if (type == "Sequence") return make_sequence(spec);
  if (type == "ByteLevel") return DecoderPtr(std::make_unique<ByteLevel>());
  if (type == "WordPiece") {
    return DecoderPtr(std::make_unique<WordPiece>(
        member(spec, "prefix", "##"), data::find_bool(spec, "cleanup", true)));
  }
  if (type == "Metaspace") return make_metaspace(spec);
  if (type == "BPEDecoder") {
    return DecoderPtr(
        std::make_unique<BpeSuffix>(member(spec, "suffix", "</w>")));
  }
  if (type == "ByteFallback") {
    return DecoderPtr(std::make_unique<ByteFallback>());
  }
  if (type == "Fuse") return DecoderPtr(std::make_unique<Fuse>());
  if (type == "Strip") {
    return DecoderPtr(std::make_unique<Strip>(
        member(spec, "content", " "),
        static_cast<std::size_t>(
            data::find_unsigned(spec, "start").value_or(0)),
        static_cast<std::size_t>(
            data::find_unsigned(spec, "stop").value_or(0))));
  }
  if (type == "Replace") return make_replace(spec);
  if (type == "CTC") {
    return DecoderPtr(
        std::make_unique<Ctc>(member(spec, "pad_token", "<pad>"),
                              member(spec, "word_delimiter_token", "|"),
                              data::find_bool(spec, "cleanup", true)));
  }
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown decoder '" + type + "'");
}

}  // namespace hug::text

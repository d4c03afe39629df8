// WordPiece as llama.cpp does it: words begin with U+2581 instead of parts
// beginning with "##".
#include <algorithm>

#include "base/utf8.h"
#include "text/tokenize/models/gguf_models.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

constexpr std::string_view kMark = "\xe2\x96\x81";

bool stands_alone(char32_t c) {
  const bool ascii = (c >= 33 && c <= 47) || (c >= 58 && c <= 64) ||
                     (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  return ascii || is_cjk(c) || (c >= 0x80 && is_punctuation(c));
}

class Wpm final : public GgufModel {
 public:
  explicit Wpm(const GgufVocabulary& v) : v_(v) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      longest_ = std::max(longest_, v.text(i).size());
    }
  }

  Result<void> encode(std::string_view text, StretchPlace,
                      std::vector<TokenId>& out) const override {
    for (const std::string& word : words(text))
      append_word(word, out);
    return {};
  }

 private:
  std::vector<std::string> words(std::string_view raw) const {
    std::string text(raw);
    if (v_.strip_accents) text = normalize(raw, NormalForm::kNfd);
    std::vector<std::string> out;
    bool open = false;
    for (std::size_t i = 0; i < text.size();) {
      const char32_t c = next_char(text, i);
      if (is_space(c)) {
        open = false;
        continue;
      }
      if (c == 0 || c == 0xfffd || is_other(c)) continue;
      if (v_.strip_accents && is_nonspacing_mark(c)) continue;
      if (!open || stands_alone(c)) out.emplace_back();
      open = !stands_alone(c);
      if (v_.lowercase) {
        append_lower(out.back(), c);
      } else {
        base::append_code_point(out.back(), c);
      }
    }
    return out;
  }

  // The longest token at each place, or the whole word is unknown.
  void append_word(std::string_view word, std::vector<TokenId>& out) const {
    const std::string text = std::string(kMark) + std::string(word);
    const std::size_t before = out.size();
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t size = std::min(text.size() - begin, longest_);
      TokenId id = -1;
      for (; size > 0; --size) {
        id = v_.ids.find(std::string_view(text).substr(begin, size));
        if (id >= 0) break;
      }
      if (id < 0) {
        out.resize(before);
        break;
      }
      out.push_back(id);
      begin += size;
    }
    if (out.size() == before && v_.special.unknown) {
      out.push_back(*v_.special.unknown);
    }
  }

  const GgufVocabulary& v_;
  std::size_t longest_ = 0;
};

}  // namespace

Result<GgufModelPtr> make_wpm(const GgufVocabulary& v) {
  return GgufModelPtr(std::make_unique<Wpm>(v));
}

}  // namespace hug::text

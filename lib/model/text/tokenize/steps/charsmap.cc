#include "text/tokenize/steps/charsmap.h"

#include <cstring>
#include <utility>

#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

Result<CharsMap> CharsMap::parse(std::string_view blob) {
  CharsMap out;
  if (blob.empty()) return out;
  std::uint32_t bytes = 0;
  if (blob.size() < 4) return Error(Code::kCorrupt, "charsmap: cut short");
  std::memcpy(&bytes, blob.data(), 4);
  if (bytes > blob.size() - 4 || bytes % 4 != 0) {
    return Error(Code::kCorrupt, "charsmap: its table is larger than itself");
  }
  out.units_.resize(bytes / 4);
  if (bytes > 0) std::memcpy(out.units_.data(), blob.data() + 4, bytes);
  out.replacements_ = blob.substr(4 + bytes);
  out.replacements_ += '\0';  // ends the last one, whatever the file says
  return out;
}

CharsMap::Match CharsMap::walk(std::string_view text, bool first_only) const {
  Match out;
  if (units_.empty()) return out;
  const auto base = [](std::uint32_t u) {
    return (u >> 10) << ((u & 0x200) >> 6);
  };
  std::size_t node = base(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    node ^= c;
    if (node >= units_.size()) break;
    const std::uint32_t unit = units_[node];
    if ((unit & (0x80000000u | 0xff)) != c) break;
    node ^= base(unit);
    if (((unit >> 8) & 1) == 0) continue;
    if (node >= units_.size()) break;
    const std::size_t at = units_[node] & 0x7fffffffu;
    if (at >= replacements_.size()) break;
    out.size = i + 1;
    out.replacement = replacements_.c_str() + at;
    if (first_only) break;
  }
  return out;
}

CharsMap::Match CharsMap::longest(std::string_view text) const {
  return walk(text, false);
}

CharsMap::Match CharsMap::shortest(std::string_view text) const {
  return walk(text, true);
}

namespace {

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(CharsMap map) : map_(std::move(map)) {}

  Result<void> apply(TextBuffer& text) const override {
    TextBuffer out = TextBuffer::like(text);
    const std::string_view all = text.bytes;
    std::size_t begin = 0;
    for (const std::size_t end : grapheme_ends(all)) {
      apply_cluster(text, begin, end, out);
      begin = end;
    }
    text = std::move(out);
    return {};
  }

 private:
  // A short cluster whose beginning has a rule becomes that rule's text as a
  // whole; otherwise each character is looked up.
  void apply_cluster(const TextBuffer& text, std::size_t begin, std::size_t end,
                     TextBuffer& out) const {
    const std::string_view all = text.bytes;
    if (end - begin < 6) {
      const auto m = map_.shortest(all.substr(begin, end - begin));
      if (m.size > 0) {
        out.append(m.replacement, text, begin, end);
        return;
      }
    }
    while (begin < end) {
      const std::size_t next = begin + char_size(all[begin]);
      const auto one = all.substr(begin, next - begin);
      const auto m = map_.shortest(one);
      out.append(m.size > 0 ? m.replacement : one, text, begin, next);
      begin = next;
    }
  }

  CharsMap map_;
};

}  // namespace

NormalizerPtr make_precompiled(CharsMap map) {
  return std::make_unique<Precompiled>(std::move(map));
}

}  // namespace hug::text

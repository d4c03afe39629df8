#include "hug/tokenizer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "text/tokenize/tokenizer_impl.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug {

namespace {

constexpr std::uint64_t kMaxText = 0xffff'0000;  // offsets are 32 bits inside

// Text that is not UTF-8 is read as if its broken parts were U+FFFD.
std::string_view valid(std::string_view text, std::string& storage) {
  if (base::is_valid_utf8(text)) return text;
  storage = text::decode_lossy(text);
  return storage;
}

Error too_long() {
  return Error(Code::kLimit, "cannot tokenize the text: it is 4 GiB or longer");
}

}  // namespace

Tokenizer::Tokenizer(std::shared_ptr<const Impl> impl)
    : impl_(std::move(impl)) {}

Result<Encoding> Tokenizer::encode(std::string_view text,
                                   const EncodeOptions& o) const {
  if (text.size() > kMaxText) return too_long();
  std::string storage;
  const TextSegment segment{valid(text, storage), o.parse_special};
  return impl_->encode({&segment, 1}, nullptr, o.add_special, o.offsets);
}

Result<Encoding> Tokenizer::encode_pair(std::string_view a, std::string_view b,
                                        const EncodeOptions& o) const {
  if (a.size() > kMaxText || b.size() > kMaxText) return too_long();
  std::array<std::string, 2> storage;
  const TextSegment segment{valid(a, storage[0]), o.parse_special};
  const std::string_view second = valid(b, storage[1]);
  return impl_->encode({&segment, 1}, &second, o.add_special, o.offsets);
}

Result<Encoding> Tokenizer::encode_segments(
    std::span<const TextSegment> segments, bool add_special) const {
  std::vector<std::string> storage(segments.size());
  std::vector<TextSegment> checked;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    size += segments[i].text.size();
    if (size > kMaxText) return too_long();
    checked.push_back(
        {valid(segments[i].text, storage[i]), segments[i].parse_special});
  }
  return impl_->encode(checked, nullptr, add_special, false);
}

Result<std::string> Tokenizer::decode(std::span<const TokenId> ids,
                                      bool skip_special) const {
  for (const TokenId id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= size()) {
      return Error(Code::kUsage, "cannot decode " + std::to_string(id) +
                                     ": the vocabulary has " +
                                     std::to_string(size()) + " tokens");
    }
  }
  return impl_->decode(ids, skip_special);
}

std::string Tokenizer::token_bytes(TokenId id) const {
  return impl_->token_bytes(id);
}

std::size_t Tokenizer::size() const {
  return impl_->size();
}

std::string_view Tokenizer::token_text(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= size()) return {};
  return impl_->token_text(id);
}

std::optional<TokenId> Tokenizer::find(std::string_view token_text) const {
  const TokenId id = impl_->find(token_text);
  if (id < 0) return {};
  return id;
}

bool Tokenizer::is_special(TokenId id) const {
  return impl_->is_special(id);
}

const SpecialTokens& Tokenizer::special_tokens() const {
  return impl_->special;
}

std::string_view Tokenizer::kind() const {
  return impl_->kind();
}

namespace text {

std::vector<TokenId> find_end_of_generation(const Tokenizer::Impl& tokenizer) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "<|eot_id|>",
      "<|im_end|>",
      "<|end|>",
      "<|return|>",
      "<|call|>",
      "<|flush|>",
      "<|calls|>",
      "<end_of_turn>",
      "<|endoftext|>",
      "</s>",
      "<|eom_id|>",
      "<EOT>",
      "_<EOT>",
      "[EOT]",
      "[EOS]",
      "<|end_of_text|>",
      "<end_of_utterance>",
      "<eos>",
      "<turn|>",
      "<\xef\xbd\x9c"
      "end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>"};
  std::vector<TokenId> out;
  const auto has = [&](std::string_view t) { return tokenizer.find(t) >= 0; };
  // With the channels of gpt-oss, <|end|> only ends a message.
  const bool channels = (has("<|return|>") && has("<|call|>")) ||
                        (has("<|calls|>") && has("<|flush|>"));
  for (const std::string_view name : kNames) {
    const TokenId id = tokenizer.find(name);
    if (id < 0 || (channels && name == "<|end|>")) continue;
    if (name == "</s>" && has("<|tool_response>")) continue;
    out.push_back(id);
  }
  const TokenId tool = tokenizer.find("<|tool_response>");
  if (tool >= 0) out.push_back(tool);
  if (tokenizer.special.eos) out.push_back(*tokenizer.special.eos);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace text

}  // namespace hug

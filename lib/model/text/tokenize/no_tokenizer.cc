// What stands in for a tokenizer where a file has none.
#include <utility>

#include "text/gguf_tokenizer.h"
#include "text/tokenize/tokenizer_impl.h"

namespace hug::text {

namespace {

class NoTokenizer final : public Tokenizer::Impl {
 public:
  explicit NoTokenizer(std::string_view name) : name_(name) {}

  Result<Encoding> encode(std::span<const TextSegment>, const std::string_view*,
                          bool, bool) const override {
    return none();
  }

  Result<std::string> decode(std::span<const TokenId> ids,
                             bool) const override {
    if (ids.empty()) return std::string();
    return none();
  }

  std::string token_bytes(TokenId) const override { return {}; }

  std::size_t size() const override { return 0; }

  std::string_view token_text(TokenId) const override { return {}; }

  TokenId find(std::string_view) const override { return -1; }

  bool is_special(TokenId) const override { return false; }

  std::string_view kind() const override { return "none"; }

 private:
  Error none() const {
    return Error(Code::kUnsupported,
                 "'" + name_ + "' has no tokenizer, so it reads no text")
        .hint("give it token ids, or a file that was made with a tokenizer");
  }

  std::string name_;
};

}  // namespace

bool has_tokenizer(const format::GgufMetadata& metadata) {
  const auto model = metadata.find_string("tokenizer.ggml.model");
  return model && !model->empty() && *model != "none" && *model != "no_vocab";
}

Tokenizer make_no_tokenizer(std::string_view name) {
  return Tokenizer(std::make_shared<NoTokenizer>(name));
}

}  // namespace hug::text

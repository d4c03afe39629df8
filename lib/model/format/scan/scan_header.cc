#include <algorithm>
#include <array>

#include "base/base.h"
#include "format/format.h"
#include "format/scan/findings.h"

namespace hug::format {
namespace {

bool is_of_content(Code code) {
  return code == Code::kCorrupt || code == Code::kLimit ||
         code == Code::kUnsupported;
}

// Special tokens beyond the vocabulary have crashed readers.
void scan_token_ids(const Gguf& gguf, Findings& out) {
  const auto* tokens = gguf.metadata.find_strings("tokenizer.ggml.tokens");
  if (tokens == nullptr) return;
  for (const auto& [key, value] : gguf.metadata) {
    if (!key.starts_with("tokenizer.ggml.") || !key.ends_with("_token_id"))
      continue;
    const auto id = as_unsigned(value);
    // 2^32 - 1 is how some converters say that there is none.
    if (id && *id >= tokens->size() && *id != UINT32_MAX)
      out.suspicious("token-id",
                     "token " + std::to_string(*id) +
                         " is beyond the vocabulary of " +
                         std::to_string(tokens->size()),
                     key);
  }
  constexpr std::size_t kLongest = 64 << 10;
  for (std::size_t i = 0; i < tokens->size(); ++i)
    if ((*tokens)[i].size() > kLongest) {
      out.suspicious("token-text", "token " + std::to_string(i) + " has " +
                                       std::to_string((*tokens)[i].size()) +
                                       " bytes");
      break;
    }
  for (const std::string_view key :
       {"tokenizer.ggml.scores", "tokenizer.ggml.token_type"}) {
    const GgufArray* array = gguf.metadata.find_array(key);
    if (array == nullptr) continue;
    const ValueType type = element_type(*array);
    const bool wide = type == ValueType::kF32 || type == ValueType::kI32 ||
                      type == ValueType::kU32;
    if (!wide || element_count(*array) < tokens->size())
      out.suspicious("token-array",
                     "an array of " + std::to_string(element_count(*array)) +
                         " " + std::string(name(type)) + " for " +
                         std::to_string(tokens->size()) + " tokens",
                     key);
  }
}

void scan_numbers(const Gguf& gguf, Findings& out) {
  struct Bound {
    std::string_view key;
    std::uint64_t most;
  };

  constexpr auto kBounds =
      std::to_array<Bound>({{"block_count", 1024},
                            {"expert_count", 1024},
                            {"context_length", 1 << 24},
                            {"attention.head_count", 1024},
                            {"attention.head_count_kv", 1024},
                            {"vocab_size", 1 << 22}});
  for (const Bound& b : kBounds) {
    const std::string key = gguf.arch_key(b.key);
    const auto values = gguf.metadata.find_unsigned_list(key);
    if (!values) continue;
    for (const std::uint64_t value : *values)
      if (value > b.most) {
        out.suspicious("metadata-range",
                       std::to_string(value) + " is more than any model has",
                       key);
        break;
      }
  }
}

}  // namespace

void scan_metadata_text(std::string_view key, std::string_view text,
                        Findings& out) {
  constexpr std::size_t kLooked = 64 << 10;
  text = text.substr(0, kLooked);
  // ESC and other C0 but for the blanks, C1, and marks that reverse the order.
  bool control = false;
  bool order = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = base::next_code_point(text, at);
    control = control || c == 0x7f || (c >= 0x80 && c < 0xa0) ||
              (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
    order = order || (c >= 0x202a && c <= 0x202e) ||
            (c >= 0x2066 && c <= 0x2069) || (c >= 0xe0000 && c <= 0xe007f);
  }
  if (control)
    out.suspicious("metadata-control",
                   "text with control characters, which can steer a terminal",
                   key);
  if (order)
    out.suspicious("metadata-order",
                   "text with marks that hide or reorder characters", key);
}

Result<void> scan_gguf(const ByteSourcePtr& source, Findings& out) {
  const auto gguf =
      read_gguf(*source, {.accept_big_endian = true, .require_data = true});
  if (!gguf) {
    if (!is_of_content(gguf.error().code())) return gguf.error();
    const std::string text = "malformed: " + gguf.error().message();
    if (gguf.error().code() == Code::kUnsupported)
      out.suspicious("gguf-malformed", text);
    else
      out.dangerous("gguf-malformed", text);
    return {};
  }
  for (const auto& [key, value] : gguf->metadata) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    if (key.starts_with("tokenizer.chat_template")) {
      const Findings::Place place(out, key);
      scan_template(*text, out);
    } else if (!key.starts_with("tokenizer.")) {
      scan_metadata_text(key, *text, out);
    }
  }
  scan_token_ids(*gguf, out);
  scan_numbers(*gguf, out);
  return {};
}

Result<void> scan_safetensors(const ByteSourcePtr& source, Findings& out) {
  const auto header = read_safetensors(*source);
  if (!header) {
    if (!is_of_content(header.error().code())) return header.error();
    out.dangerous("safetensors-malformed",
                  "malformed: " + header.error().message());
    return {};
  }
  for (const auto& [key, value] : header->metadata)
    scan_metadata_text(key, value, out);
  for (const SafeTensor& t : header->tensors)
    scan_metadata_text("tensor name", t.name, out);
  return {};
}

}  // namespace hug::format
